/** Check: the ranges of addresses. */
import {
  type Address,
  type AddressRange,
  addressDistance,
  addressKey,
  compareAddress,
  countBefore,
  formatAddress,
  insideRange,
} from '../../values/index.ts'
import type { Draft } from '../draft.ts'
import type { HostRangeEntry } from '../entries.ts'
import { type Claimant, WEIGHTS } from '../text/config-diagnostics.ts'
import { type MasterClaim, masterClaims } from './masters.ts'
import { settleOverlaps } from './overlaps.ts'

interface RangeClaim extends Claimant {
  readonly first: Address
  readonly last: Address
}

/** Ranges that share addresses, with each other or with a master, and hosts outside every hostrange. */
export function checkRanges(draft: Draft): void {
  settleOverlaps(
    rangeClaims(draft),
    (a, b) => compareAddress(a.first, b.first),
    (before, next) => insideRange(before, next.first),
    (before, next) =>
      draft.diagnostics.clash('range-overlap', before, next, (later, earlier) => {
        return `this ${later.owner} and the ${earlier.owner} before it share ${formatAddress(next.first)}`
      }),
  )
  checkMasters(draft)
}

function rangeClaims(draft: Draft): RangeClaim[] {
  const ofNodes = draft.of('iprange').map(({ first, last, span }) => {
    return { first, last, span, owner: 'iprange', lines: [span.line], weight: WEIGHTS.iprange }
  })
  return [...ofNodes, ...draft.of('hostrange').map(hostRangeClaim)]
}

function hostRangeClaim({ first, last, span }: HostRangeEntry): RangeClaim {
  return { first, last, span, owner: 'hostrange', lines: [span.line], weight: WEIGHTS.hostrange }
}

function checkMasters(draft: Draft): void {
  // None of the ranges that are left overlap, so only the last that starts at or below an address can hold it.
  const ranges = draft
    .of('hostrange')
    .map(hostRangeClaim)
    .sort((a, b) => compareAddress(a.first, b.first))
  for (const master of masterClaims(draft)) {
    const range = ranges[countBelow(ranges, master.address) - 1]
    if (range === undefined || !insideRange(range, master.address)) continue
    const message = `the address ${formatAddress(master.address)} of a master lies in a hostrange`
    draft.diagnostics.clash<RangeClaim | MasterClaim>('master-in-hostrange', range, master, () => message)
  }
}

/** Hosts whose address no hostrange holds and no master has. The message is about the host; the nearest hostrange is the note. */
export function checkHostsInRanges(draft: Draft): void {
  const ranges = draft.writtenHostRanges()?.toSorted((a, b) => compareAddress(a.first, b.first))
  if (ranges === undefined) return
  const reaches = furthestEnds(ranges)
  const masters = new Set(masterClaims(draft).map(({ address }) => addressKey(address)))
  const unknownMaster = draft.of('interface').some(({ address }) => address === undefined)
    ? '; if it is the master’s, write it on the interface line too'
    : ''
  for (const host of draft.of('host')) {
    if (masters.has(addressKey(host.address))) continue
    const below = countBelow(ranges, host.address)
    const reach = reaches[below - 1]
    if (reach !== undefined && insideRange(reach, host.address)) continue
    const related = nearest(host.address, reach, ranges[below]).map(({ first, last, span }) => {
      return { span, message: `the nearest hostrange is ${formatAddress(first)} to ${formatAddress(last)}` }
    })
    const message = `${formatAddress(host.address)} is in no hostrange${unknownMaster}`
    draft.diagnostics.report('host-outside-ranges', host.addressSpan, message, { related })
  }
}

/** For each range in order, the one up to there that reaches furthest (ranges may overlap, which is reported elsewhere). */
function furthestEnds(ranges: readonly HostRangeEntry[]): HostRangeEntry[] {
  const reaches: HostRangeEntry[] = []
  for (const range of ranges) {
    const before = reaches.at(-1)
    reaches.push(before !== undefined && compareAddress(before.last, range.last) > 0 ? before : range)
  }
  return reaches
}

/** How many ranges start at or below the address. */
function countBelow(ranges: readonly AddressRange[], address: Address): number {
  return countBefore(ranges, ({ first }) => compareAddress(first, address) > 0)
}

/** The range of the same family that is less far away, if there is one. */
function nearest(
  address: Address,
  below: HostRangeEntry | undefined,
  above: HostRangeEntry | undefined,
): HostRangeEntry[] {
  const near = [below, above].filter((range) => range !== undefined && range.first.family === address.family)
  const distances = near.map((range) => (range ? distance(address, range === below ? range.last : range.first) : 0n))
  const [one, other] = near
  if (one === undefined || other === undefined) return one === undefined ? [] : [one]
  return [(distances[1] ?? 0n) < (distances[0] ?? 0n) ? other : one]
}

function distance(a: Address, b: Address): bigint {
  const difference = addressDistance(b, a)
  return difference < 0n ? -difference : difference
}
