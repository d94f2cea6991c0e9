/** Reads nodes.conf of Warewulf 4: nodes, the profiles that they have, and their network devices. */
import { parseAddress, parseMac } from '../../values/index.ts'
import { emptyReading, ImportError, type Place, type Reading } from '../entry.ts'
import { isYamlMap, parseYaml, type YamlMap, type YamlValue } from './yaml.ts'

/** What is known of a network device, with the places where it is said. */
interface Device {
  readonly texts: Map<string, { readonly text: string; readonly line: number }>
}

/** The keys of a network device that count; Warewulf has written some of them in two ways. */
const KEYS = { address: ['ipaddr'], address6: ['ip6addr', 'ipaddr6'], mac: ['hwaddr'], primary: ['primary'] } as const
/** The nodes have at most so many values of devices by their profiles: a few lines could mean any number. */
const DEVICES_MAX = 1_048_576

/** Reads nodes.conf. Throws ImportError if it is not YAML, or has no nodes. */
export function readWarewulf(file: string, text: string): Reading {
  const { entries } = parseYaml(file, text)
  const found = entries.get('nodes')
  const nodes = mapAt(found?.value)
  if (found === undefined || (nodes === undefined && found.value !== undefined))
    throw new ImportError({ file, line: 1 }, 'there is no map of nodes: is this a nodes.conf of Warewulf 4?')
  const profiles = mapAt(entries.get('nodeprofiles')?.value)
  const reading = emptyReading()
  let left = DEVICES_MAX
  for (const [name, { line, value }] of nodes?.entries ?? []) {
    const place = { file, line }
    const node = mapAt(value) ?? { line, entries: new Map() }
    const names = textsAt(node.entries.get('profiles')?.value)
    const used = names.length === 0 && !node.entries.has('profiles') ? ['default'] : names
    const layers = used.flatMap((profile) => mapAt(profiles?.entries.get(profile)?.value) ?? [])
    const devices = devicesOf([...layers, node])
    left -= [...devices.values()].reduce((sum, { texts }) => sum + 1 + texts.size, used.length)
    if (left < 0)
      throw new ImportError(
        place,
        `the profiles of the nodes up to here have more than ${DEVICES_MAX} values of network devices`,
      )
    readNode(reading, place, name, devices)
    readController(reading, place, name, [...layers, node])
    for (const profile of used) if (profile !== 'default') reading.memberships.push({ group: profile, name })
  }
  return reading
}

/** The network devices of a node: what it says itself comes before what its profiles say. */
function devicesOf(layers: readonly YamlMap[]): Map<string, Device> {
  const devices = new Map<string, Device>()
  for (const layer of layers) {
    for (const [name, { value }] of mapAt(layer.entries.get('network devices')?.value)?.entries ?? []) {
      const device = devices.get(name) ?? { texts: new Map() }
      devices.set(name, device)
      for (const [key, { line, value: texts }] of mapAt(value)?.entries ?? []) {
        const [text] = textsAt(texts)
        if (text !== undefined) device.texts.set(key, { text, line })
      }
    }
  }
  return devices
}

/** The primary device has the name of the node; the others are called as Warewulf writes them into /etc/hosts, `node-device`. */
function readNode(reading: Reading, place: Place, name: string, devices: ReadonlyMap<string, Device>): void {
  const primary = primaryOf(devices)
  if (primary === undefined) reading.entries.push({ place, names: [name], addresses: [], macs: [], isNode: true })
  for (const [key, device] of devices) {
    const called = key === primary ? name : `${name}-${key}`
    const addresses = [...KEYS.address, ...KEYS.address6].flatMap((word) => addressOf(reading, place, device, word))
    const mac = firstOf(device, KEYS.mac)
    const macs = parseMac(mac?.text ?? '')
    if (mac !== undefined && macs === undefined)
      reading.remarks.push({
        place: { ...place, line: mac.line },
        text: `${called}: hwaddr ${mac.text} is not a MAC address of Ethernet`,
      })
    if (addresses.length === 0 && key !== primary) {
      if (macs !== undefined) reading.remarks.push({ place, text: `${called}: ${mac?.text} has no address` })
      continue
    }
    reading.entries.push({
      place,
      names: [called],
      addresses,
      macs: macs === undefined ? [] : [macs],
      isNode: key === primary,
    })
  }
}

/** The device that says so; else `default`; else the first with an address. */
function primaryOf(devices: ReadonlyMap<string, Device>): string | undefined {
  const all = [...devices]
  const said = all.find(([, device]) => firstOf(device, KEYS.primary)?.text === 'true')
  const addressed = all.find(([, device]) => firstOf(device, [...KEYS.address, ...KEYS.address6]) !== undefined)
  return (said ?? all.find(([key]) => key === 'default') ?? addressed)?.[0]
}

/** The controller of a node, under the name that Warewulf gives it. */
function readController(reading: Reading, place: Place, name: string, layers: readonly YamlMap[]): void {
  const device: Device = { texts: new Map() }
  for (const layer of layers) {
    const found = mapAt(layer.entries.get('ipmi')?.value)?.entries.get('ipaddr')
    const [text] = textsAt(found?.value)
    if (found !== undefined && text !== undefined) device.texts.set('ipaddr', { text, line: found.line })
  }
  const addresses = addressOf(reading, place, device, 'ipaddr')
  if (addresses.length > 0) reading.entries.push({ place, names: [`${name}-ipmi`], addresses, macs: [] })
}

/** An address of a device. A length of a prefix behind it counts for nothing. */
function addressOf(reading: Reading, place: Place, { texts }: Device, key: string) {
  const found = texts.get(key)
  if (found === undefined || found.text === '') return []
  const address = parseAddress(found.text.replace(/\/\d{1,3}$/, ''))
  if (address !== undefined) return [address]
  reading.remarks.push({ place: { ...place, line: found.line }, text: `${key} ${found.text} is not an address` })
  return []
}

function firstOf({ texts }: Device, keys: readonly string[]) {
  return keys.map((key) => texts.get(key)).find((found) => found !== undefined && found.text !== '')
}

function mapAt(value: YamlValue): YamlMap | undefined {
  return isYamlMap(value) ? value : undefined
}

function textsAt(value: YamlValue): readonly string[] {
  return Array.isArray(value) ? value : []
}
