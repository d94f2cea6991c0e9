import { commonName } from '../commonname.ts'
import type { Draft } from '../draft.ts'
import type { NodenameEntry } from '../entries.ts'
import { type Claimant, WEIGHTS } from '../findings.ts'
import { DEFAULT_PATTERN, foldCase, matchNodename, type NamePattern } from '../nodename.ts'

/** The most nodename lines that a configuration may have. */
export const MOST_NODENAMES = 100

/** A format that makes names for every node, with the line that says so. */
export interface FormatClaim extends Claimant {
  readonly pattern: NamePattern
  /** The nodename line; undefined for the names that every node answers anyway. */
  readonly entry: NodenameEntry | undefined
}

/**
 * The formats of the nodename lines, and `n%N`, which is always answered unless a line makes such names itself. Where no line
 * names the nodes it is their name, and no line can take its place.
 */
export function formatClaims(draft: Draft): FormatClaim[] {
  const lines = draft.of('nodename')
  const claims = lines.map((entry) => ({
    pattern: entry,
    entry,
    span: entry.format,
    owner: `the format ${entry.format.value}`,
    lines: [entry.span.line],
    weight: WEIGHTS.nodename,
  }))
  const isNamed = lines.some((entry) => entry.address === undefined)
  return isNamed && lines.some(rulesDefault)
    ? claims
    : [implied(DEFAULT_PATTERN, 'n%N (every node answers to it)'), ...claims]
}

/** True for a format whose names are `n` and a number: it takes the place of the implied `n%N`. */
function rulesDefault({ prefix, suffix }: NamePattern): boolean {
  return foldCase(prefix) === DEFAULT_PATTERN.prefix && suffix === ''
}

function implied(pattern: NamePattern, owner: string): FormatClaim {
  return { pattern, entry: undefined, span: undefined, owner, lines: [], weight: WEIGHTS.fixed }
}

/** Formats that could make one name, or one that is answered by rule. */
export function checkFormats(draft: Draft): void {
  for (const entry of draft.of('nodename').slice(MOST_NODENAMES)) {
    draft.findings.report('repeated', entry.span, `only ${MOST_NODENAMES} nodename lines may stand in a configuration`)
  }
  const masters = implied({ prefix: 'master', width: 0, suffix: '' }, 'master%N (the masters in order)')
  // A line that stands in for n%N is never the one that gives way.
  const claims = formatClaims(draft).sort((a, b) => rank(a) - rank(b))
  const standing: FormatClaim[] = [masters]
  for (const claim of claims) {
    if (!claim.entry || checkReserved(draft, claim)) settleFormat(draft, standing, claim)
  }
}

function rank(claim: FormatClaim): number {
  return rulesDefault(claim.pattern) ? 0 : 1
}

function checkReserved(draft: Draft, { pattern, entry }: FormatClaim): boolean {
  const reserved = ['n-1', 'n-2'].find((name) => matchNodename(pattern, name) !== undefined)
  if (reserved === undefined || entry === undefined) return true
  const message = `this makes ${reserved}, which is answered by rule`
  draft.findings.report('nodename-clash', entry.format, message)
  return false
}

function settleFormat(draft: Draft, standing: FormatClaim[], claim: FormatClaim): void {
  for (const other of standing) {
    const name = commonName(claim.pattern, other.pattern)
    if (name === undefined) continue
    const message = (told: FormatClaim, earlier: FormatClaim) => `${told.owner} and ${earlier.owner} both make ${name}`
    draft.findings.clash('nodename-clash', { ...other, weight: WEIGHTS.fixed }, claim, message)
    return
  }
  standing.push(claim)
}
