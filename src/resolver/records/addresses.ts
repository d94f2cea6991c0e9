/** Addresses of the config as records hold them, and back. */
import type { Address } from '../../values/index.ts'
import { FAMILIES } from '../layout.ts'
import type { RecordAddress } from './entries.ts'

/** An address as a record holds it. */
export function recordAddress(address: Address): RecordAddress {
  return { family: address.family === 4 ? FAMILIES.INET : FAMILIES.INET6, bytes: address.bytes }
}

/** A record's address as the config stage has it: for formatting and comparing. */
export function plainAddress(address: RecordAddress): Address {
  return { family: address.family === FAMILIES.INET ? 4 : 6, bytes: address.bytes }
}
