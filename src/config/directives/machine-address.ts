/** Addresses that no machine can have: the standards reserve them for other uses. */
import {
  ADDRESS_BITS,
  type Address,
  type AddressRange,
  compareAddress,
  formatAddress,
  isLinkLocal,
  networkOf,
  parseAddress,
  rangesMeet,
} from '../../values/index.ts'
import type { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import type { Span } from '../text/span.ts'

/** Addresses in a row that no machine can have, and what they are for. */
interface ForbiddenRange extends AddressRange {
  readonly of: string
}

function forbidden(first: string, last: string, of: string): ForbiddenRange {
  const [from, to] = [parseAddress(first), parseAddress(last)]
  if (from === undefined || to === undefined) throw new Error(`${first} to ${last} is no range`)
  return { first: from, last: to, of }
}

/** The IPv4-mapped addresses: what is written so is held as IPv4, but a range of IPv6 may reach over them. */
const MAPPED: ForbiddenRange = {
  first: { family: 6, bytes: mapped(0) },
  last: { family: 6, bytes: mapped(0xff) },
  of: 'IPv4 addresses mapped into IPv6 (::ffff:0:0/96)',
}

function mapped(rest: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (i < 10 ? 0 : i < 12 ? 0xff : rest))
}

/** Such an address is had by every machine for itself, and reached only by an interface that is named with it (RFC 4291, 2.5.6). */
const LINK_LOCAL = 'one link (fe80::/10), where each machine makes its own'

/** RFC 6890 and RFC 4291: each range that can't be a source address of a machine on a network. */
const FORBIDDEN: readonly ForbiddenRange[] = [
  forbidden('0.0.0.0', '0.255.255.255', '"this network" (0/8)'),
  forbidden('127.0.0.0', '127.255.255.255', 'loopback (127/8)'),
  forbidden('224.0.0.0', '239.255.255.255', 'multicast (224/4)'),
  forbidden('240.0.0.0', '255.255.255.254', 'future use (240/4)'),
  forbidden('255.255.255.255', '255.255.255.255', 'broadcast'),
  forbidden('::', '::', 'no address (::)'),
  forbidden('::1', '::1', 'loopback (::1)'),
  MAPPED,
  forbidden('fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', LINK_LOCAL),
  forbidden('ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast (ff00::/8)'),
]

/** The first address of a range that no machine can have, with its reserved use; undefined if there is none. */
export function forbiddenIn(range: AddressRange): { readonly address: Address; readonly of: string } | undefined {
  const found = FORBIDDEN.find((forbiddenRange) => rangesMeet(forbiddenRange, range))
  if (found === undefined) return undefined
  return { address: compareAddress(found.first, range.first) > 0 ? found.first : range.first, of: found.of }
}

/** Reports a range, or a single address, that machines can't have. */
export function checkMachineAddress(range: AddressRange, span: Span, diagnostics: ConfigDiagnostics): void {
  const bad = forbiddenIn(range)
  if (bad === undefined) return
  const message = `${formatAddress(bad.address)} cannot be the address of a machine: it is reserved for ${bad.of}`
  diagnostics.report('forbidden-address', span, message)
}

/**
 * Reports an address of a master that no other machine can use: a link-local one. Others that are reserved, as loopback, are for
 * clusters that are one machine.
 */
export function checkMasterAddress(address: Address, span: Span, diagnostics: ConfigDiagnostics): void {
  if (address.family === 4 || !isLinkLocal(address)) return
  const message = `${formatAddress(address)} cannot be the address of a master: it is reserved for ${LINK_LOCAL}`
  diagnostics.report('forbidden-address', span, message)
}

/** The addresses of a network that mean other things than one machine. */
export interface NetworkWideAddress {
  readonly address: Address
  /** For messages: `broadcast address`. */
  readonly name: string
}

/**
 * The address of a network that no machine should have: the last one of IPv4 is for all machines (none of 31 and 32 bits, RFC
 * 3021), the first one of IPv6 for all routers (RFC 4291, 2.6.1; none of 127 and 128 bits, RFC 6164).
 */
export function networkWideAddress(address: Address, prefixLength: number): NetworkWideAddress | undefined {
  if (prefixLength >= ADDRESS_BITS[address.family] - 1) return undefined
  const { first, last } = networkOf(address, prefixLength)
  return address.family === 4
    ? { address: last, name: 'broadcast address' }
    : { address: first, name: 'subnet-router anycast address' }
}
