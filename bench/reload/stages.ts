/** Profiles of threads, as V8 writes them, by the parts of the program that the time was spent in. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The time between two samples, in microseconds. */
export const INTERVAL = 500

/** A part of the program, and how long it ran. */
interface StageTime {
  readonly stage: string
  readonly milliseconds: number
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** What ran between two times of CLOCK_MONOTONIC, in seconds; most first. A function counts for the innermost file of ours that called it. */
export function stagesOf(folder: string, from: number, to: number): readonly StageTime[] {
  const all = new Map<string, number>()
  for (const name of readdirSync(folder)) {
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile
    add(all, profile, from * 1e6, to * 1e6)
  }
  const stages = Array.from(all, ([stage, microseconds]) => ({ stage, milliseconds: microseconds / 1000 }))
  return stages.filter(({ milliseconds }) => milliseconds >= 1).sort((a, b) => b.milliseconds - a.milliseconds)
}

function add(
  all: Map<string, number>,
  { nodes, samples, timeDeltas, startTime }: Profile,
  from: number,
  to: number,
): void {
  const stages = stagesOfNodes(nodes)
  let at = startTime
  samples.forEach((sample, i) => {
    const delta = timeDeltas[i] ?? 0
    at += delta
    // A thread that waits for a processor has no samples: that is no time of its own.
    const own = Math.min(delta, 2 * INTERVAL)
    const stage = stages.get(sample)
    if (stage === undefined || at < from || at > to) return
    all.set(stage, (all.get(stage) ?? 0) + own)
  })
}

/** The part that each node of the tree of calls belongs to; none of those that wait. */
function stagesOfNodes(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const stages = new Map<number, string>()
  const visit = (node: ProfileNode, above: string): void => {
    const { functionName, url } = node.callFrame
    if (functionName === '(idle)' || functionName === '(program)') return
    const [, file] = /\/(?:src|dist)\/(.*)\.[jt]s$/.exec(url) ?? []
    const stage = functionName === '(garbage collector)' ? 'garbage collection' : (file ?? above)
    stages.set(node.id, stage)
    for (const child of node.children ?? []) {
      const next = byId.get(child)
      if (next !== undefined) visit(next, stage)
    }
  }
  const [first] = nodes
  if (first !== undefined) visit(first, 'node')
  return stages
}
