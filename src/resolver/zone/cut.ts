/**
 * Which reverse zones cover the cluster's addresses. Zones are cut where in-addr.arpa and ip6.arpa have labels of whole octets,
 * at the network that people delegate: 256 addresses of IPv4, a /64 of IPv6. Such a cut never moves while a cluster grows, since a zone is
 * there or not, and is never replaced by a wider one. Wider zones are those that a setting names; and a range that would be
 * very many zones is cut as widely as its ends allow, but never so widely that somebody else's network is claimed with it.
 */
import type { RangeEntry, ReverseCut } from '../records/entries.ts'

/** How many octets the prefix of the smallest zone has. */
const FAMILY_OCTETS = [
  { family: 4, smallest: 3 },
  { family: 6, smallest: 8 },
] as const

/** The most smallest zones that a range is cut into: of IPv4, 1,048,576 addresses. */
export const ZONES_OF_RANGE_MAX = 4096

/** Part of the tree of octets: all of it, or some of its 256 parts. */
type Block = 'all' | Map<number, Block>

/** The octets of both ends of a range, down to the smallest zone. */
interface Bounds {
  readonly first: Uint8Array
  readonly last: Uint8Array
  /** Whether whole blocks above the smallest zone are taken whole. */
  readonly wide: boolean
}

/** The zones that cover the ranges and those that are named, in order of address, IPv4 first. No zone lies in another. */
export function reverseCuts(ranges: readonly RangeEntry[], named: readonly ReverseCut[] = []): ReverseCut[] {
  return FAMILY_OCTETS.flatMap(({ family, smallest }) => {
    const root = new Map<number, Block>()
    for (const { prefix } of named.filter((cut) => cut.family === family)) claimWhole(root, prefix)
    const own = ranges.filter(({ first }) => first.family === family)
    for (const range of [...own.filter(isWide), ...own.filter((range) => !isWide(range))]) {
      const [first, last] = [range.first, range.last].map(({ bytes }) => bytes.subarray(0, smallest))
      if (first !== undefined && last !== undefined) claim(root, { first, last, wide: isWide(range) }, 0)
    }
    return prefixes(root, []).map((prefix) => ({ family, prefix }))
  })
}

/** Whether a range would be more than ZONES_OF_RANGE_MAX of the smallest zones. */
export function isWide({ first, last }: Pick<RangeEntry, 'first' | 'last'>): boolean {
  const octets = FAMILY_OCTETS.find(({ family }) => family === first.family)?.smallest ?? 0
  return prefixNumber(last.bytes, octets) - prefixNumber(first.bytes, octets) >= BigInt(ZONES_OF_RANGE_MAX)
}

function prefixNumber(bytes: Uint8Array, octets: number): bigint {
  return bytes.subarray(0, octets).reduce((number, octet) => (number << 8n) | BigInt(octet), 0n)
}

/** Takes one block whole. Of blocks one in the other the wider counts. */
function claimWhole(root: Map<number, Block>, prefix: Uint8Array): void {
  let block = root
  for (const octet of prefix.subarray(0, -1)) {
    const part = block.get(octet) ?? new Map<number, Block>()
    if (part === 'all') return
    block.set(octet, part)
    block = part
  }
  block.set(prefix.at(-1) ?? 0, 'all')
}

/** Adds the part of a range below one block. What was taken before, or is partly taken, stays as it is cut. */
function claim(block: Map<number, Block>, { first, last, wide }: Bounds, depth: number): void {
  const [low = 0, high = 255] = [first[depth], last[depth]]
  for (let octet = low; octet <= high; octet++) {
    const part = block.get(octet)
    if (part === 'all') continue
    const below = {
      first: octet === low ? first : first.map((one, i) => (i <= depth ? one : 0)),
      last: octet === high ? last : last.map((one, i) => (i <= depth ? one : 255)),
      wide,
    }
    const isSmallest = depth + 1 === first.length
    if (isSmallest || (wide && part === undefined && coversWhole(below, depth + 1))) {
      block.set(octet, 'all')
    } else {
      const map = part ?? new Map<number, Block>()
      block.set(octet, map)
      claim(map, below, depth + 1)
    }
  }
}

/** Whether a range holds every smallest zone of a block. */
function coversWhole({ first, last }: Bounds, depth: number): boolean {
  return first.subarray(depth).every((octet) => octet === 0) && last.subarray(depth).every((octet) => octet === 255)
}

/** The prefixes of the blocks that are claimed whole, in order. */
function prefixes(block: Map<number, Block>, above: readonly number[]): Uint8Array[] {
  return [...block]
    .sort(([a], [b]) => a - b)
    .flatMap(([octet, part]) => {
      const octets = [...above, octet]
      return part === 'all' ? [Uint8Array.from(octets)] : prefixes(part, octets)
    })
}
