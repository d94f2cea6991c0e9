/**
 * The entries that no database has, as TypeScript sees them, and what all entries are made of.
 *
 * Text of accounts is bytes of no stated encoding, so every string here is a byte string: one character a byte, 0 to 255
 * (`latin1`). Names of the config are UTF-8 in it. `displayed` turns one into text for people.
 */
import type { Address } from '../../values/index.ts'
import type { HOST_KINDS, RANGE_KINDS } from '../format.ts'

/** A string with one character a byte. */
export type ByteString = string

const ASCII = /^[\0-\x7f]*$/

/** The bytes of a text, as a byte string in UTF-8. */
export function byteString(text: string): ByteString {
  // ASCII is the same in both, and most names are.
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** A byte string as text: UTF-8 where it is that, else one character a byte. */
export function displayed(bytes: ByteString): string {
  const raw = Buffer.from(bytes, 'latin1')
  const text = raw.toString('utf8')
  return text.includes('\ufffd') ? bytes : text
}

/** A pattern of computed spellings; see PATTERN in format.ts. */
export interface PatternEntry {
  readonly kind: (typeof HOST_KINDS)['NODE' | 'COMPANION']
  readonly prefix: ByteString
  readonly suffix: ByteString
  readonly targetPrefix: ByteString
  readonly targetSuffix: ByteString
  /** PLAIN_WIDTH for a stored name without a number. */
  readonly targetWidth: number
  readonly targetShift: number
  readonly numberShift: number
}

/** An inclusive range of addresses of one family; `name` is empty if it has none. */
export interface RangeEntry {
  readonly kind: (typeof RANGE_KINDS)[keyof typeof RANGE_KINDS]
  readonly first: Address
  readonly last: Address
  readonly name: ByteString
}

/** The masters, in order, of the nodes in `ranges` (inclusive). */
export interface MastersEntry {
  readonly ranges: readonly { readonly first: number; readonly last: number }[]
  readonly addresses: readonly Address[]
}

/** A name server, an absolute name without the final dot. Addresses are given where the snapshot has no host of this name. */
export interface NameServer {
  readonly name: ByteString
  readonly addresses: readonly Address[]
}

/** A zone of reverse names: all addresses of a family that begin with these octets. */
export interface ReverseCut {
  readonly family: Address['family']
  readonly prefix: Uint8Array
}

/** What decides the zones of DNS besides the records. It is the same for all zones. */
export interface ZoneSettings {
  /** How long records may be kept, in seconds. */
  readonly ttl: number
  /** How long the absence of a name may be kept, in seconds. */
  readonly negativeTtl: number
  /** The servers of the zones, the primary first. Empty: the masters; without masters `ns.DOMAIN` at `own`. */
  readonly ns: readonly NameServer[]
  /** The addresses that DNS is served at, where neither `ns` nor a master's record tells one. */
  readonly own: readonly Address[]
  /** The mailbox of who is responsible, as a name (RFC 1035, 8); empty for `hostmaster.DOMAIN`. */
  readonly rname: ByteString
  /** The TCP port of the kickback service, which SRV records tell: that of `server beonss`. */
  readonly port: number
  /** Networks that are one reverse zone each, whatever ranges there are; none lies in another. */
  readonly cuts: readonly ReverseCut[]
}

/** The usual settings of zones. */
export const USUAL_ZONES: ZoneSettings = { ttl: 30, negativeTtl: 5, ns: [], own: [], rname: '', port: 3045, cuts: [] }
