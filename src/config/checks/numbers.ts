/** Check: the numbers of nodes. */

import type { NodeSet } from '../cluster.ts'
import type { Draft, NumberedNode, NumberedRange } from '../draft.ts'
import type { NodesEntry } from '../entries.ts'
import { MAX_NODE } from '../nodes/nodeset.ts'
import { NodeSpace } from '../nodes/nodespace.ts'
import { type Claimant, WEIGHTS } from '../text/config-diagnostics.ts'
import type { Span } from '../text/span.ts'
import { settleOverlaps } from './overlaps.ts'

/** Numbers that are given twice, and numbers that are too large. */
export function checkNumbers(draft: Draft): void {
  for (const family of [4, 6]) {
    settleOverlaps(
      draft
        .ranges()
        .flatMap((range) => (range.entry.first.family === family ? [{ ...rangeClaimant(range), range }] : [])),
      (a, b) => a.range.firstNode - b.range.firstNode,
      (before, next) => before.range.lastNode >= next.range.firstNode,
      (before, next) =>
        draft.diagnostics.clash('node-repeated', before, next, () => {
          const number = next.range.firstNode
          return `node ${number} has an IPv${family} address from another iprange already`
        }),
    )
  }
  checkNodeLines(draft)
  checkSize(draft)
}

function rangeClaimant({ entry }: NumberedRange): Claimant {
  return { span: entry.span, owner: 'the other iprange', lines: [entry.span.line], weight: WEIGHTS.iprange }
}

function checkNodeLines(draft: Draft): void {
  const firsts = new Map<number, Span>()
  for (const { number, entry } of draft.nodes()) {
    const first = firsts.get(number)
    if (first === undefined) firsts.set(number, entry.span)
    else {
      const related = [{ span: first, message: `the first line of node ${number} is here` }]
      draft.diagnostics.report('node-repeated', entry.span, `a second line of node ${number}`, { related })
    }
  }
}

function checkSize(draft: Draft): void {
  if (draft.nodeCount() !== undefined) return
  for (const { entry, lastNode } of draft.ranges()) {
    if (lastNode <= MAX_NODE) continue
    const message = `this range ends at node ${lastNode}, but the highest number is ${MAX_NODE}; add a nodes line with the number of nodes`
    draft.diagnostics.report('bad-number', entry.span, message)
  }
}

/** Warns of lines for nodes that do not exist, and of numbers that have no address. */
export function warnAboutAbsentNodes(draft: Draft): void {
  const space = new NodeSpace(draft.ranges(), undefined)
  const [nodes] = draft.of('nodes')
  const lined = new Set<number>()
  for (const node of draft.nodes()) {
    lined.add(node.number)
    warnAboutNode(draft, node, space, nodes)
  }
  if (nodes === undefined) return
  warnAboutOne(draft, space, nodes)
  warnAboutGaps(draft, space, nodes, lined)
  for (const entry of draft.of('boot')) {
    if (entry.nodes && entry.nodesSpan) warnAboutSet(draft, entry.nodes, entry.nodesSpan, nodes)
  }
  for (const entry of draft.of('nodename')) {
    if (entry.nodes && entry.nodesSpan) warnAboutSet(draft, entry.nodes, entry.nodesSpan, nodes)
  }
  for (const entry of draft.of('masterorder')) warnAboutSet(draft, entry.nodes, entry.nodesSpan, nodes)
}

type MaybeNodes = NodesEntry | undefined

function warnAboutNode(draft: Draft, { number, entry }: NumberedNode, space: NodeSpace, nodes: MaybeNodes): void {
  if (nodes !== undefined && number >= nodes.count) {
    const related = [{ span: nodes.span, message: `nodes ${nodes.count} is here` }]
    draft.diagnostics.report('node-beyond-count', entry.span, beyond(number, nodes.count), { related })
  } else if (!space.has(number)) {
    draft.diagnostics.report('node-without-address', entry.span, `no iprange gives node ${number} an address`)
  }
}

function beyond(number: number, count: number): string {
  return count === 0
    ? `there is no node ${number}: nodes is 0`
    : `there is no node ${number}: the last one is ${count - 1}`
}

/** Addresses that are numbered from 1 to N where nodes are numbered from 0 to N-1. */
function warnAboutOne(draft: Draft, space: NodeSpace, { count, span }: NodesEntry): void {
  const first = draft.ranges().find(({ firstNode }) => firstNode === 1)
  if (first === undefined || count < 1 || space.has(0) || !space.has(count)) return
  const last = count - 1
  const message = `nodes are numbered from 0: with nodes ${count} the last one is ${last}, node 0 has no address and node ${count} does not exist. Write the iprange without 1, and nodename -=1 n%N if names are to count from 1; or nodes ${count + 1}`
  const related = [{ span, message: `nodes ${count} is here` }]
  draft.diagnostics.report('numbered-from-one', first.entry.span, message, { related })
}

/** Only numbers without a node line: the others were reported at their line. */
function warnAboutGaps(draft: Draft, space: NodeSpace, { count, span }: NodesEntry, lined: ReadonlySet<number>): void {
  const gaps: string[] = []
  let from = 0
  const gapTo = (end: number): void => {
    let first = from
    while (first < end && lined.has(first)) first++
    if (first < end) gaps.push(end - 1 === first ? `${first}` : `${first}-${end - 1}`)
  }
  for (const run of space.numbers) {
    gapTo(Math.min(run.firstNode, count))
    from = Math.max(from, run.firstNode + run.count)
  }
  gapTo(count)
  if (gaps.length === 0) return
  const shown = gaps.length > 8 ? `${gaps.slice(0, 8).join(', ')} and more` : gaps.join(', ')
  draft.diagnostics.report('node-without-address', span, `no iprange gives these nodes an address: ${shown}`)
}

function warnAboutSet(draft: Draft, set: NodeSet, span: Span, nodes: NodesEntry): void {
  for (const { first, last } of set.ranges) {
    const highest = last ?? first
    if (highest < nodes.count || (first === 0 && last === undefined)) continue
    const related = [{ span: nodes.span, message: `nodes ${nodes.count} is here` }]
    draft.diagnostics.report('node-beyond-count', span, beyond(highest, nodes.count), { related })
    return
  }
}
