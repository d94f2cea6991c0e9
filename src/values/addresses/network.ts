/** Networks: the addresses that begin with the same bits (CIDR, RFC 4632 and RFC 4291). */
import { type Address, parseAddress } from './address.ts'
import type { AddressRange } from './range.ts'

/** How many bits the addresses of a family have. */
export const ADDRESS_BITS: { readonly [F in Address['family']]: number } = { 4: 32, 6: 128 }

/** The network of the addresses that share the first `bits` with this one. */
export function networkOf(address: Address, bits: number): AddressRange {
  return { first: withRest(address, bits, 0), last: withRest(address, bits, 0xff) }
}

/** The address with every bit after the first `bits` taken from `fill`. */
function withRest({ family, bytes }: Address, bits: number, fill: number): Address {
  const mixed = bytes.map((byte, i) => {
    const rest = 0xff >> Math.min(8, Math.max(0, bits - i * 8))
    return (byte & ~rest) | (fill & rest)
  })
  return { family, bytes: mixed }
}

/**
 * Reads `10.0.0.0/8`, `fd00::/8`, or a single address, as the range of its addresses; bits after the length count for nothing.
 * Undefined for anything else. (ipaddr.js has parseCIDR, but it takes `010.1/8` and other forms of inet_aton.)
 */
export function parseNetwork(text: string): AddressRange | undefined {
  const [addressText = '', lengthText, ...rest] = text.split('/')
  const address = parseAddress(addressText)
  if (address === undefined || rest.length > 0) return undefined
  const bits = lengthText === undefined ? ADDRESS_BITS[address.family] : parsePrefixLength(lengthText, address.family)
  return bits === undefined ? undefined : networkOf(address, bits)
}

/** Reads the length of a network's prefix: a whole number of bits that addresses of the family have. Undefined for anything else. */
export function parsePrefixLength(text: string, family: Address['family']): number | undefined {
  const bits = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  return bits <= ADDRESS_BITS[family] ? bits : undefined
}

/** The length that a netmask such as 255.255.255.0 stands for: ones, then zeros. Undefined for any other address. */
export function prefixLengthOf({ bytes }: Address): number | undefined {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined
}
