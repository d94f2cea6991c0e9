/** Which machine has an address, and which masters a node has: what a reader needs to judge who asks. */

import { allMasters, type Cluster, type MasterOrder } from '../../config/index.ts'
import { type Address, type AddressRange, addressKey, compareAddress } from '../../values/index.ts'
import { NO_NODE, RANGE_KINDS } from '../layout.ts'
import { byteString, type MastersEntry, type RangeEntry } from '../records/entries.ts'
import type { NameSources } from './hosts.ts'
import { madeAddresses, type NameMaker } from './nodenames.ts'

/** The greatest node number that a span can name: an i32. */
const LAST_NODE = 0x7fffffff

/**
 * The address ranges: ipranges, hostranges (with their names), each master's address (with its name; the interface's are
 * `master`, that of a further interface has none), and for each companion line the range that its addresses lie in.
 */
export function rangeEntries({ cluster, interfaceAddresses, makers }: NameSources): RangeEntry[] {
  const masters = allMasters(cluster.masters)
  const entries = [
    ...cluster.nodeRanges.map((range) => rangeEntry(RANGE_KINDS.NODES, range)),
    ...cluster.hostRanges.map((range) => rangeEntry(RANGE_KINDS.HOSTS, range, range.name)),
    ...masters.map((address, i) => rangeEntry(RANGE_KINDS.MASTERS, only(address), `master${i}`)),
  ]
  const known = new Set(masters.map(addressKey))
  const addMaster = (address: Address, name?: string): void => {
    if (!known.has(addressKey(address))) entries.push(rangeEntry(RANGE_KINDS.MASTERS, only(address), name))
    known.add(addressKey(address))
  }
  for (const address of interfaceAddresses) addMaster(address, 'master')
  for (const { address } of cluster.interfaces) if (address !== undefined) addMaster(address)
  return [...entries, ...makers.companions.flatMap((companion) => companionRanges(cluster, companion))]
}

function rangeEntry(kind: RangeEntry['kind'], range: AddressRange, name = ''): RangeEntry {
  return { kind, first: range.first, last: range.last, name: byteString(name) }
}

function only(address: Address): AddressRange {
  return { first: address, last: address }
}

/** From the least to the greatest address that a companion line makes, of each family; none if it makes none. */
function companionRanges(cluster: Cluster, companion: NameMaker): RangeEntry[] {
  const ranges = new Map<Address['family'], AddressRange>()
  for (const node of cluster.nodes) {
    for (const address of madeAddresses(companion.line, node)) {
      ranges.set(address.family, widened(ranges.get(address.family), address))
    }
  }
  return [...ranges.values()].map((range) => rangeEntry(RANGE_KINDS.COMPANIONS, range))
}

function widened(range: AddressRange | undefined, address: Address): AddressRange {
  if (range === undefined) return only(address)
  return {
    first: compareAddress(address, range.first) < 0 ? address : range.first,
    last: compareAddress(address, range.last) > 0 ? address : range.last,
  }
}

/**
 * Which masters which nodes have. Of the entries that name a node the last one counts: the interface's addresses stand
 * first, for everyone (-1 is an asker that is not a node), then the masterorder lines in file order.
 */
export function mastersEntries({ cluster, interfaceAddresses }: NameSources): MastersEntry[] {
  const everyone = { ranges: [{ first: NO_NODE, last: LAST_NODE }], addresses: interfaceAddresses }
  return [...(interfaceAddresses.length > 0 ? [everyone] : []), ...cluster.masters.flatMap(mastersOf)]
}

/** The most ranges that one entry can count: 16 bits. A longer line becomes several entries. */
const RANGES_MAX = 0xffff

function mastersOf(order: MasterOrder): MastersEntry[] {
  const ranges = order.nodes.ranges.map(({ first, last = LAST_NODE }) => ({ first, last }))
  const entries: MastersEntry[] = []
  for (let at = 0; at < ranges.length; at += RANGES_MAX)
    entries.push({ ranges: ranges.slice(at, at + RANGES_MAX), addresses: order.addresses })
  return entries
}
