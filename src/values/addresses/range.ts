/** Ranges of addresses. */
import { type Address, compareAddress } from './address.ts'

/** An inclusive range of addresses of one family, `first` not above `last`. */
export interface AddressRange {
  readonly first: Address
  readonly last: Address
}

/** True when the address lies in the range, ends included. */
export function insideRange(range: AddressRange, address: Address): boolean {
  return (
    address.family === range.first.family &&
    compareAddress(range.first, address) <= 0 &&
    compareAddress(address, range.last) <= 0
  )
}
