/** Addresses and MACs of the tests, from text that is right. */
import { type Address, parseAddress, parseMac } from '../src/values/index.ts'

/** The address of a text that is one. */
export function ip(text: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

/** The MAC of a text that is one. */
export function mac(text: string): Uint8Array {
  const bytes = parseMac(text)
  if (bytes === undefined) throw new Error(`${text} is no MAC`)
  return bytes
}
