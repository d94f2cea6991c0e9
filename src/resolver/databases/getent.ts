/**
 * What databases have in common of how getent(1) reads keys and prints entries; each one's form is in its row. Texts are
 * byte strings.
 */
import { parseAddress } from '../../values/index.ts'
import type { ByteString } from '../records/entries.ts'
import type { Key } from '../records/keys.ts'

/** getent's exit codes: done, unknown database, a key not found, no enumeration. */
export const GETENT_EXITS = { found: 0, unknown: 1, missing: 2, noEnumeration: 3 } as const

/** The column at which getent starts what follows a name. */
export const NAME_WIDTH = 21
/** The column at which it starts what follows an address. */
export const ADDRESS_WIDTH = 15

/** Whether a field of a line with colons would end the field, or the line. */
export function tearsLine(field: ByteString): boolean {
  return /[:\n]/.test(field)
}

/** A key that is an id where it is a number, else a name. */
export function idOrName(typed: ByteString): Key {
  return idKey(typed) ?? { name: typed }
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
export function macKey(typed: ByteString): Key | undefined {
  const octets = MAC_TEXT.exec(typed)
    ?.slice(1)
    .filter((digits) => digits !== undefined)
  return octets === undefined ? undefined : { mac: Uint8Array.from(octets, (digits) => Number.parseInt(digits, 16)) }
}

/** A text that inet_pton(3) reads: leading zeros of a quad are none of it. */
export function strictAddress(typed: ByteString): Uint8Array | undefined {
  return /(?:^|\.)0\d/.test(typed) ? undefined : parseAddress(typed)?.bytes
}

/**
 * What getent prints for a host key that the C library reads as a number without asking any source (inet_aton(3): `10`,
 * `010.1.1.1`), or undefined if a source is asked. An empty text means a number that is not an address: not found.
 */
export function numericAddress(typed: ByteString): ByteString | undefined {
  if (!/^\d[\d.]*$/.test(typed) || typed.endsWith('.') || strictAddress(typed) !== undefined) return undefined
  const value = internetAddress(typed)
  if (value === undefined) return ''
  return `${quad(value).padEnd(ADDRESS_WIDTH)} ${typed}\n`
}

/** A number of 32 bits, the first octet highest, as inet_ntoa(3) writes it. */
export function quad(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

/**
 * An address as inet_addr(3) reads it, its first octet highest: one to four numbers as C writes them between dots, the last of which
 * fills what is left; white space ends it. Undefined for anything else.
 */
export function internetAddress(typed: ByteString): number | undefined {
  const parts = typed
    .replace(/[ \t\n\v\f\r].*/s, '')
    .split('.')
    .map(cNumber)
  const last = parts.pop() ?? Number.NaN
  const room = 2 ** (8 * (4 - parts.length))
  if (parts.length > 3 || !(last < room) || !parts.every((part) => part < 256)) return undefined
  return parts.reduce((sum, part, i) => sum + part * 2 ** (24 - 8 * i), last)
}

/** A number as C reads it: octal after a leading zero, hexadecimal after 0x. NaN where it is none. */
function cNumber(text: string): number {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text)
  if (!/^\d+$/.test(text)) return Number.NaN
  if (/^0\d/.test(text)) return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
  return Number(text)
}
