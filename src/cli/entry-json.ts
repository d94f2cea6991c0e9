/** An entry of a database as JSON. */

import { displayed } from '../resolver/index.ts'
import { type Address, addressFromBytes, formatAddress, formatMac } from '../values/index.ts'

/** An entry of a snapshot as JSON can hold it: addresses and MACs in text, byte strings as text. */
export function entryJson(value: unknown): unknown {
  if (typeof value === 'string') return displayed(value)
  if (value instanceof Uint8Array) return value.length === 6 ? formatMac(value) : formatAddress(addressFromBytes(value))
  if (Array.isArray(value)) return value.map(entryJson)
  if (typeof value !== 'object' || value === null) return value
  if (isAddress(value)) return formatAddress(value)
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, entryJson(field)]))
}

function isAddress(value: object): value is Address {
  return 'family' in value && 'bytes' in value
}
