/**
 * Which reverse zones cover the cluster's addresses. Zones are cut where in-addr.arpa and ip6.arpa have labels, at whole
 * octets, and the smallest zone is the network that people delegate: 256 addresses of IPv4, a /64 of IPv6. A wider zone is
 * taken only where every one of its 256 parts is ours, so that nobody else's network is claimed with ours.
 */
import type { RangeEntry } from './entries.ts'
import { FAMILIES } from './layout.ts'

/** A zone of reverse names: all addresses of a family that begin with these octets. */
export interface ReverseCut {
  readonly family: RangeEntry['first']['family']
  readonly prefix: Uint8Array
}

/** How many octets the prefix of the smallest zone has. */
const FAMILY_OCTETS = [
  { family: FAMILIES.INET, smallest: 3 },
  { family: FAMILIES.INET6, smallest: 8 },
] as const

/** Part of the tree of octets: all of it, or some of its 256 parts. */
type Block = 'all' | Map<number, Block>

/** The zones that cover the ranges, in order of address, IPv4 first. */
export function reverseCuts(ranges: readonly RangeEntry[]): ReverseCut[] {
  return FAMILY_OCTETS.flatMap(({ family, smallest }) => {
    const root = new Map<number, Block>()
    for (const { first, last } of ranges) {
      if (first.family === family) claim(root, first.bytes, last.bytes, 0, smallest)
    }
    return prefixes(root, []).map((prefix) => ({ family, prefix }))
  })
}

/** Adds the part of a range below one block, whose octets up to `depth` both ends share, and gives the block back. */
function claim(block: Map<number, Block>, first: Uint8Array, last: Uint8Array, depth: number, smallest: number): Block {
  const low = first[depth] ?? 0
  const high = last[depth] ?? 255
  for (let octet = low; octet <= high; octet++) {
    const part = block.get(octet)
    if (part === 'all') continue
    const from = octet === low ? first : NO_BOUND
    const to = octet === high ? last : NO_BOUND
    const whole = depth + 1 === smallest || (from === NO_BOUND && to === NO_BOUND)
    block.set(octet, whole ? 'all' : claim(part ?? new Map(), from, to, depth + 1, smallest))
  }
  return depth > 0 && block.size === 256 && [...block.values()].every((part) => part === 'all') ? 'all' : block
}

/** An end that lies beyond the block: octets read from it fall back to 0 or 255. */
const NO_BOUND = new Uint8Array(0)

/** The prefixes of the blocks that are claimed whole, in order. */
function prefixes(block: Map<number, Block>, above: readonly number[]): Uint8Array[] {
  return [...block]
    .sort(([a], [b]) => a - b)
    .flatMap(([octet, part]) => {
      const octets = [...above, octet]
      return part === 'all' ? [Uint8Array.from(octets)] : prefixes(part, octets)
    })
}
