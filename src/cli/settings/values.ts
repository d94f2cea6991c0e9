/** The values of settings: each is read from its text, or what is wrong with the text is said. */

import type { NamedNetwork } from '../../boot/index.ts'
import { parseNodeSet } from '../../config/index.ts'
import { NODE_CONTENTS, NODE_STATES } from '../../kickback/index.ts'
import { byteString, type IdRange, isLoginName, type ReverseCut } from '../../resolver/index.ts'
import {
  type Address,
  type AddressRange,
  type Endpoint,
  formatAddress,
  type HttpAddress,
  hex,
  insideRange,
  networkOf,
  parseAddress,
  parseEndpoint,
  parseHttpAddress,
  parseNetwork,
  parsePrefixLength,
  sameAddress,
} from '../../values/index.ts'

/** A name server of our zones; its addresses where the cluster does not know it. */
interface NameServerName {
  readonly name: string
  readonly addresses: readonly Address[]
}

/** A server that may copy our zones, and the name of the key that it has to use, if any. */
interface SecondaryName {
  readonly endpoint: Endpoint
  readonly keyName: string | null
}

/** What can be chosen for `log_level`, gravest first. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
/** What can be chosen for `log_format`. */
export const LOG_FORMATS = ['plain', 'json'] as const

/** How machines can be asked that do not follow. */
export const PING_WAYS = ['arp', 'off'] as const

/** What nodes can be chosen by: their states and contents, and what two of the states were called before. */
export const NODE_FILTERS = [...words(NODE_STATES), ...words(NODE_CONTENTS), 'gone', 'missing'] as const
/** One of NODE_FILTERS. */
export type NodeFilter = (typeof NODE_FILTERS)[number]

function words<Word extends string>(table: Readonly<Record<Word, string>>): readonly Word[] {
  return Object.keys(table) as Word[]
}

/** What can be chosen for `log_queries`. */
export const LOG_QUERIES = ['off', 'dns', 'kickback', 'all'] as const

/** A value that cannot be what its setting wants; the message says what was wanted. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

/** Reads an endpoint; the port may be left out where the setting has a usual one. Throws ValueError for anything else, names of machines above all. */
export function endpointValue(text: string, usualPort?: number): Endpoint {
  const endpoint = parseEndpoint(text, usualPort)
  if (endpoint !== undefined) return endpoint
  throw new ValueError(`'${text}' is not ADDRESS:PORT with a numeric address, such as 10.0.0.1:3045 or [fd00::1]:3045`)
}

/** Reads the address of an HTTP server. Throws ValueError for anything else, names of machines above all. */
export function httpAddressValue(text: string): HttpAddress {
  const address = parseHttpAddress(text)
  if (address !== undefined) return address
  throw new ValueError(`'${text}' is not http://ADDRESS:PORT with a numeric address, such as http://10.0.0.5:3128`)
}

/** Reads a network. Throws ValueError for anything else. */
export function networkValue(text: string): AddressRange {
  const network = parseNetwork(text)
  if (network === undefined) throw new ValueError(`'${text}' is not an address or a network such as 10.0.0.0/8`)
  return network
}

/** Reads a network of IPv4 and perhaps its router: 10.20.30.0/24=10.20.30.254. Throws ValueError for anything else. */
export function parseDhcpNetwork(text: string): NamedNetwork {
  const [network = '', routerText, ...rest] = text.split('=')
  const [addressText = '', bits = ''] = network.split('/')
  const address = parseAddress(addressText)
  const prefixLength = parsePrefixLength(bits, 4)
  const router = routerText === undefined ? null : parseAddress(routerText)
  const wrong = `'${text}' is not a network of IPv4 with or without its router, such as 10.20.30.0/24=10.20.30.254`
  if (address?.family !== 4 || router === undefined || rest.length > 0) throw new ValueError(wrong)
  if (prefixLength === undefined || prefixLength === 0 || prefixLength >= 32) throw new ValueError(wrong)
  const range = networkOf(address, prefixLength)
  if (!sameAddress(range.first, address))
    throw new ValueError(`${wrong}; the network is ${formatAddress(range.first)}/${bits}`)
  if (router !== null && !insideRange(range, router)) throw new ValueError(`${wrong}; the router is not in the network`)
  return { range, prefixLength, router }
}

/** Reads an address of IPv4. Throws ValueError for anything else. */
export function parseDnsServer(text: string): Address {
  const address = parseAddress(text)
  if (address?.family === 4) return address
  throw new ValueError(`'${text}' is not an address of IPv4, such as 10.20.30.1`)
}

/** The most octets that the prefix of a reverse zone has, of each family. */
const REVERSE_OCTETS: { readonly [F in Address['family']]: number } = { 4: 3, 6: 8 }

/**
 * Reads networks that are cut where reverse zones are: 10.0.0.0/8, 10.1.0.0/16, 10.1.2.0/24, fd00:1::/32. Throws ValueError for
 * anything else, and where one of them lies in another.
 */
export function parseReverseZones(texts: readonly string[]): readonly ReverseCut[] {
  const networks = texts.map(parseReverseZone)
  networks.forEach((network, i) => {
    const outer = networks.findIndex((other, k) => k !== i && isWithin(network, other))
    if (outer >= 0) throw new ValueError(`'${texts[i]}' is inside '${texts[outer]}': a name can be in one zone only`)
  })
  return networks
}

function parseReverseZone(text: string): ReverseCut {
  const { first, last } = networkValue(text)
  const octets = first.bytes.findIndex((byte, i) => byte !== last.bytes[i])
  const isCut = octets > 0 && octets <= REVERSE_OCTETS[first.family]
  const isAligned = first.bytes.every((byte, i) => i < octets || (byte === 0 && last.bytes[i] === 255))
  const isStart = isCut && isAligned && formatAddress(first) === text.slice(0, text.indexOf('/')).toLowerCase()
  if (!isStart) {
    throw new ValueError(
      `'${text}' cannot be a reverse zone: it must have whole octets, at most /24 of IPv4 and /64 of IPv6, such as 10.1.0.0/16`,
    )
  }
  return { family: first.family, prefix: first.bytes.subarray(0, octets) }
}

function isWithin(inner: ReverseCut, outer: ReverseCut): boolean {
  return inner.family === outer.family && outer.prefix.every((octet, i) => inner.prefix[i] === octet)
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

/** Reads a DNS domain; a final dot is dropped. Throws ValueError for anything else. */
export function parseDomain(text: string): string {
  const domain = withoutFinalDot(text)
  if (!DOMAIN.test(domain)) throw new ValueError(`'${text}' is not a domain such as cluster.internal`)
  return domain
}

function withoutFinalDot(text: string): string {
  return text.endsWith('.') ? text.slice(0, -1) : text
}

/** One of `choices`, or ValueError. */
export function parseChoice<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === text)
  if (choice === undefined) throw new ValueError(`'${text}' is not one of ${choices.join(', ')}`)
  return choice
}

/** Reads a user or group name of passwd(5). Throws ValueError for what can be none. */
export function parseAccountName(text: string): string {
  if (!/^[^\s:,]+$/.test(text)) throw new ValueError(`'${text}' is not the name of a user or group`)
  return text
}

/** Who may log in on the nodes of a class or a set: these users, and the members of these groups. */
interface Logins {
  readonly key: string
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

/** Reads `gpu=ann,%physics`: a class or a set of nodes, then users, and groups with a `%`. Throws ValueError for anything else. */
export function parseLogins(text: string): Logins {
  const equals = text.lastIndexOf('=')
  if (equals < 1) throw new ValueError(`'${text}' is not NODES=USER,%GROUP such as gpu=ann,%physics`)
  const names = text
    .slice(equals + 1)
    .split(',')
    .filter((name) => name !== '')
  const unfit = names.find((name) => !isLoginName(byteString(name.replace(/^%/, ''))))
  if (unfit !== undefined) {
    throw new ValueError(
      `'${unfit}' cannot be named here: PAM takes ASCII letters, digits, '_', '.' and '-' alone, with a letter among them, and reads ALL, EXCEPT, LOCAL and NONE as words of its own; name a group of such users`,
    )
  }
  const isGroup = (name: string): boolean => name.startsWith('%')
  return {
    key: text.slice(0, equals),
    users: names.filter((name) => !isGroup(name)),
    groups: names.filter(isGroup).map((name) => name.slice(1)),
  }
}

/** Whose password hashes the nodes of a class or a set get: these users, the members of these groups, or all exported users. */
interface PasswordRule extends Logins {
  readonly isAll: boolean
}

/** What stands for all exported users. */
const ALL_USERS = '*'

/** Reads `login=ann,%staff` or `login=*`: a class or a set of nodes, then users, groups with a `%`, or all. Throws ValueError for anything else. */
export function parsePasswordRule(text: string): PasswordRule {
  const equals = text.lastIndexOf('=')
  if (equals < 1) throw new ValueError(`'${text}' is not NODES=USER,%GROUP or NODES=* such as login=ann,%staff`)
  const names = text
    .slice(equals + 1)
    .split(',')
    .filter((name) => name !== '')
  const named = names.filter((name) => name !== ALL_USERS)
  for (const name of named) parseAccountName(name.replace(/^%/, ''))
  const isGroup = (name: string): boolean => name.startsWith('%')
  return {
    key: text.slice(0, equals),
    users: named.filter((name) => !isGroup(name)),
    groups: named.filter(isGroup).map((name) => name.slice(1)),
    isAll: named.length < names.length,
  }
}

/**
 * Reads `10.in-addr.arpa`, or a network such as 10.0.0.0/8: its reverse zones, cut where the labels of in-addr.arpa and ip6.arpa are.
 * Throws ValueError for anything else.
 */
export function parseZones(text: string): readonly string[] {
  return text.includes('/') ? reverseZones(networkValue(text)) : [parseDomain(text).toLowerCase()]
}

function reverseZones({ first, last }: AddressRange): string[] {
  const digits = (address: Address): string[] =>
    address.family === 4 ? Array.from(address.bytes, String) : [...hex(address.bytes)]
  const [from, to] = [digits(first), digits(last)]
  const different = from.findIndex((digit, i) => digit !== to[i])
  const kept = different < 0 ? from : from.slice(0, different)
  const suffix = first.family === 4 ? 'in-addr.arpa' : 'ip6.arpa'
  const named = (prefix: readonly string[]): string => [...prefix].reverse().concat(suffix).join('.')
  const radix = first.family === 4 ? 10 : 16
  const low = Number.parseInt(from[different] ?? '0', radix)
  const high = Number.parseInt(to[different] ?? '0', radix)
  if (different < 0 || (low === 0 && high === (first.family === 4 ? 255 : 15))) return [named(kept)]
  return Array.from({ length: high - low + 1 }, (_, i) => named([...kept, (low + i).toString(radix)]))
}

/** The longest TTL that DNS knows (RFC 2181, 8). */
const SECONDS_MAX = 2 ** 31 - 1

/** Reads a whole number of seconds. Throws ValueError for anything else. */
export function parseSeconds(text: string): number {
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(seconds <= SECONDS_MAX)) throw new ValueError(`'${text}' is not a number of seconds`)
  return seconds
}

/** How many processes there may be at most: each holds the zones and the ready answers. */
const PROCESSES_MAX = 16

/** Reads a number of processes; null for 0, which leaves the number to kickback. Throws ValueError for anything else. */
export function parseProcesses(text: string): number | null {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (!(count <= PROCESSES_MAX)) throw new ValueError(`'${text}' is not a number from 0 to ${PROCESSES_MAX}`)
  return count === 0 ? null : count
}

/** The greatest id: 2^32-1 is -1, which is no one's. */
const ID_MAX = 2 ** 32 - 2

/** Reads a range of uids or gids, both ends included, as 1000-59999. Throws ValueError for anything else. */
export function parseIdRange(text: string): IdRange {
  const [, from, to] = /^(\d{1,10})-(\d{1,10})$/.exec(text) ?? []
  const [least, most] = [Number(from), Number(to)]
  if (!(least > 0 && least <= most && most <= ID_MAX))
    throw new ValueError(`'${text}' is not a range of ids such as 1000-59999, from 1 on`)
  return { least, most }
}

/** Reads the number of a generation. Throws ValueError for anything else. */
export function parseGeneration(text: string): number {
  const generation = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(generation)) throw new ValueError(`'${text}' is not the number of a generation`)
  return generation
}

/** Reads a set of nodes; it is kept as it was written. Throws ValueError for anything else. */
export function parseNodes(text: string): string {
  if (parseNodeSet(text) === undefined) throw new ValueError(`'${text}' is not a set of nodes such as n0-n31,n40`)
  return text
}

/** Reads `ns1.example.org` or `ns1.example.org=10.0.0.1`, several addresses with a `=` each. Throws ValueError for anything else. */
export function parseNameServer(text: string): NameServerName {
  const [name = '', ...addresses] = text.split('=')
  const read = addresses.map(parseAddress)
  if (read.some((address) => address === undefined)) throw new ValueError(`'${text}' is not NAME or NAME=ADDRESS`)
  return { name: parseHostName(name), addresses: read.filter((address) => address !== undefined) }
}

const HOST_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i

/** Reads the whole name of a machine: letters, digits and hyphens, and the domain with it. An address is no name. */
function parseHostName(text: string): string {
  const name = withoutFinalDot(text)
  if (!DOMAIN.test(name) || !HOST_NAME.test(name) || /(^|\.)[0-9]+$/.test(name)) {
    throw new ValueError(`'${text}' is not the whole name of a machine such as ns1.example.org`)
  }
  return name
}

/** Reads a mailbox as DNS has it, `hostmaster.example.org` for hostmaster@example.org. Throws ValueError for anything else. */
export function parseMailbox(text: string): string {
  const name = withoutFinalDot(text)
  if (!DOMAIN.test(name) || !name.includes('.') || /(^|\.)[0-9]+$/.test(name)) {
    throw new ValueError(`'${text}' is not a mailbox with a dot for the @, such as hostmaster.example.org`)
  }
  return name
}

/** Reads `10.0.0.2`, `10.0.0.2:53` or `10.0.0.2:53 key-name`. Throws ValueError for anything else. */
export function parseSecondary(text: string, usualPort?: number): SecondaryName {
  const [endpoint = '', key, ...rest] = text.trim().split(/\s+/)
  if (rest.length > 0) throw new ValueError(`'${text}' is not ADDRESS[:PORT] or ADDRESS[:PORT] KEY`)
  return { endpoint: endpointValue(endpoint, usualPort), keyName: key === undefined ? null : parseDomain(key) }
}
