/**
 * What getent(1) asks and prints, as glibc 2.36's getent does it: `kickback query` must be told apart by nothing. Every
 * text here is a byte string.
 */
import { formatAddress, formatMac, parseAddress } from '../../values/index.ts'
import type { DatabaseName } from '../layout.ts'
import type {
  ByteString,
  Entries,
  GroupEntry,
  HostEntry,
  PasswdEntry,
  ShadowEntry,
  Triple,
} from '../records/entries.ts'
import type { Key } from '../records/keys.ts'

/** getent's exit codes: done, unknown database, a key not found, no enumeration. */
export const GETENT_EXITS = { found: 0, unknown: 1, missing: 2, noEnumeration: 3 } as const

/** The databases that getent does not list without a key. */
export function canEnumerate(database: DatabaseName): boolean {
  return database !== 'ethers' && database !== 'netgroup' && database !== 'initgroups'
}

/** The column at which getent starts what follows a name, in netgroup and initgroups. */
const NAME_WIDTH = 21
const ADDRESS_WIDTH = 15

/** What getent asks for a key as it was typed. */
export function getentKey(database: DatabaseName, typed: ByteString): Key {
  if (database === 'passwd' || database === 'group') return idKey(typed) ?? { name: typed }
  if (database === 'ethers') return macKey(typed) ?? { name: typed }
  const address = database === 'hosts' ? strictAddress(typed) : undefined
  return address === undefined ? { name: typed } : { address }
}

/** A text that inet_pton(3) reads: leading zeros of a quad are none of it. */
function strictAddress(typed: ByteString): Uint8Array | undefined {
  return /(?:^|\.)0\d/.test(typed) ? undefined : parseAddress(typed)?.bytes
}

/** An id as strtoul(3) reads it and a uid_t keeps it: white space and a sign are allowed, 2^32 and more wrap. */
function idKey(typed: ByteString): Key | undefined {
  const [, sign, digits] = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(typed) ?? []
  if (digits === undefined) return undefined
  const greatest = (1n << 64n) - 1n
  const value = BigInt(digits)
  const long = value > greatest ? greatest : sign === '-' ? -value : value
  return { id: Number(BigInt.asUintN(32, long)) }
}

const MAC_TEXT =
  /^([0-9a-f]{1,2}):([0-9a-f]{1,2}):([0-9a-f]{1,2}):([0-9a-f]{1,2}):([0-9a-f]{1,2}):(?:([0-9a-f]{2})|([0-9a-f])(?![^ \t\n\v\f\r]))/i

/**
 * A MAC as ether_aton(3) reads it: numbers of one or two hex digits between colons. What follows the last one is ignored,
 * but must begin with white space where that one has a single digit.
 */
function macKey(typed: ByteString): Key | undefined {
  const octets = MAC_TEXT.exec(typed)
    ?.slice(1)
    .filter((digits) => digits !== undefined)
  return octets === undefined ? undefined : { mac: Uint8Array.from(octets, (digits) => Number.parseInt(digits, 16)) }
}

/**
 * What getent prints for a host key that the C library reads as a number without asking any source (inet_aton(3): `10`,
 * `010.1.1.1`), or undefined where a source is asked. An empty text stands for a number that is no address: not found.
 */
export function getentNumber(typed: ByteString): ByteString | undefined {
  if (!/^\d[\d.]*$/.test(typed) || typed.endsWith('.') || strictAddress(typed) !== undefined) return undefined
  const parts = typed.split('.').map(cNumber)
  const last = parts.pop() ?? Number.NaN
  const room = 2 ** (8 * (4 - parts.length))
  if (parts.length > 3 || !(last < room) || !parts.every((part) => part < 256)) return ''
  const value = parts.reduce((sum, part, i) => sum + part * 2 ** (24 - 8 * i), last)
  const quad = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256)
  return `${quad.join('.').padEnd(ADDRESS_WIDTH)} ${typed}\n`
}

/** A number as C reads it: octal after a leading zero. NaN where it is none. */
function cNumber(text: string): number {
  if (/^0\d/.test(text)) return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
  return text === '' ? Number.NaN : Number(text)
}

/**
 * The lines that getent prints for an entry that answers a typed key, newline included; without a key as it lists it.
 * Undefined for a host without an address, which getent has not found. Empty for a user or group that would tear its line.
 */
export function getentLines<D extends DatabaseName>(
  database: D,
  entry: Entries[D],
  typed?: ByteString,
): ByteString | undefined {
  const print: (entry: Entries[D], typed?: ByteString) => ByteString | undefined = PRINT[database]
  return print(entry, typed)
}

/** What getent prints for a user without groups, known or not: it asks for the groups of a user, who always is in some. */
export function getentNoGroups(typed: ByteString): ByteString {
  return `${typed.padEnd(NAME_WIDTH)}\n`
}

/** What `getent netgroup NAME HOST USER DOMAIN` prints; undefined fields were typed as `*`. It exits with `found` either way. */
export function getentInnetgr(netgroup: ByteString, triple: Triple, holds: boolean): ByteString {
  return `${netgroup.padEnd(NAME_WIDTH)} ${tripleText(triple, '')} = ${holds ? 1 : 0}\n`
}

const PRINT: { readonly [D in DatabaseName]: (entry: Entries[D], typed?: ByteString) => ByteString | undefined } = {
  passwd: passwdLine,
  group: groupLine,
  shadow: shadowLine,
  hosts: hostLines,
  ethers: ({ mac, name }, typed = name) => {
    const shown = macKey(typed) === undefined ? typed : name
    return `${formatMac(mac)} ${shown}\n`
  },
  netgroup: ({ name, triples }, typed = name) =>
    `${typed.padEnd(NAME_WIDTH)}${triples.map((triple) => ` ${tripleText(triple, ' ')}`).join('')}\n`,
  initgroups: ({ name, gids }, typed = name) => `${typed.padEnd(NAME_WIDTH)}${gids.map((gid) => ` ${gid}`).join('')}\n`,
}

/** A triple; getent shows a host that is a wildcard as a space where it lists a netgroup. */
function tripleText({ host, user, domain }: Triple, anyHost: string): ByteString {
  return `(${host ?? anyHost},${user ?? ''},${domain ?? ''})`
}

/** Each address on a line of its own with all names: the asked one alone, or those of one family, IPv6 first where it has any. */
function hostLines(host: HostEntry, typed?: ByteString): ByteString | undefined {
  const asked = typed === undefined ? undefined : strictAddress(typed)
  const mapped = asked?.length === 4 && typed?.includes(':') ? '::ffff:' : ''
  const shown = addressesShown(host, typed === undefined, asked)
  const texts = shown.map((address) => mapped + formatAddress(address))
  if (texts.length === 0) return undefined
  return texts.map((text) => `${text.padEnd(ADDRESS_WIDTH)} ${host.names.join(' ')}\n`).join('')
}

function addressesShown(
  { addresses }: HostEntry,
  listed: boolean,
  asked: Uint8Array | undefined,
): HostEntry['addresses'] {
  if (asked !== undefined) return addresses.filter(({ bytes }) => Buffer.from(bytes).equals(asked))
  const four = addresses.filter(({ family }) => family === 4)
  const six = addresses.filter(({ family }) => family === 6)
  if (listed) return [...four, ...six]
  return six.length > 0 ? six : four
}

/** putpwent(3): no line for a name or shell that would tear it, and spaces for what would tear the gecos. */
export function passwdLine({ name, passwd, uid, gid, gecos, dir, shell }: PasswdEntry): ByteString {
  if ([name, passwd, dir, shell].some(tearsLine)) return ''
  return `${name}:${passwd}:${uid}:${gid}:${gecos.replace(/[:\n]/g, ' ')}:${dir}:${shell}\n`
}

/** putgrent(3): no line for a name that would tear it. */
export function groupLine({ name, passwd, gid, members }: GroupEntry): ByteString {
  if ([name, passwd].some(tearsLine) || members.some((member) => /[:,\n]/.test(member))) return ''
  return `${name}:${passwd}:${gid}:${members.join(',')}\n`
}

function tearsLine(field: ByteString): boolean {
  return /[:\n]/.test(field)
}

/** putspent(3): -1 and an empty flag are empty fields. */
function shadowLine(entry: ShadowEntry): ByteString {
  const { name, passwd, lastChange, min, max, warn, inactive, expire, flag } = entry
  if ([name, passwd].some(tearsLine)) return ''
  const days = [lastChange, min, max, warn, inactive, expire].map((value) => (value === -1 ? '' : String(value)))
  return `${[name, passwd, ...days, flag === 0xffffffff ? '' : String(flag)].join(':')}\n`
}
