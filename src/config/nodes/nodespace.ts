/** The numbers and addresses of nodes, in runs. */
import { lastBefore } from '../../values/index.ts'
import type { Nodename } from '../cluster.ts'
import type { NumberedRange } from '../draft.ts'
import type { IpRangeEntry } from '../entries.ts'

/** Nodes in a row: node `firstNode + i` has IPv4 address `first + i`, for i below `count`. */
export interface NodeRun {
  readonly firstNode: number
  readonly first: number
  readonly count: number
  readonly entry: IpRangeEntry
}

/** Which nodes exist, as runs: a number below the `nodes` line's, with an address. */
export class NodeSpace {
  /** Ascending, without overlap. */
  readonly runs: readonly NodeRun[]

  /** `ranges` give no number twice; `nodeCount` is undefined without a nodes line. */
  constructor(ranges: readonly NumberedRange[], nodeCount: number | undefined) {
    const limit = nodeCount ?? Number.POSITIVE_INFINITY
    this.runs = ranges
      .filter((range) => range.firstNode < limit)
      .map(({ entry, firstNode, lastNode }) => {
        const count = Math.min(lastNode + 1, limit) - firstNode
        return { firstNode, first: entry.first, count, entry }
      })
      .sort((a, b) => a.firstNode - b.firstNode)
  }

  /** The run that node `number` is in; undefined if it does not exist. */
  runOf(number: number): NodeRun | undefined {
    const run = lastBefore(this.runs, ({ firstNode }) => firstNode > number)
    return run !== undefined && number - run.firstNode < run.count ? run : undefined
  }

  /** How many nodes there are. */
  get count(): number {
    return this.runs.reduce((sum, run) => sum + run.count, 0)
  }
}

/** The nodes of these runs that a line names, as runs, each in one segment; all where it is bound to none. */
export function boundRuns(runs: readonly NodeRun[], segments: Nodename['segments']): readonly NodeRun[] {
  if (segments === undefined) return runs
  return runs.flatMap((run) =>
    segments.flatMap(({ firstNode, lastNode }) => {
      const from = Math.max(run.firstNode, firstNode)
      const to = Math.min(run.firstNode + run.count - 1, lastNode)
      return from > to
        ? []
        : [{ ...run, firstNode: from, first: run.first + from - run.firstNode, count: to - from + 1 }]
    }),
  )
}
