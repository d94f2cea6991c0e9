/** Reads genders files: names with attributes. Addresses stand in the attributes ip and mac, as `kickback export genders` writes them, or in other files. */
import { parseAddress, parseMac } from '../../values/index.ts'
import { emptyReading, ImportError, type Place, type Reading } from '../entry.ts'
import { expandHostList } from './host-list.ts'
import { textLines, wordsOf } from './lines.ts'

/** A list has at most so many names: as many as there can be nodes. */
const NAMES_MAX = 1_048_576
/** The length of all lines together, each counted for each of its names: a short file could mean any number of attributes. */
const EXPANDED_MAX = 64 * 1024 * 1024
/** Attributes that say that a host is a compute node. */
const NODE_ATTRIBUTES = new Set(['compute', 'node', 'nodes', 'computenode', 'cluster-node'])
/** Attributes that are carried over: the second of each kind belongs to the second address. */
const CARRIED = /^(ip|mac|alias)(\d{0,4})$/
/** The usual attribute for another name of a host. */
const ALTERNATIVE = 'altname'

/** Reads lines of genders. Throws ImportError if the lists mean more than can be held. */
export function readGenders(file: string, text: string): Reading {
  const reading = emptyReading()
  const seen = new Set<string>()
  let left = EXPANDED_MAX
  for (const { place, text: line } of textLines(file, text)) {
    const [list = '', ...rest] = wordsOf(line)
    const most = Math.floor(left / line.length)
    if (most === 0) throw new ImportError(place, 'the lists of the file have too many names and attributes up to here')
    const names = expandHostList(list, Math.min(NAMES_MAX, most))
    if (names === undefined) {
      reading.remarks.push({ place, text: `${line}: this is not a list of hosts, or it has too many names` })
      continue
    }
    left -= names.length * line.length
    const attributes = rest.join(',').split(',').filter(Boolean)
    for (const name of names) readHost(reading, place, name, attributes)
    readRest(reading, place, attributes, seen)
  }
  return reading
}

function readHost(reading: Reading, place: Place, name: string, attributes: readonly string[]): void {
  const parts = new Map<string, { names: string[]; address?: string; macs: string[] }>()
  const isNode = attributes.some((attribute) => NODE_ATTRIBUTES.has(attribute))
  for (const attribute of attributes) {
    const [key = '', value] = splitAt(attribute, name)
    const [, kind, at = ''] = CARRIED.exec(key === ALTERNATIVE ? 'alias' : key) ?? []
    if (value === undefined && attribute !== '') reading.memberships.push({ group: key, name })
    if (kind === undefined || value === undefined) continue
    const part = parts.get(at) ?? { names: [name], macs: [] }
    parts.set(at, part)
    if (kind === 'ip') part.address = value
    else if (kind === 'mac') part.macs.push(...value.split('|'))
    else part.names.push(...value.split('|'))
  }
  if (parts.size === 0) parts.set('', { names: [name], macs: [] })
  for (const { names, address: text, macs } of parts.values()) {
    const address = parseAddress(text ?? '')
    const known = macs.flatMap((mac) => parseMac(mac) ?? [])
    if (text !== undefined && address === undefined)
      reading.remarks.push({ place, text: `${name}: ip=${text} is not an address` })
    if (known.length < macs.length)
      reading.remarks.push({ place, text: `${name}: mac=${macs.join('|')} is not a MAC address` })
    reading.entries.push({ place, names, addresses: address === undefined ? [] : [address], macs: known, isNode })
  }
}

/** `KEY=VALUE`; `%n` stands for the name of the host, `%%` for `%`. */
function splitAt(attribute: string, name: string): readonly [key: string, value: string | undefined] {
  const at = attribute.indexOf('=')
  if (at < 0) return [attribute, undefined]
  const value = attribute.slice(at + 1).replace(/%[n%]/g, (sign) => (sign === '%n' ? name : '%'))
  return [attribute.slice(0, at), value]
}

/** Attributes with other values, each once. */
function readRest(reading: Reading, place: Place, attributes: readonly string[], seen: Set<string>): void {
  for (const attribute of attributes) {
    const [key, value] = splitAt(attribute, '%n')
    if (value === undefined || CARRIED.test(key) || key === ALTERNATIVE || seen.has(key)) continue
    seen.add(key)
    reading.remarks.push({
      place,
      text: `${attribute}: values of the attribute ${key} have no place in a configuration`,
    })
  }
}
