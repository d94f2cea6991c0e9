/** Nodes in a row that stand alike, as one line: a large cluster fits a terminal. */
import { foldedText } from '../../../values/index.ts'
import type { ListedNode } from './node-list.ts'

/** A line of the table: one node, or several in a row that stand alike. */
export interface TableRow extends ListedNode {
  readonly numbers: string
  readonly names: string
}

/** How many sets of names a line has. */
const SETS_SHOWN = 2

/** Lines for nodes in the order of their numbers. Of those in one line the figures of the worst are told: the greatest load, the least memory left, the longest silence. */
export function foldedNodes(nodes: readonly ListedNode[]): readonly TableRow[] {
  const runs: ListedNode[][] = []
  for (const node of nodes) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    if (run !== undefined && before !== undefined && isAlike(before, node)) run.push(node)
    else runs.push([node])
  }
  return runs.flatMap(rowOf)
}

/** What nodes of one line have in common. */
const ALIKE = ['state', 'content', 'stage', 'ping', 'generation'] as const

function isAlike(a: ListedNode, b: ListedNode): boolean {
  return ALIKE.every((field) => a[field] === b[field])
}

function rowOf(run: readonly ListedNode[]): readonly TableRow[] {
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return []
  const names = foldedText(
    run.map(({ name }) => name),
    SETS_SHOWN,
  )
  if (run.length === 1) return [{ ...first, numbers: String(first.number), names }]
  const [seen, since] = [leastOf(run, 'seen'), leastOf(run, 'since')]
  const machine = worstMachine(run)
  const { certificate, software, ...rest } = first
  return [
    {
      ...rest,
      ...{ numbers: `${first.number}-${last.number}`, names, address: '-' },
      ...(certificate !== undefined && run.every((one) => one.certificate === certificate) && { certificate }),
      ...(software !== undefined && run.every((one) => one.software === software) && { software }),
      ...(seen !== undefined && { seen }),
      ...(since !== undefined && { since }),
      ...(machine && { machine }),
    },
  ]
}

function leastOf(run: readonly ListedNode[], field: 'seen' | 'since'): number | undefined {
  const all = run.flatMap((node) => node[field] ?? [])
  return all.length === 0 ? undefined : all.reduce((least, one) => Math.min(least, one))
}

function worstMachine(run: readonly ListedNode[]): ListedNode['machine'] {
  const all = run.flatMap(({ machine }) => machine ?? [])
  const fullest = all.toSorted((a, b) => a.available - b.available)[0]
  if (fullest === undefined) return undefined
  const kernel = all.every((one) => one.kernel === fullest.kernel) ? fullest.kernel : ''
  return { ...fullest, kernel, load: all.reduce((most, { load }) => Math.max(most, load), 0) }
}
