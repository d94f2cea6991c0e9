/** Ranges of addresses. */
import { type Address, addressDistance, compareAddress } from './address.ts'

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

/** How many addresses a range holds. */
export function rangeSize({ first, last }: AddressRange): bigint {
  return addressDistance(first, last) + 1n
}

/** Whether two ranges have an address in common. */
export function rangesMeet(a: AddressRange, b: AddressRange): boolean {
  return (
    a.first.family === b.first.family && compareAddress(a.first, b.last) <= 0 && compareAddress(b.first, a.last) <= 0
  )
}
