/** Check: no two machines share an address. */
import {
  type Address,
  addressFromNumber,
  addressKey,
  addressToNumber,
  compareAddress,
  formatAddress,
} from '../../values/index.ts'
import { forbiddenIn } from '../directives/machine-address.ts'
import type { Draft } from '../draft.ts'
import type { NodenameEntry } from '../entries.ts'
import { hostKey } from '../names/rules.ts'
import { boundRuns, type NodeRun } from '../nodes/nodespace.ts'
import { type Claimant, WEIGHTS, type Weight } from '../text/findings.ts'
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
  /** Who has one of the addresses, and where the configuration says so; `at` counts from `first`. */
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

function runClaim(first: number, count: number, claimantOf: (at: number) => Claimant): AddressClaim {
  return { first: addressFromNumber(first), last: addressFromNumber(first + count - 1), claimant: claimantOf }
}

function claimant(span: Span | undefined, owner: string, line: Span, weight: Weight): Claimant {
  return { span, owner, lines: [line.line], weight }
}

function companionClaims(draft: Draft, spans: NodeSpans, entry: NodenameEntry): AddressClaim[] {
  if (entry.address === undefined) return []
  const runs = companionRuns(spans, entry)
  for (const run of runs) if (!checkCompanions(draft, spans, entry, run)) return []
  return runs.map((run) =>
    runClaim(run.first, run.count, (at) => {
      const owner = `the companion of node ${run.firstNode + at} (${entry.format.value})`
      return claimant(entry.span, owner, entry.span, WEIGHTS.nodename)
    }),
  )
}

/** Companions in a row: that of node `firstNode + i` has address `first + i`, which may lie beyond the last one, for i below `count`. */
type CompanionRun = Pick<NodeRun, 'first' | 'firstNode' | 'count'>

/** The companions that a nodename line with an address gives the nodes that exist; none without an address. */
export function companionRuns(spans: NodeSpans, entry: NodenameEntry): CompanionRun[] {
  if (entry.address === undefined) return []
  const given = addressToNumber(entry.address) ?? 0
  return boundRuns(spans.space.runs, entry.segments).map(({ first, firstNode, count }) => {
    return { first: given + (isOffset(entry) ? first : firstNode), firstNode, count }
  })
}

const HIGHEST = 0xffffffff

/** Reports companions with an address that no machine can have; true if there are none. */
function checkCompanions(draft: Draft, spans: NodeSpans, entry: NodenameEntry, run: CompanionRun): boolean {
  const end = Math.min(run.first + run.count - 1, HIGHEST)
  const range = { first: addressFromNumber(Math.min(run.first, HIGHEST)), last: addressFromNumber(end) }
  const bad = forbiddenIn(range)
  if (bad === undefined) return true
  const number = run.firstNode + Math.max(0, (addressToNumber(bad.address) ?? 0) - run.first)
  const span = spans.spanOf(number)
  const related = span === undefined ? [] : [{ span, message: `node ${number} is here` }]
  const message = `the companion of node ${number} would have ${formatAddress(bad.address)}, which is reserved for ${bad.of}`
  draft.findings.report('companion-address', entry.span, message, { related })
  return false
}

/** True for a companion whose IPV4 is added to the node's address: its first octet is 0. */
export function isOffset(entry: NodenameEntry): boolean {
  return entry.address?.bytes[0] === 0
}
