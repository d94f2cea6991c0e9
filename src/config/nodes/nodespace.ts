/** The numbers and addresses of nodes, in runs. */
import {
  type Address,
  addressDistance,
  addressesInARow,
  countBefore,
  insideRange,
  lastBefore,
  offsetAddress,
} from '../../values/index.ts'
import type { Nodename } from '../cluster.ts'
import type { NumberedRange } from '../draft.ts'
import type { IpRangeEntry } from '../entries.ts'

/** Nodes in a row. */
interface NumberRun {
  readonly firstNode: number
  readonly count: number
}

/** Nodes in a row that have addresses in a row: node `firstNode + i` has the address `first + i`, for i below `count`. */
export interface NodeRun extends NumberRun {
  readonly first: Address
  readonly entry: IpRangeEntry
}

/** A node that exists, its addresses, that of IPv4 first, and the line that gives it the first of them. */
interface SpacedNode {
  readonly number: number
  readonly addresses: readonly [Address, ...Address[]]
  readonly entry: IpRangeEntry
}

/** Which nodes exist, as runs: a number below the `nodes` line's, with an address of either family. */
export class NodeSpace {
  /** Those of IPv4 first; of each family ascending by number, without overlap. */
  readonly runs: readonly NodeRun[]
  readonly #byFamily: readonly (readonly NodeRun[])[]
  /** The numbers alone: ascending, without overlap. */
  readonly numbers: readonly NumberRun[]

  /** `ranges` give no number twice in one family; `nodeCount` is undefined without a nodes line. */
  constructor(ranges: readonly NumberedRange[], nodeCount: number | undefined) {
    const limit = nodeCount ?? Number.POSITIVE_INFINITY
    const all = ranges
      .filter((range) => range.firstNode < limit)
      .map(({ entry, firstNode, lastNode }): NodeRun => {
        const count = Math.min(lastNode + 1, limit) - firstNode
        return { firstNode, first: entry.first, count, entry }
      })
      .sort((a, b) => a.firstNode - b.firstNode)
    this.#byFamily = [4, 6].map((family) => all.filter(({ first }) => first.family === family))
    this.runs = this.#byFamily.flat()
    this.numbers = joined(all)
  }

  /** Whether node `number` exists. */
  has(number: number): boolean {
    return this.runsOf(number).length > 0
  }

  /** The runs that node `number` is in, one for each family that it has an address of; none where it does not exist. */
  runsOf(number: number): NodeRun[] {
    return this.#byFamily.flatMap((runs) => {
      const run = lastBefore(runs, ({ firstNode }) => firstNode > number)
      return run !== undefined && number - run.firstNode < run.count ? [run] : []
    })
  }

  /** Every node that exists, ascending by number. */
  *all(): Generator<SpacedNode> {
    for (const { firstNode, count } of this.numbers)
      for (let number = firstNode; number < firstNode + count; ) {
        const until = Math.min(firstNode + count, ...this.#byFamily.map((runs) => changeAfter(runs, number)))
        yield* this.#stretch(number, until)
        number = until
      }
  }

  /** Those of these that exist, in their order. */
  *some(numbers: Iterable<number>): Generator<SpacedNode> {
    for (const number of numbers) if (this.has(number)) yield* this.#stretch(number, number + 1)
  }

  /** Nodes in a row that are all in the same runs. */
  *#stretch(from: number, until: number): Generator<SpacedNode> {
    const [run, other] = this.runsOf(from)
    if (run === undefined) throw new Error(`node ${from} has no address`)
    const addresses = addressesInARow(runAddress(run, from), until - from)
    const others = other && addressesInARow(runAddress(other, from), until - from)
    for (const address of addresses) {
      const second = others?.next().value
      const number = from++
      yield { number, addresses: second === undefined ? [address] : [address, second], entry: run.entry }
    }
  }

  /** How many nodes there are. */
  get count(): number {
    return this.numbers.reduce((sum, run) => sum + run.count, 0)
  }
}

/** The numbers of runs in order of their first, each once: runs that overlap or follow on are one. */
function joined(runs: readonly NodeRun[]): NumberRun[] {
  const numbers: { firstNode: number; count: number }[] = []
  for (const { firstNode, count } of runs) {
    const before = numbers.at(-1)
    if (before === undefined || before.firstNode + before.count < firstNode) numbers.push({ firstNode, count })
    else before.count = Math.max(before.count, firstNode + count - before.firstNode)
  }
  return numbers
}

/** The first number after this one where one of these runs starts, or has ended. */
function changeAfter(runs: readonly NodeRun[], number: number): number {
  const at = countBefore(runs, ({ firstNode }) => firstNode > number)
  const [run, next] = [runs[at - 1], runs[at]]
  if (run !== undefined && number < run.firstNode + run.count) return run.firstNode + run.count
  return next?.firstNode ?? Number.POSITIVE_INFINITY
}

/** The address of a node of a run. */
export function runAddress({ first, firstNode }: NodeRun, number: number): Address {
  return offsetAddress(first, number - firstNode) ?? first
}

/** The node of a run that has an address; undefined where none has. */
export function nodeOfRun<Run extends NumberRun & Pick<NodeRun, 'first'>>(
  run: Run,
  address: Address,
): number | undefined {
  const last = offsetAddress(run.first, run.count - 1)
  if (last === undefined || !insideRange({ first: run.first, last }, address)) return undefined
  return run.firstNode + Number(addressDistance(run.first, address))
}

/** The nodes of these runs that a line names, as runs, each in one segment; all where it is bound to none. */
export function boundRuns<Run extends NumberRun>(runs: readonly Run[], segments: Nodename['segments']): readonly Run[] {
  if (segments === undefined) return runs
  return runs.flatMap((run) =>
    segments.flatMap(({ firstNode, lastNode }) => {
      const from = Math.max(run.firstNode, firstNode)
      const to = Math.min(run.firstNode + run.count - 1, lastNode)
      return from > to ? [] : [{ ...run, ...partOf(run, from), firstNode: from, count: to - from + 1 }]
    }),
  )
}

/** What else changes where a run starts at another node: its first address. */
function partOf(run: NumberRun & Partial<Pick<NodeRun, 'first'>>, from: number): Partial<Pick<NodeRun, 'first'>> {
  const { first, firstNode } = run
  return first === undefined ? {} : { first: offsetAddress(first, from - firstNode) ?? first }
}
