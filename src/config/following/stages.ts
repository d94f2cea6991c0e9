/** A change of boot stages alone, as nodes that boot make it many times a minute: followed in a cluster without the lines that did not change. */
import { commonHead, formatMac, lastBefore, lineEnd, linesIn, mustBeLocal } from '../../values/index.ts'
import type { ClusterNode } from '../cluster.ts'
import type { NodeEntry } from '../entries.ts'
import { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import { SourceText } from '../text/source-text.ts'
import type { FollowedConfig } from './followed-config.ts'
import { readStretch } from './stretch.ts'

/** How many lines may differ: some, and one for so many nodes. To find one takes as long as to parse two or three; with more of them a whole parse is quicker. */
const CHANGED = { few: 16, nodesEach: 4 } as const
const NEWLINE = 10

/** A line in two versions of a file. */
interface ChangedLine {
  readonly number: number
  readonly old: { readonly start: number; readonly end: number }
  readonly now: { readonly start: number; readonly end: number }
}

/**
 * What `after` says, which differs from another configuration in the stages of node lines alone, or in what stands behind `#` on such
 * lines. Throws NotLocalError where something else differs, or a line that differs has anything to be said about.
 */
export function withStages(before: FollowedConfig, after: Uint8Array, domain: string): FollowedConfig {
  const [readOld, readNow] = [reader(before.bytes, domain), reader(after, domain)]
  const changed = new Map<number, NodeEntry>()
  const shifts: Shift[] = []
  let left = CHANGED.few + before.cluster.nodes.length / CHANGED.nodesEach
  for (const { number, old, now } of changedLines(before.bytes, after)) {
    shifts.push({ from: old.end, by: now.end - old.end })
    mustBeLocal(--left >= 0, 'many lines of the configuration changed')
    const [was, is] = [readOld({ number, ...old }), readNow({ number, ...now })]
    mustBeLocal(restOf(was) === restOf(is), 'more than the stage of a node changed')
    if (was.stage !== is.stage) changed.set(number, is)
  }
  let found = 0
  const nodes = before.cluster.nodes.map((node): ClusterNode => {
    const entry = changed.get(node.span.line)
    if (entry === undefined) return node
    found++
    return { ...node, stage: entry.stage }
  })
  mustBeLocal(found === changed.size, 'a line that changed is left out')
  return { bytes: after, cluster: { ...before.cluster, nodes }, outline: outlineAfter(before.outline, shifts) }
}

/** From which byte of before on all is further down, and by how many in all. */
interface Shift {
  readonly from: number
  readonly by: number
}

/** The outline with its places moved: no line comes or goes. The shifts ascend. */
function outlineAfter(outline: FollowedConfig['outline'], shifts: readonly Shift[]): FollowedConfig['outline'] {
  const moved = (place: number): number => place + (lastBefore(shifts, ({ from }) => from > place)?.by ?? 0)
  const frame = outline.frame.map(({ number, start, end }) => ({ number, start: moved(start), end: moved(end) }))
  return { ...outline, frame, lastNode: moved(outline.lastNode) }
}

/** The lines that differ, in order, the first with the first and so on: where a line was added all behind it differ. */
function* changedLines(before: Uint8Array, after: Uint8Array): Generator<ChangedLine> {
  let [old, now, number] = [0, 0, 1]
  for (;;) {
    const same = commonHead(before.subarray(old), after.subarray(now))
    if (old + same === before.length && now + same === after.length) return
    const start = same === 0 ? old : before.lastIndexOf(NEWLINE, old + same - 1) + 1
    const start2 = now + start - old
    number += linesIn(before, old, start)
    const [end, end2] = [lineEnd(before, start), lineEnd(after, start2)]
    yield { number, old: { start, end }, now: { start: start2, end: end2 } }
    ;[old, now, number] = [end, end2, number + 1]
  }
}

/** Reads single lines of a file, each of which is to be a node line with nothing to be said about. */
function reader(
  bytes: Uint8Array,
  domain: string,
): (place: { number: number; start: number; end: number }) => NodeEntry {
  const diagnostics = new ConfigDiagnostics(new SourceText('config', bytes))
  return (place) => {
    const [line, more] = readStretch({ bytes, diagnostics, domain }, place)
    const entry = line?.read?.entry
    mustBeLocal(entry?.kind === 'node' && more === undefined, 'another line than that of a node changed')
    mustBeLocal(diagnostics.list.length === 0, 'there is something to be said about a line that changed')
    return entry
  }
}

/** What a node line says beside the stage, as a text that is another one for any other node. */
function restOf({ number, class: name, sequence, macs, companionMacs, isApproved }: NodeEntry): string {
  const companions = companionMacs.map((one) => [one.name, formatMac(one.mac)])
  return JSON.stringify([number, name?.value, sequence, macs.map(({ mac }) => formatMac(mac)), companions, isApproved])
}
