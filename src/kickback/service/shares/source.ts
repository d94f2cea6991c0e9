/** What clients are counted by: where they come from, as far as a machine or a user could not choose it at will. */
import { type Address, addressKey, isLoopback } from '../../../values/index.ts'

/** All of this machine's own: whoever can use one loopback address can use each of them. */
const THIS_MACHINE = 'here'

/** The key of an address: all of loopback has one. */
export function sourceOf(address: Address): string {
  return isLoopback(address) ? THIS_MACHINE : addressKey(address)
}
