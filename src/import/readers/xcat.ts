/** Reads objects of xCAT as `lsdef -z` writes them (xcatstanzafile(5)). */
import { parseAddress, parseMac } from '../../values/index.ts'
import { emptyReading, type Place, type Reading } from '../entry.ts'

/** An object: its name, and its attributes with their lines. */
interface Stanza {
  readonly place: Place
  readonly name: string
  readonly attributes: Map<string, { readonly value: string; readonly place: Place }>
}

/** Groups and types of objects that are no compute nodes. */
const DEVICES = /^(?:switch|pdu|rack|frame|cec|bpa|fsp|hmc|cmm|mm|ivm|blade|bmc|service|storage|tb|vm)$/
const HEADER = /^(?! )\s*(\S[^=]*?):\s*$/
const ATTRIBUTE = /^([^\s=]+)\s*=\s*(.*)$/

/** Reads the objects of type node: names, addresses of all interfaces, MACs, BMCs, groups. */
export function readXcat(file: string, text: string): Reading {
  const reading = emptyReading()
  for (const stanza of stanzasOf(file, text, reading)) {
    const type = stanza.attributes.get('objtype')?.value ?? 'node'
    if (type === 'node') readNode(reading, stanza)
    else reading.remarks.push({ place: stanza.place, text: `${stanza.name}: an object of type ${type}` })
  }
  return reading
}

function* stanzasOf(file: string, text: string, { remarks }: Reading): Generator<Stanza, void, undefined> {
  let stanza: Stanza | undefined
  let line = 0
  for (const whole of text.split('\n')) {
    line++
    const place = { file, line }
    if (/^\s*(?:#|$)/.test(whole)) continue
    const [, name] = HEADER.exec(whole) ?? []
    const [, key, value = ''] = name === undefined ? (ATTRIBUTE.exec(whole.trim()) ?? []) : []
    if (name !== undefined) {
      if (stanza !== undefined) yield stanza
      stanza = { place, name, attributes: new Map() }
    } else if (key === undefined || stanza === undefined)
      remarks.push({ place, text: `${whole.trim()}: neither NAME: nor ATTRIBUTE=VALUE` })
    else stanza.attributes.set(key, { value: value.replace(/^(["'])(.*)\1$/, '$2'), place })
  }
  if (stanza !== undefined) yield stanza
}

function readNode(reading: Reading, stanza: Stanza): void {
  const { place, name, attributes } = stanza
  const groups = listed(attributes.get('groups')?.value)
  const types = listed(attributes.get('nodetype')?.value)
  const isNode = groups.includes('compute') || ![...groups, ...types].some((word) => DEVICES.test(word))
  const names = [name, ...(attributes.get('hostnames')?.value ?? '').split(/[\s,]+/).filter(Boolean)]
  const ip = attributes.get('ip')
  const address = parseAddress(ip?.value ?? '')
  if (ip !== undefined && address === undefined)
    reading.remarks.push({ place: ip.place, text: `${name}: ip=${ip.value} is not an address` })
  reading.entries.push({
    place,
    names,
    addresses: address === undefined ? [] : [address],
    macs: [],
    isNode,
  })
  readMacs(reading, stanza)
  readInterfaces(reading, stanza)
  readController(reading, stanza, 'bmc', `${name}-bmc`)
  readController(reading, stanza, 'hcp', undefined)
  reading.memberships.push(...groups.map((group) => ({ group, name })))
}

/** `MAC!NAME|MAC!*NOIP*`: without a name it is the node's. */
function readMacs(reading: Reading, { name, attributes }: Stanza): void {
  const attribute = attributes.get('mac')
  for (const part of attribute?.value.split('|') ?? []) {
    const [text = '', owner = ''] = part.split('!')
    const mac = parseMac(text.trim())
    const place = attribute?.place ?? { file: '', line: 0 }
    if (mac === undefined)
      reading.remarks.push({ place, text: `${name}: mac=${part} is not a MAC address of Ethernet` })
    else
      reading.entries.push({
        place,
        names: [owner === '' || owner.startsWith('*') ? name : owner],
        addresses: [],
        macs: [mac],
      })
  }
}

/** `nicips.IF=IP|IP` with `nichostnamesuffixes.IF`, `nichostnameprefixes.IF` and `nicaliases.IF`, each with a part for each address. */
function readInterfaces(reading: Reading, { name, attributes }: Stanza): void {
  for (const [key, { value, place }] of attributes) {
    if (!key.startsWith('nicips.')) continue
    const nic = key.slice('nicips.'.length)
    const parts = (attribute: string) => attributes.get(`${attribute}.${nic}`)?.value.split('|') ?? []
    const [prefixes, suffixes, others] = ['nichostnameprefixes', 'nichostnamesuffixes', 'nicaliases'].map(parts)
    value.split('|').forEach((text, at) => {
      const address = parseAddress(text.trim())
      const prefix = prefixes?.[at] ?? ''
      const suffix = suffixes?.[at] ?? (prefix === '' ? `-${nic}${at === 0 ? '' : `-${at + 1}`}` : '')
      const aliases = (others?.[at] ?? '').split(/[\s,]+/).filter(Boolean)
      const names = [`${prefix}${name}${suffix}`, ...aliases]
      if (address !== undefined) reading.entries.push({ place, names, addresses: [address], macs: [] })
      else reading.remarks.push({ place, text: `${names.join(' ')}: ${key}=${text} is not an address` })
    })
  }
}

/** The controller of a node by its address; one that has a name is an object of its own. */
function readController(reading: Reading, { name, attributes }: Stanza, key: string, called: string | undefined): void {
  const attribute = attributes.get(key)
  const address = parseAddress(attribute?.value ?? '')
  if (attribute === undefined || address === undefined) return
  const { place, value } = attribute
  if (called !== undefined) reading.entries.push({ place, names: [called], addresses: [address], macs: [] })
  else reading.remarks.push({ place, text: `${value}: ${key} of ${name} has no name` })
}

function listed(text = ''): string[] {
  return text.split(',').flatMap((word) => word.trim() || [])
}
