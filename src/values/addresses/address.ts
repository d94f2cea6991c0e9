/** IP addresses: read, printed, compared and counted. */
import ipaddr from 'ipaddr.js'
import { hex } from '../hex.ts'
import { shortBytes } from './short-bytes.ts'

/**
 * An IP address: 4 bytes (family 4) or 16 bytes (family 6), in network order.
 * `::ffff:a.b.c.d` is always held as family 4.
 */
export interface Address {
  readonly family: 4 | 6
  readonly bytes: Uint8Array
}

const DOT = 46
const ZERO = 48

/**
 * The four bytes of a dotted quad as a number from 0 to 2^32-1, or undefined.
 * Octets are decimal, one to three digits; a leading zero does not make them octal (inet_aton would).
 */
export function parseQuad(text: string): number | undefined {
  let value = 0
  let octet = 0
  let digits = 0
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT && digits > 0) {
      value = value * 256 + octet
      octet = 0
      digits = 0
      dots++
      continue
    }
    const digit = code - ZERO
    if (digit < 0 || digit > 9) return undefined
    octet = octet * 10 + digit
    digits++
    if (digits > 3 || octet > 255) return undefined
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : undefined
}

/** The family 4 address of a number from 0 to 2^32-1. */
export function addressFromNumber(value: number): Address {
  const bytes = shortBytes(4)
  bytes[0] = value >>> 24
  bytes[1] = value >>> 16
  bytes[2] = value >>> 8
  bytes[3] = value
  return { family: 4, bytes }
}

/** A family 4 address as a number from 0 to 2^32-1; undefined for family 6. */
export function addressToNumber(address: Address): number | undefined {
  if (address.family === 6) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = address.bytes
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

/**
 * Reads an address as inet_pton does, strictly: a dotted quad, or IPv6 without a zone.
 * Differs in one point: octets may have leading zeros, and are decimal.
 */
export function parseAddress(text: string): Address | undefined {
  const quad = parseQuad(text)
  if (quad !== undefined) return addressFromNumber(quad)
  if (text.includes('%')) return undefined
  const plain = withoutEmbeddedQuad(text)
  if (plain === undefined || !ipaddr.IPv6.isValid(plain)) return undefined
  return addressFromBytes(Uint8Array.from(ipaddr.IPv6.parse(plain).toByteArray()))
}

/** ipaddr.js reads `::1.2.3.4` as the mapped `::ffff:1.2.3.4`, so a quad at the end becomes two groups first. */
function withoutEmbeddedQuad(text: string): string | undefined {
  const colon = text.lastIndexOf(':')
  const tail = text.slice(colon + 1)
  if (!tail.includes('.')) return text
  const quad = parseQuad(tail)
  if (quad === undefined) return undefined
  return `${text.slice(0, colon + 1)}${(quad >>> 16).toString(16)}:${(quad & 0xffff).toString(16)}`
}

/** An address of 4 or 16 bytes in network order (as sockets give them); a mapped IPv4 address becomes family 4. */
export function addressFromBytes(bytes: Uint8Array): Address {
  if (bytes.length === 4) return { family: 4, bytes }
  if (bytes.length !== 16) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`)
  const mapped = bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
  return mapped ? { family: 4, bytes: bytes.slice(12) } : { family: 6, bytes }
}

/** The address in text, as glibc's inet_ntop prints it. */
export function formatAddress(address: Address): string {
  if (address.family === 4) return address.bytes.join('.')
  const parts = ipaddr.fromByteArray([...address.bytes]) as ipaddr.IPv6
  // inet_ntop writes ::/96 (of which ::/112 is not part) with a dotted tail.
  const compatible = parts.parts.slice(0, 6).every((part) => part === 0) && parts.parts[6] !== 0
  return compatible ? `::${address.bytes.slice(12).join('.')}` : parts.toRFC5952String()
}

/** Orders addresses: family 4 before family 6, then by their bytes. Negative, zero or positive. */
export function compareAddress(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family
  for (let i = 0; i < a.bytes.length; i++) {
    const difference = (a.bytes[i] ?? 0) - (b.bytes[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** True when both are the same address. */
export function sameAddress(a: Address, b: Address): boolean {
  return compareAddress(a, b) === 0
}

/** A short string that is equal exactly for equal addresses, for use as a Map key. */
export function addressKey(address: Address): string {
  return address.family === 4 ? String(addressToNumber(address)) : hex(address.bytes)
}

/** An address as a whole number: from 0 to 2^32-1, or to 2^128-1. */
export function addressValue({ bytes }: Address): bigint {
  return BigInt(`0x${hex(bytes)}`)
}

/** How many addresses `to` comes after `from`, an address of the same family; negative where it comes before. */
export function addressDistance(from: Address, to: Address): bigint {
  return addressValue(to) - addressValue(from)
}

/**
 * The address so many (`by`) further on (or back, when negative) in its own family; undefined beyond either end.
 * As a number `by` is a safe integer.
 */
export function offsetAddress(address: Address, by: number | bigint): Address | undefined {
  return typeof by === 'number' ? movedBy(address, by) : addressOfValue(address.family, addressValue(address) + by)
}

function addressOfValue(family: Address['family'], value: bigint): Address | undefined {
  const digits = family === 4 ? 8 : 32
  const text = value.toString(16).padStart(digits, '0')
  return value < 0n || text.length > digits ? undefined : { family, bytes: Uint8Array.from(Buffer.from(text, 'hex')) }
}

/** Byte by byte, each of which keeps its sum modulo 256: a hundred thousand nodes have their addresses from this. */
function movedBy(address: Address, by: number): Address | undefined {
  const bytes = Uint8Array.from(address.bytes)
  let carry = by
  for (let i = bytes.length - 1; i >= 0 && carry !== 0; i--) {
    const sum = (bytes[i] ?? 0) + carry
    carry = Math.floor(sum / 256)
    bytes[i] = sum
  }
  return carry === 0 ? { family: address.family, bytes } : undefined
}

/**
 * So many addresses, each one further on than the one before; none of them is beyond the end of its family. A hundred thousand nodes have theirs from
 * this: it takes a third of the memory and time of making each by itself.
 */
export function* addressesInARow({ family, bytes: first }: Address, count: number): Generator<Address> {
  const length = first.length
  const current = Uint8Array.from(first)
  for (let i = 0; i < count; i++) {
    const bytes = shortBytes(length)
    for (let k = 0; k < length; k++) bytes[k] = current[k] as number
    yield { family, bytes }
    moveOn(current)
  }
}

/** Makes these bytes those of the next address. */
function moveOn(bytes: Uint8Array): void {
  for (let i = bytes.length - 1; i >= 0; i--) {
    const next = ((bytes[i] as number) + 1) & 255
    bytes[i] = next
    if (next !== 0) return
  }
}

/** The address by which a machine calls itself, in each family: 127.0.0.1 and ::1. */
export const LOOPBACK: { readonly [F in Address['family']]: Address } = {
  4: { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) },
  6: { family: 6, bytes: Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)) },
}

/** Whether an address means this machine to every machine: one of 127.0.0.0/8, or ::1; mapped IPv4 counts as IPv4. */
export function isLoopback(address: Address): boolean {
  const { family, bytes } = addressFromBytes(address.bytes)
  if (family === 4) return bytes[0] === 127
  return bytes[15] === 1 && bytes.subarray(0, 15).every((byte) => byte === 0)
}

/** Whether an address stands for all addresses of a family, or for none: 0.0.0.0 or ::. */
export function isUnspecified({ bytes }: Address): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Whether an address means something only on one link: one of fe80::/10 (RFC 4291, 2.5.6) or 169.254/16 (RFC 3927). */
export function isLinkLocal({ family, bytes: [first = 0, second = 0] }: Address): boolean {
  return family === 6 ? first === 0xfe && (second & 0xc0) === 0x80 : first === 169 && second === 254
}

/** The address in a text of a socket: mapped IPv4 is IPv4, and the interface behind a link-local one is left out. */
export function parseSocketAddress(text: string): Address | undefined {
  const scope = text.indexOf('%')
  return parseAddress(scope < 0 ? text : text.slice(0, scope))
}
