/** What clients are counted by: where they come from, as far as a machine or a user could not choose it at will. */
import { type Address, addressKey, isLoopback } from './address.ts'
import { networkOf } from './network.ts'

/** How much of an IPv6 address tells strangers apart: who has one address has its whole /64. */
const STRANGER_BITS = 64

/**
 * The key that the client at an address is counted by. All of loopback has one, 127.0.0.0/8 and ::1: whoever can use one of these addresses
 * can use each of them. A machine that the configuration names is counted for itself, another one of IPv6 with all of its /64.
 */
export function clientKey(address: Address, isConfigured: boolean): string {
  if (isLoopback(address)) return 'loopback'
  if (address.family === 4 || isConfigured) return addressKey(address)
  return `${addressKey(networkOf(address, STRANGER_BITS).first)}/${STRANGER_BITS}`
}
