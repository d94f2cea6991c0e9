/** Reads dnsmasq.conf and files of dhcp-hostsfile (dnsmasq(8)): dhcp-host, host-record, address and cname. */
import { type Address, type Mac, parseAddress, parseMac } from '../../values/index.ts'
import { emptyReading, type Place, type Reading } from '../entry.ts'

/** Options that give names in ways for which a configuration has no line. */
const OTHER_NAMES = new Set(
  [
    'ptr-record',
    'ptr-address',
    'interface-name',
    'dynamic-host',
    'synth-domain',
    'srv-host',
    'mx-host',
    'txt-record',
  ].concat(['naptr-record', 'dns-rr', 'caa-record', 'alias']),
)
/** Options that name further files. */
const FILES = new Set(
  ['dhcp-hostsfile', 'dhcp-hostsdir', 'addn-hosts', 'hostsdir', 'conf-file', 'conf-dir', 'servers-file'].concat([
    'read-ethers',
  ]),
)
const OPTION = /^(?:--)?([a-z][a-z0-9-]*)\s*(?:=\s*(.*))?$/s
const LEASE_TIME = /^(?:infinite|\d+[smhdw]?)$/i
const TAG = /^(?:set|tag|net):/

/** Reads lines of a configuration, and lines of a hostsfile, which are those of dhcp-host without the option. */
export function readDnsmasq(file: string, text: string): Reading {
  const reading = emptyReading()
  text.split('\n').forEach((whole, index) => {
    const place = { file, line: index + 1 }
    const line = withoutComment(whole).trim()
    const [, option, value = ''] = OPTION.exec(line) ?? []
    if (line === '') return
    if (option === undefined || (value === '' && line.includes(','))) readHost(reading, place, line)
    else readOption(reading, place, option, value, line)
  })
  return reading
}

/** A comment starts with `#` at the start of a line or behind white space. */
function withoutComment(line: string): string {
  const [start] = /(?:^|\s)#/.exec(line) ?? []
  return start === undefined ? line : line.slice(0, line.indexOf(start))
}

function readOption(reading: Reading, place: Place, option: string, value: string, line: string): void {
  if (option === 'dhcp-host') readHost(reading, place, value)
  else if (option === 'host-record') readRecord(reading, place, value)
  else if (option === 'address') readAddress(reading, place, value)
  else if (option === 'cname') readAlias(reading, place, value)
  else if (OTHER_NAMES.has(option)) reading.remarks.push({ place, text: `${line}: a configuration has no such record` })
  else if (FILES.has(option)) reading.remarks.push({ place, text: `${line}: give this file to import too` })
}

/** The parts of a dhcp-host. */
interface HostParts {
  readonly names: string[]
  readonly addresses: Address[]
  readonly macs: Mac[]
  readonly rest: string[]
}

function readHost(reading: Reading, place: Place, text: string): void {
  const parts: HostParts = { names: [], addresses: [], macs: [], rest: [] }
  for (const word of text.split(',').map((part) => part.trim())) readPart(parts, word)
  const { names, addresses, macs, rest } = parts
  if (rest.length > 0) reading.remarks.push({ place, text: `${text}: ${rest.join(', ')} cannot be carried over` })
  if (addresses.length > 0 || names.length > 0) reading.entries.push({ place, names, addresses, macs })
  else if (rest.length === 0) reading.remarks.push({ place, text: `${text}: neither a name nor an address` })
}

function readPart({ names, addresses, macs, rest }: HostParts, word: string): void {
  const bare = word.replace(/^\[(.*)\]$/, '$1')
  const address = bare.startsWith('::') ? undefined : parseAddress(bare)
  const mac = parseMac(word.replace(/^01-(?=.*[:])/, ''))
  if (word === '' || TAG.test(word) || LEASE_TIME.test(word)) return
  if (mac !== undefined) macs.push(mac)
  else if (address !== undefined) addresses.push(address)
  else if (/^(?:id:|ignore$)|[*:/[\]]/.test(word)) rest.push(word)
  else names.push(word)
}

/** `host-record=NAME[,NAME...][,IP][,IP][,TTL]`. */
function readRecord(reading: Reading, place: Place, value: string): void {
  const words = value.split(',').map((word) => word.trim().replace(/^\[(.*)\]$/, '$1'))
  const addresses = words.flatMap((word) => parseAddress(word) ?? [])
  const names = words.filter((word) => word !== '' && parseAddress(word) === undefined && !/^\d+$/.test(word))
  if (addresses.length > 0) reading.entries.push({ place, names, addresses, macs: [] })
  else reading.remarks.push({ place, text: `host-record=${value}: there is no address` })
}

/** `address=/NAME[/NAME...]/IP`: the names, and all names below them. */
function readAddress(reading: Reading, place: Place, value: string): void {
  const parts = value.split('/').map((part) => part.trim())
  const address = parseAddress(parts.at(-1) ?? '')
  const names = parts.slice(1, -1).map((name) => name.replace(/^\*?\./, ''))
  if (address === undefined || names.length === 0 || names.includes('#') || names.includes('')) {
    reading.remarks.push({ place, text: `address=${value}: this is not an address of names` })
    return
  }
  reading.entries.push({ place, names, addresses: [address], macs: [] })
  reading.remarks.push({ place, text: `address=${value}: the names are carried over, but not all names below them` })
}

/** `cname=ALIAS[,ALIAS...],NAME[,TTL]`. */
function readAlias(reading: Reading, place: Place, value: string): void {
  const words = value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '' && !/^\d+$/.test(word))
  const target = words.at(-1)
  if (words.length < 2 || target === undefined) {
    reading.remarks.push({ place, text: `cname=${value}: an alias and a name are needed` })
  } else reading.entries.push({ place, names: [target, ...words.slice(0, -1)], addresses: [], macs: [] })
}
