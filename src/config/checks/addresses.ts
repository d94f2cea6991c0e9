/** Check: no two machines share an address. */
import {
  type Address,
  addressDistance,
  addressKey,
  addressValue,
  compareAddress,
  formatAddress,
  networkOf,
  offsetAddress,
} from '../../values/index.ts'
import { forbiddenIn } from '../directives/machine-address.ts'
import type { Draft } from '../draft.ts'
import type { NodenameEntry } from '../entries.ts'
import { isOffset } from '../names/nodename.ts'
import { hostKey } from '../names/rules.ts'
import { boundRuns, type NodeRun } from '../nodes/nodespace.ts'
import { type Claimant, WEIGHTS, type Weight } from '../text/config-diagnostics.ts'
import type { Span } from '../text/span.ts'
import { type MasterClaim, masterClaims } from './masters.ts'
import { NodeSpans } from './node-spans.ts'
import { settleOverlaps } from './overlaps.ts'

/**
 * Addresses in a row that belong to machines in a row: one host or master, a run of nodes, or the companions of one.
 * Held as runs, so that a hundred thousand nodes with companions cost no more than their lines.
 */
interface AddressClaim {
  readonly first: Address
  readonly last: Address
  /** The owner of one of the addresses, and the span that says so; `at` counts from `first`. */
  readonly claimant: (at: number) => Claimant
}

/** One IP address for two machines, and companions with an address that no machine can have. */
export function checkAddresses(draft: Draft): void {
  const spans = new NodeSpans(draft)
  const claims = [
    ...hostClaims(draft),
    ...unnamedMasters(draft).map((claim) => single(claim.address, claim)),
    ...spans.space.runs.map((run) => nodeClaim(spans, run)),
    ...draft.of('nodename').flatMap((entry) => companionClaims(draft, spans, entry)),
  ]
  settleOverlaps(
    claims,
    (a, b) => compareAddress(a.first, b.first),
    (before, next) => compareAddress(next.first, before.last) <= 0,
    (before, next) => settle(draft, before, next),
  )
}

function settle(draft: Draft, before: AddressClaim, next: AddressClaim): AddressClaim {
  const one = before.claimant(Number(addressDistance(before.first, next.first)))
  const other = next.claimant(0)
  const address = formatAddress(next.first)
  const stays = draft.diagnostics.clash('address-clash', one, other, (later, earlier) => {
    return `the address ${address} of ${later.owner} is also that of ${earlier.owner}`
  })
  return stays === one ? before : next
}

function single(address: Address, claimant: Claimant): AddressClaim {
  return { first: address, last: address, claimant: () => claimant }
}

/** The masters that no host line names: a host line at a master's address is that master's. */
function unnamedMasters(draft: Draft): MasterClaim[] {
  const named = new Set(draft.of('host').map(({ address }) => addressKey(address)))
  return masterClaims(draft).filter(({ address }) => !named.has(addressKey(address)))
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

function nodeClaim(spans: NodeSpans, run: NodeRun): AddressClaim {
  return runClaim(run.first, run.count, (at) => {
    const number = run.firstNode + at
    return claimant(spans.spanOf(number), `node ${number}`, run.entry.span, WEIGHTS.iprange)
  })
}

function runClaim(first: Address, count: number, claimantOf: (at: number) => Claimant): AddressClaim {
  return { first, last: movedWithin(first, count - 1), claimant: claimantOf }
}

/** The address so many further on, the last one of the family where that lies beyond it. */
function movedWithin(address: Address, by: number | bigint): Address {
  return offsetAddress(address, by) ?? networkOf(address, 0).last
}

function claimant(span: Span | undefined, owner: string, line: Span, weight: Weight): Claimant {
  return { span, owner, lines: [line.line], weight }
}

function companionClaims(draft: Draft, spans: NodeSpans, entry: NodenameEntry): AddressClaim[] {
  const runs = companionRuns(spans, entry)
  for (const run of runs) if (!checkCompanions(draft, spans, entry, run)) return []
  return runs.map((run) =>
    runClaim(run.first, run.count, (at) => {
      const owner = `the companion of node ${run.firstNode + at} (${entry.format.value})`
      return claimant(entry.span, owner, entry.span, WEIGHTS.nodename)
    }),
  )
}

/**
 * Companions in a row: that of node `firstNode + i` has the address `first + i`, for i below `count`. What would lie beyond
 * the last address
 * of the family ends there, which no machine can have in either family.
 */
type CompanionRun = Pick<NodeRun, 'first' | 'firstNode' | 'count'>

/** The companions that a nodename line with addresses gives the nodes that exist; none without an address. */
export function companionRuns(spans: NodeSpans, entry: NodenameEntry): CompanionRun[] {
  const { runs, numbers } = spans.space
  return entry.addresses.flatMap((given) => {
    if (!isOffset(given)) {
      return boundRuns(numbers, entry.segments).map((run) => ({ ...run, first: movedWithin(given, run.firstNode) }))
    }
    const own = runs.filter(({ first }) => first.family === given.family)
    return boundRuns(own, entry.segments).map((run) => ({ ...run, first: movedWithin(run.first, addressValue(given)) }))
  })
}

/** Reports companions with an address that no machine can have; true if all can. */
function checkCompanions(draft: Draft, spans: NodeSpans, entry: NodenameEntry, run: CompanionRun): boolean {
  const bad = forbiddenIn({ first: run.first, last: movedWithin(run.first, run.count - 1) })
  if (bad === undefined) return true
  const number = run.firstNode + Number(addressDistance(run.first, bad.address))
  const span = spans.spanOf(number)
  const related = span === undefined ? [] : [{ span, message: `node ${number} is here` }]
  const message = `the companion of node ${number} would have ${formatAddress(bad.address)}, which is reserved for ${bad.of}`
  draft.diagnostics.report('companion-address', entry.span, message, { related })
  return false
}
