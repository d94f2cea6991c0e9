/** Edits of host lines: add one, set its MAC or IP, take it out. */
import {
  addressKey,
  foldCase,
  formatAddress,
  formatMac,
  macKey,
  parseAddress,
  parseMac,
  sameAddress,
} from '../../values/index.ts'
import { nearestWord } from '../directives/table.ts'
import type { HostEntry } from '../entries.ts'
import { nodeNamed, withoutDomain } from '../names/nodename.ts'
import { parseConfig, readConfig } from '../parser.ts'
import type { Line } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import type { Span } from '../text/span.ts'
import { addLine, EditError, type Edited, lineChanged, lineKept, plainWord, removeLine, unreported } from './edit.ts'

/** Fields of a host line that are to be as said; one that is left out stays. */
export interface HostFields {
  /** `-` for a device whose MAC is not known. */
  readonly mac?: string | undefined
  readonly address?: string | undefined
}

/** The word in place of a MAC that is not known. */
const UNKNOWN = '-'

/**
 * Adds a host line after the last one.
 * @throws EditError if the words are no host line.
 */
export function addHost(
  bytes: Uint8Array,
  mac: string,
  address: string,
  names: readonly string[],
  domain?: string,
): Edited {
  const text = ['host', macWord(mac), addressWord(address), ...names.map(plainWord)].join(' ')
  const added = hostsOf(Buffer.from(text), domain).hosts[0]
  const { hosts, lines } = hostsOf(bytes, domain)
  const same = added && hosts.find((host) => identityOf(host) === identityOf(added))
  const line = same && lines[same.span.line - 1]
  return line === undefined ? addLine(bytes, text) : lineKept(bytes, line)
}

/**
 * Sets fields of the host line that has this name, IP or MAC.
 * @throws EditError if there is no such line, or there are several; or a value can't be written.
 */
export function setHost(bytes: Uint8Array, key: string, fields: HostFields, domain?: string): Edited {
  const { host, line } = theHost(bytes, key, domain)
  const mac = fields.mac === undefined ? undefined : macWord(fields.mac)
  const address = fields.address === undefined ? undefined : addressWord(fields.address)
  const splices = [
    ...(mac === undefined || isMac(host, mac) ? [] : [{ ...placeOf(host.macSpan), text: mac }]),
    ...(address === undefined || isAddress(host, address) ? [] : [{ ...placeOf(host.addressSpan), text: address }]),
  ]
  return splices.length === 0 ? lineKept(bytes, line) : lineChanged(bytes, line, splices)
}

/**
 * Removes the host line that has this name, IP or MAC.
 * @throws EditError if there is no such line, or there are several.
 */
export function removeHost(bytes: Uint8Array, key: string, domain?: string): Edited {
  return removeLine(bytes, theHost(bytes, key, domain).line)
}

function hostsOf(bytes: Uint8Array, domain: string | undefined): { hosts: HostEntry[]; lines: Line[] } {
  const { lines, read } = readConfig(bytes, unreported(bytes), domain === undefined ? {} : { domain })
  return { lines, hosts: read.flatMap(({ entry }) => (entry?.kind === 'host' ? [entry] : [])) }
}

/** The same for lines that say the same. */
function identityOf({ mac, address, names }: HostEntry): string {
  return [
    mac === undefined ? UNKNOWN : macKey(mac),
    addressKey(address),
    ...names.map(({ value }) => foldCase(value)),
  ].join(' ')
}

function macWord(text: string): string {
  if (text === UNKNOWN || parseMac(text) !== undefined) return text
  throw new EditError(
    `${quote(text)} is not a MAC address: six hex octets are needed, or ${UNKNOWN} if it is not known`,
  )
}

function addressWord(text: string): string {
  if (parseAddress(text) !== undefined) return plainWord(text)
  throw new EditError(`${quote(text)} is not an IP address`)
}

function isMac({ mac }: HostEntry, text: string): boolean {
  const wanted = parseMac(text)
  return mac === undefined || wanted === undefined ? mac === wanted : macKey(mac) === macKey(wanted)
}

function isAddress({ address }: HostEntry, text: string): boolean {
  const wanted = parseAddress(text)
  return wanted !== undefined && sameAddress(address, wanted)
}

function placeOf({ start, end }: Span): { start: number; end: number } {
  return { start, end }
}

/** The one host line that has this name, IP or MAC. */
function theHost(bytes: Uint8Array, key: string, domain: string | undefined): { host: HostEntry; line: Line } {
  const { hosts, lines } = hostsOf(bytes, domain)
  const found = hosts.filter((host) => hasKey(host, key, domain))
  const [host, ...others] = found
  const line = host && lines[host.span.line - 1]
  if (host === undefined || line === undefined)
    throw new EditError(`no host line has ${quote(key)}${absence(bytes, key, hosts, domain)}`)
  if (others.length === 0) return { host, line }
  const keys = new Set(found.map((each) => keyAmong(each, found)))
  const help = keys.size === found.length ? `name one by its IP or MAC: ${[...keys].join(', ')}` : 'edit the file'
  throw new EditError(`${quote(key)} is on ${linesText(found)}: ${help}`)
}

function hasKey({ mac, address, names: [first] }: HostEntry, key: string, domain: string | undefined): boolean {
  const [wantedMac, wantedAddress] = [parseMac(key), parseAddress(key)]
  if (wantedMac !== undefined && mac !== undefined && macKey(mac) === macKey(wantedMac)) return true
  if (wantedAddress !== undefined) return sameAddress(address, wantedAddress)
  return first !== undefined && isNamed(first.value, key, domain)
}

function isNamed(name: string, key: string, domain: string | undefined): boolean {
  return foldCase(name) === foldCase(withoutDomain(key, domain))
}

/** What tells a line from others of its device: its IP, or its MAC where another one has the same IP. */
function keyAmong({ mac, address }: HostEntry, all: readonly HostEntry[]): string {
  const isShared = all.filter((other) => sameAddress(other.address, address)).length > 1
  return isShared && mac !== undefined ? formatMac(mac) : formatAddress(address)
}

function linesText(hosts: readonly HostEntry[]): string {
  const numbers = hosts.map(({ span }) => span.line)
  return `the lines ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`
}

/** Why no host line has it, as far as that can be told. */
function absence(bytes: Uint8Array, key: string, hosts: readonly HostEntry[], domain: string | undefined): string {
  const alias = hosts.find(({ names }) => names.some(({ value }) => isNamed(value, key, domain)))
  if (alias !== undefined) {
    return ` as its first name: it is another name of ${alias.names[0]?.value ?? ''}, line ${alias.span.line}`
  }
  const node = nodeOf(bytes, withoutDomain(key, domain), domain)
  if (node !== undefined) {
    return `: that is node ${node}, whose name and address come from the nodename and iprange lines`
  }
  const nearest = nearestWord(
    key,
    hosts.flatMap(({ names }) => names[0]?.value ?? []),
  )
  return nearest === undefined ? '' : `: did you mean ${nearest}?`
}

/** The node that a name or an address means. */
function nodeOf(bytes: Uint8Array, key: string, domain: string | undefined): number | undefined {
  const { nodes, nodenames } = parseConfig(bytes, domain === undefined ? {} : { domain }).cluster
  const address = parseAddress(key)
  if (address !== undefined)
    return nodes.find(({ addresses }) => addresses.some((own) => sameAddress(own, address)))?.number
  const named = new Set(nodenames.flatMap((line) => nodeNamed(line, key) ?? []))
  return nodes.find(({ number }) => named.has(number))?.number
}
