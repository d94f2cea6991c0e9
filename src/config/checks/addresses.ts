import {
  type Address,
  addressFromNumber,
  addressKey,
  addressToNumber,
  compareAddress,
  formatAddress,
} from '../address.ts'
import type { Draft } from '../draft.ts'
import type { NodenameEntry } from '../entries.ts'
import { type Claimant, WEIGHTS, type Weight } from '../findings.ts'
import { hostKey } from '../names.ts'
import type { NodeRun } from '../nodespace.ts'
import { settleOverlaps } from '../overlaps.ts'
import type { Span } from '../span.ts'
import { masterClaims } from './masters.ts'
import { NodePlaces } from './places.ts'

/**
 * Addresses in a row that belong to machines in a row: one host or master, a run of nodes, or the companions of one.
 * Held as runs, so that a hundred thousand nodes with companions cost no more than their lines.
 */
interface AddressClaim {
  readonly first: Address
  readonly last: Address
  /** Who has one of the addresses, and where the configuration says so; `at` counts from `first`. */
  readonly claimant: (at: number) => Claimant
}

/** One IP address for two machines, and companions that would lie beyond the last address. */
export function checkAddresses(draft: Draft): void {
  const places = new NodePlaces(draft)
  const claims = [
    ...hostClaims(draft),
    ...masterClaims(draft).map((claim) => single(claim.address, claim)),
    ...places.space.runs.map((run) => nodeClaim(places, run)),
    ...draft.of('nodename').flatMap((entry) => companionClaims(draft, places, entry)),
  ]
  settleOverlaps(
    claims,
    (a, b) => compareAddress(a.first, b.first),
    (before, next) => compareAddress(next.first, before.last) <= 0,
    (before, next) => settle(draft, before, next),
  )
}

function settle(draft: Draft, before: AddressClaim, next: AddressClaim): AddressClaim {
  const one = before.claimant((addressToNumber(next.first) ?? 0) - (addressToNumber(before.first) ?? 0))
  const other = next.claimant(0)
  const address = formatAddress(next.first)
  const stays = draft.findings.clash('address-clash', one, other, (told, earlier) => {
    return `the address ${address} of ${told.owner} is also that of ${earlier.owner}`
  })
  return stays === one ? before : next
}

function single(address: Address, claimant: Claimant): AddressClaim {
  return { first: address, last: address, claimant: () => claimant }
}

function hostClaims(draft: Draft): AddressClaim[] {
  const claims = new Map<string, { address: Address; claimant: Claimant & { lines: number[] } }>()
  for (const host of draft.of('host')) {
    const key = `${addressKey(host.address)} ${hostKey(host)}`
    const claim = claims.get(key)
    if (claim !== undefined) claim.claimant.lines.push(host.span.line)
    else {
      const [name] = host.names
      const owner = name === undefined ? 'a host without a name' : `host ${name.value}`
      const claimant = { span: host.addressSpan, owner, lines: [host.span.line], weight: WEIGHTS.host }
      claims.set(key, { address: host.address, claimant })
    }
  }
  return [...claims.values()].map(({ address, claimant }) => single(address, claimant))
}

function nodeClaim(places: NodePlaces, run: NodeRun): AddressClaim {
  return runClaim(run.first, run.count, (at) => {
    const number = run.firstNode + at
    return claimant(places.placeOf(number), `node ${number}`, run.entry.span, WEIGHTS.iprange)
  })
}

function runClaim(first: number, count: number, claimantOf: (at: number) => Claimant): AddressClaim {
  return { first: addressFromNumber(first), last: addressFromNumber(first + count - 1), claimant: claimantOf }
}

function claimant(span: Span | undefined, owner: string, line: Span, weight: Weight): Claimant {
  return { span, owner, lines: [line.line], weight }
}

const HIGHEST = 0xffffffff

function companionClaims(draft: Draft, places: NodePlaces, entry: NodenameEntry): AddressClaim[] {
  if (entry.address === undefined) return []
  const given = addressToNumber(entry.address) ?? 0
  const firstOf = (run: NodeRun): number => given + (isOffset(entry) ? run.first : run.firstNode)
  const beyond = places.space.runs.find((run) => firstOf(run) + run.count - 1 > HIGHEST)
  if (beyond !== undefined) {
    reportBeyond(draft, places, entry, beyond.firstNode + Math.max(0, HIGHEST + 1 - firstOf(beyond)))
    return []
  }
  return places.space.runs.map((run) =>
    runClaim(firstOf(run), run.count, (at) => {
      const owner = `the companion of node ${run.firstNode + at} (${entry.format.value})`
      return claimant(entry.span, owner, entry.span, WEIGHTS.nodename)
    }),
  )
}

function reportBeyond(draft: Draft, places: NodePlaces, entry: NodenameEntry, number: number): void {
  const span = places.placeOf(number)
  const related = span === undefined ? [] : [{ span, message: `node ${number} is here` }]
  const message = `the companion of node ${number} would lie beyond 255.255.255.255`
  draft.findings.report('companion-address', entry.span, message, { related })
}

/** True for a companion whose IPV4 is added to the node's address: its first octet is 0. */
export function isOffset(entry: NodenameEntry): boolean {
  return entry.address?.bytes[0] === 0
}
