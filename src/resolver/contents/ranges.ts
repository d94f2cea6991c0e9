/** Which machine has an address, and which masters a node has: what a reader needs to judge who asks. */

import { allMasters, type Cluster, type MasterOrder } from '../../config/index.ts'
import { type Address, type AddressRange, compareAddress, sameAddress } from '../../values/index.ts'
import { NO_NODE, RANGE_KINDS } from '../layout.ts'
import { byteString, type MastersEntry, type RangeEntry } from '../records/entries.ts'
import type { NameSources } from './hosts.ts'
import { madeAddress, type NameMaker } from './nodenames.ts'

/** The greatest node number that a span can name: an i32. */
const LAST_NODE = 0x7fffffff

/**
 * The address ranges: ipranges, hostranges (with their names), each master's address (with its name; the interface's is
 * `master`, that of a further interface has none), and for each companion line the range that its addresses lie in.
 */
export function rangeEntries({ cluster, interfaceAddress, makers }: NameSources): RangeEntry[] {
  const masters = allMasters(cluster.masters)
  const entries = [
    ...cluster.nodeRanges.map((range) => rangeEntry(RANGE_KINDS.NODES, range)),
    ...cluster.hostRanges.map((range) => rangeEntry(RANGE_KINDS.HOSTS, range, range.name)),
    ...masters.map((address, i) => rangeEntry(RANGE_KINDS.MASTERS, only(address), `master${i}`)),
  ]
  if (interfaceAddress !== undefined && !masters.some((address) => sameAddress(address, interfaceAddress))) {
    entries.push(rangeEntry(RANGE_KINDS.MASTERS, only(interfaceAddress), 'master'))
  }
  for (const { address } of cluster.interfaces) {
    const isKnown = [...masters, interfaceAddress].some((one) => one && address && sameAddress(one, address))
    if (address !== undefined && !isKnown) entries.push(rangeEntry(RANGE_KINDS.MASTERS, only(address)))
  }
  return [...entries, ...makers.companions.flatMap((companion) => companionRange(cluster, companion))]
}

function rangeEntry(kind: RangeEntry['kind'], range: AddressRange, name = ''): RangeEntry {
  return { kind, first: range.first, last: range.last, name: byteString(name) }
}

function only(address: Address): AddressRange {
  return { first: address, last: address }
}

/** From the least to the greatest address that a companion line makes; none if it makes none. */
function companionRange(cluster: Cluster, companion: NameMaker): RangeEntry[] {
  let range: AddressRange | undefined
  for (const node of cluster.nodes) {
    const address = madeAddress(companion.line, node.number, node.address)
    if (address !== undefined) range = widened(range, address)
  }
  return range === undefined ? [] : [rangeEntry(RANGE_KINDS.COMPANIONS, range)]
}

function widened(range: AddressRange | undefined, address: Address): AddressRange {
  if (range === undefined) return only(address)
  return {
    first: compareAddress(address, range.first) < 0 ? address : range.first,
    last: compareAddress(address, range.last) > 0 ? address : range.last,
  }
}

/**
 * Which masters which nodes have. Of the entries that name a node the last one counts: the interface's address stands
 * first, for everyone (-1 is an asker that is not a node), then the masterorder lines in file order.
 */
export function mastersEntries({ cluster, interfaceAddress }: NameSources): MastersEntry[] {
  const own = interfaceAddress === undefined ? [] : [interfaceAddress]
  const everyone = { spans: [{ first: NO_NODE, last: LAST_NODE }], addresses: own }
  return [...(own.length > 0 ? [everyone] : []), ...cluster.masters.flatMap(mastersOf)]
}

/** The most spans that one entry can count: 16 bits. A longer line becomes several entries. */
const SPANS_MAX = 0xffff

function mastersOf(order: MasterOrder): MastersEntry[] {
  const spans = order.nodes.ranges.map(({ first, last = LAST_NODE }) => ({ first, last }))
  const addresses = order.addresses
  const entries: MastersEntry[] = []
  for (let at = 0; at < spans.length; at += SPANS_MAX)
    entries.push({ spans: spans.slice(at, at + SPANS_MAX), addresses })
  return entries
}
