/** The hostrange and host lines of machines that are not nodes. */
import {
  type Address,
  type AddressRange,
  addressKey,
  compareAddress,
  formatAddress,
  formatMac,
  networkOf,
} from '../../values/index.ts'
import type { AddressLine, Device } from '../machines/inventory.ts'
import { comment } from './remarks.ts'

/** The most of a comment that is kept, in characters. */
const NOTE_MAX = 200

/** Addresses of one such network are in one hostrange. */
const NETWORK_BITS = { 4: 24, 6: 64 } as const

/** The host lines of an address of a machine: one for each MAC, the first of them with the comments of its source. */
export function hostLines({ address, names, macs, notes }: AddressLine): string[] {
  const words = macs.length === 0 ? ['-'] : macs.map(({ mac }) => formatMac(mac))
  const said = notes.length === 0 ? '' : ` ${comment(notes.join('; ').slice(0, NOTE_MAX))}`
  return words.map((mac, i) => `${['host', mac, formatAddress(address), ...names].join(' ')}${i === 0 ? said : ''}`)
}

/** The hostrange lines for the addresses of machines: a line for those of one network that no address of nodes is between. */
export function hostRangeLines(devices: readonly Device[], nodeRanges: readonly AddressRange[]): string[] {
  const addresses = devices.flatMap(({ lines }) => lines.map(({ address }) => address)).sort(compareAddress)
  const starts = nodeRanges.map(({ first }) => first).sort(compareAddress)
  const ranges: { first: Address; last: Address; network: string }[] = []
  let at = 0
  for (const address of addresses) {
    const network = addressKey(networkOf(address, NETWORK_BITS[address.family]).first)
    const range = ranges.at(-1)
    const before = at
    while (at < starts.length && compareAddress(starts[at] ?? address, address) < 0) at++
    const isNext = range !== undefined && range.network === network && range.last.family === address.family
    if (isNext && at === before) range.last = address
    else ranges.push({ first: address, last: address, network })
  }
  return ranges.map(({ first, last }) => `hostrange ${formatAddress(first)} ${formatAddress(last)}`)
}
