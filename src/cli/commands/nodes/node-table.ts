/** The table of `kickback nodes`: its columns stand once. */
import { durationText, foldedText } from '../../../values/index.ts'
import { NODE_STATES, type NodeState } from '../../settings/values.ts'
import { entryLines } from '../../terminal/entry.ts'
import { type Screen, type Tone, toned } from '../../terminal/screen.ts'
import type { ListedNode, NodeList } from './node-list.ts'

/** How many sets of names the summary has of each state. */
const SETS_SHOWN = 8

/** A column: its head, and what it has of a node. */
interface Column {
  readonly head: string
  readonly cell: (node: ListedNode, time: number) => string
  readonly isNumber?: true
}

/** The columns from left to right; what a terminal is too narrow for is cut at the right. */
const COLUMNS: readonly Column[] = [
  { head: 'number', cell: ({ number }) => String(number), isNumber: true },
  { head: 'name', cell: ({ name }) => name },
  { head: 'address', cell: ({ address }) => address },
  { head: 'state', cell: ({ state }) => state },
  { head: 'generation', cell: ({ generation }) => (generation === undefined ? '-' : String(generation)) },
  { head: 'seen', cell: seenText },
  { head: 'certificate', cell: ({ certificate = '-' }) => certificate },
  { head: 'software', cell: ({ software = '-' }) => software },
]

/** What a state is worth. */
const TONES: { readonly [S in NodeState]: Tone | undefined } = {
  'in-step': undefined,
  behind: 'warning',
  gone: 'error',
  missing: 'error',
  'other-key': 'error',
}

function seenText({ state, seen }: ListedNode, time: number): string {
  if (seen === undefined) return '-'
  return state === 'in-step' || state === 'behind' ? 'now' : `${durationText(Math.max(0, time - seen))} ago`
}

/** How many nodes are in each state. */
export function countsOf(nodes: readonly ListedNode[]): { readonly [S in NodeState]: number } {
  const counts = { 'in-step': 0, behind: 0, gone: 0, missing: 0, 'other-key': 0 }
  for (const { state } of nodes) counts[state]++
  return counts
}

/** A summary with the folded names of each state, then a line for each node. */
export function nodeLines({ generation, nodes, time }: NodeList, screen: Screen | undefined): readonly string[] {
  const cells = nodes.map((node) => COLUMNS.map(({ cell }) => cell(node, time)))
  const widths = COLUMNS.map(({ head }, i) =>
    cells.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), head.length),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => (COLUMNS[i]?.isNumber ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  const cut = (text: string): string => text.slice(0, screen?.columns)
  const head = toned(cut(line(COLUMNS.map(({ head }) => head))), 'label', screen)
  const rows = cells.map((row, i) => toned(cut(line(row)), TONES[nodes[i]?.state ?? 'in-step'], screen))
  return [...summary(generation, nodes, screen), '', head, ...rows]
}

function summary(generation: number, nodes: readonly ListedNode[], screen: Screen | undefined): readonly string[] {
  const counts = countsOf(nodes)
  const states = NODE_STATES.filter((state) => counts[state] > 0)
  const entries = states.map((state) => {
    const names = nodes.filter((node) => node.state === state).map(({ name }) => name)
    const tone = TONES[state]
    return { label: state, text: `${counts[state]}: ${foldedText(names, SETS_SHOWN)}`, ...(tone && { tone }) }
  })
  const first = { label: 'generation', text: String(generation) }
  return [first, ...entries].flatMap((entry) => entryLines(entry, screen))
}
