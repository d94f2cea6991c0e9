/** Names of addresses under in-addr.arpa (RFC 1035, 3.5) and ip6.arpa (RFC 3596, 2.5). Labels stand as in a name: the last octet first. */
import type { Address } from '../../values/index.ts'
import type { ByteString } from '../records/entries.ts'

type Family = Address['family']

/** The labels of a whole address or of its first octets, without those of `in-addr.arpa` or `ip6.arpa`. */
export function arpaLabels(family: Family, octets: Uint8Array): ByteString[] {
  const labels: ByteString[] = []
  for (const octet of octets) {
    if (family === 4) labels.unshift(String(octet))
    else labels.unshift((octet & 15).toString(16), (octet >> 4).toString(16))
  }
  return labels
}

/** The labels under which a family's addresses stand. */
function arpaSuffix(family: Family): ByteString[] {
  return family === 4 ? ['in-addr', 'arpa'] : ['ip6', 'arpa']
}

/**
 * What labels (small letters, without the suffix) say of an address: its first octets, for IPv6 its first nibbles, each
 * as one number. Undefined if they are not part of an address in its one right spelling, or too many.
 */
export function arpaDigits(family: Family, labels: readonly ByteString[]): number[] | undefined {
  const inet = family === 4
  if (labels.length > (inet ? 4 : 32)) return undefined
  const digits: number[] = []
  for (let i = labels.length - 1; i >= 0; i--) {
    const label = labels[i] ?? ''
    if (!(inet ? OCTET : NIBBLE).test(label)) return undefined
    digits.push(Number.parseInt(label, inet ? 10 : 16))
  }
  return digits
}

const OCTET = /^(0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])$/
const NIBBLE = /^[0-9a-f]$/

/** The address that a full set of digits is, or undefined if they are fewer. */
export function arpaAddress(family: Family, digits: readonly number[]): Uint8Array | undefined {
  if (family === 4) return digits.length === 4 ? Uint8Array.from(digits) : undefined
  if (digits.length !== 32) return undefined
  return Uint8Array.from({ length: 16 }, (_, i) => ((digits[2 * i] ?? 0) << 4) | (digits[2 * i + 1] ?? 0))
}

/** The name of an address, absolute, without the final dot. */
export function reverseName({ family, bytes }: Address): ByteString {
  return [...arpaLabels(family, bytes), ...arpaSuffix(family)].join('.')
}
