/** Check: the formats of node names, and the names that several of them make. */

import { foldCase } from '../../values/index.ts'
import type { NameLine, NamePattern } from '../cluster.ts'
import type { Draft } from '../draft.ts'
import type { NodenameEntry } from '../entries.ts'
import { commonName } from '../names/common-name.ts'
import { DEFAULT_PATTERN, matchNodename, nameIn, nodeNamed, numberIn, PLAIN } from '../names/nodename.ts'
import { boundRuns } from '../nodes/nodespace.ts'
import { type Claimant, WEIGHTS } from '../text/config-diagnostics.ts'
import { NodeSpans } from './node-spans.ts'

/** The most nodename lines that a configuration may have. */
const MOST_NODENAMES = 100

/** The most ranges of nodes, over all lines, that names are numbered for: each takes a pattern of the snapshot. */
const MOST_BOUND = 200

/** A format that makes names for nodes, with the line that says so. */
export interface FormatClaim extends Claimant {
  readonly line: NameLine
  /** The nodename line; undefined for the names that every node has without a line. */
  readonly entry: NodenameEntry | undefined
  /** Whether the claim is for this node, of those that its line names. */
  readonly isFor: (node: number) => boolean
}

/**
 * The formats of the nodename lines, and `n%N`, which is always answered unless a line makes such names itself. Where no line
 * names all nodes it is the name of those that no line names, and no line can take its place.
 */
export function formatClaims(draft: Draft): FormatClaim[] {
  const lines = draft.of('nodename')
  const claims = lines.map((entry) => ({
    line: entry,
    entry,
    isFor: () => true,
    span: entry.format,
    owner: `the format ${entry.format.value}`,
    lines: [entry.span.line],
    weight: WEIGHTS.nodename,
  }))
  const nodeLines = lines.filter((entry) => entry.addresses.length === 0)
  const isNamed = nodeLines.some(({ segments }) => segments === undefined)
  const isRuled = lines.some(rulesDefault)
  if (isNamed && isRuled) return claims
  const unnamed = (node: number) => nodeLines.every(({ segments }) => numberIn(segments, node) === undefined)
  const all = { ...DEFAULT_PATTERN, segments: undefined }
  return [
    implied(all, 'n%N (every node answers to it)', isRuled && nodeLines.length > 0 ? unnamed : undefined),
    ...claims,
  ]
}

/** True for a format whose names are `n` and a number: it takes the place of the implied `n%N`. */
function rulesDefault({ prefix, suffix, width }: NamePattern): boolean {
  return foldCase(prefix) === DEFAULT_PATTERN.prefix && suffix === '' && width !== PLAIN
}

function implied(line: NameLine, owner: string, isFor: (node: number) => boolean = () => true): FormatClaim {
  return { line, entry: undefined, isFor, span: undefined, owner, lines: [], weight: WEIGHTS.fixed }
}

/** The node that exists and has this name by a format; undefined if there is none. */
export function claimedNode({ line, isFor }: FormatClaim, spans: NodeSpans, name: string): number | undefined {
  const node = nodeNamed(line, name)
  return node !== undefined && spans.space.has(node) && isFor(node) ? node : undefined
}

/** Formats that could make one name, or a reserved name. */
export function checkFormats(draft: Draft): void {
  checkSizes(draft)
  const spans = new NodeSpans(draft)
  const masters = implied(
    { prefix: 'master', width: 0, suffix: '', segments: undefined },
    'master%N (the masters in order)',
  )
  // A line in place of n%N is never the one that is left out.
  const claims = formatClaims(draft).sort((a, b) => rank(a) - rank(b))
  const standing: FormatClaim[] = [masters]
  for (const claim of claims) {
    if (!claim.entry || checkReserved(draft, claim)) settleFormat(draft, spans, standing, claim)
  }
}

function checkSizes(draft: Draft): void {
  const lines = draft.of('nodename')
  for (const entry of lines.slice(MOST_NODENAMES)) {
    draft.diagnostics.report(
      'repeated',
      entry.span,
      `only ${MOST_NODENAMES} nodename lines are allowed in a configuration`,
    )
  }
  let bound = 0
  for (const entry of lines.slice(0, MOST_NODENAMES)) {
    bound += new Set(entry.segments?.map(({ firstNode, firstNumber }) => firstNumber - firstNode)).size
    if (bound > MOST_BOUND) {
      draft.diagnostics.report(
        'repeated',
        entry.span,
        `only ${MOST_BOUND} ranges of nodes can have numbers of their own`,
      )
    }
  }
}

function rank(claim: FormatClaim): number {
  return rulesDefault(claim.line) ? 0 : 1
}

function checkReserved(draft: Draft, { line, entry }: FormatClaim): boolean {
  const reserved = ['n-1', 'n-2'].find((name) => matchNodename(line, name) !== undefined)
  if (reserved === undefined || entry === undefined) return true
  const message = `this format makes the name ${reserved}, which is reserved`
  draft.diagnostics.report('nodename-clash', entry.format, message)
  return false
}

function settleFormat(draft: Draft, spans: NodeSpans, standing: FormatClaim[], claim: FormatClaim): void {
  for (const other of standing) {
    const name = sharedName(spans, claim, other)
    if (name === undefined) continue
    const message = (later: FormatClaim, earlier: FormatClaim) =>
      `${later.owner} and ${earlier.owner} both make ${name}`
    draft.diagnostics.clash('nodename-clash', { ...other, weight: WEIGHTS.fixed }, claim, message)
    return
  }
  standing.push(claim)
}

/**
 * A name that two formats make for two machines. Of formats for all nodes it is any name that both could make, so that a cluster
 * that grows never turns wrong; where one is bound to nodes, only names of nodes that exist count.
 */
function sharedName(spans: NodeSpans, a: FormatClaim, b: FormatClaim): string | undefined {
  const isPlain = a.line.width === PLAIN || b.line.width === PLAIN
  const common = isPlain ? undefined : commonName(a.line, b.line)
  if (!isPlain && common === undefined) return undefined
  const isBound = [a, b].some(({ line }) => line.segments !== undefined)
  const isMaster = [a, b].some(({ line, entry }) => entry === undefined && line.prefix === 'master')
  if (!isBound || isMaster) return common
  return sharedByNodes(spans, a, b) ?? sharedByNodes(spans, b, a)
}

/** A name that `one` makes for a node, and that means another machine by `other`, in whatever spelling it takes. */
function sharedByNodes(spans: NodeSpans, one: FormatClaim, other: FormatClaim): string | undefined {
  const isDevice = ({ entry }: FormatClaim): boolean => (entry?.addresses.length ?? 0) > 0
  for (const { firstNode, count } of boundRuns(spans.space.numbers, one.line.segments)) {
    for (let node = firstNode; node < firstNode + count; node++) {
      const name = one.isFor(node) ? nameIn(one.line, node) : undefined
      const holder = name === undefined ? undefined : claimedNode(other, spans, name)
      if (holder === undefined) continue
      if (holder !== node || isDevice(one) || isDevice(other)) return name
    }
  }
  return undefined
}
