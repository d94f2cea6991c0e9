/** The picture of `kickback nodes`: a summary with the folded names of each state, and a table whose columns stand once. */
import { setText } from '../../../config/index.ts'
import {
  NODE_CONTENTS,
  NODE_STATES,
  type NodeContent,
  type NodeState,
  type PingAnswer,
} from '../../../kickback/index.ts'
import { foldedText } from '../../../values/index.ts'
import { entryLines } from '../../terminal/entry.ts'
import { type Screen, type Tone, toned } from '../../terminal/screen.ts'
import { foldedNodes, type TableRow } from './folded-nodes.ts'
import { agoText, loadText, memoryText } from './node-figures.ts'
import type { ListedNode, NodeList } from './node-list.ts'

/** How many sets of names the summary has of each state. */
const SETS_SHOWN = 8
/** From how many nodes on the table of a terminal has one line for nodes in a row that stand alike. */
const FOLDED_FROM = 100
/** What stands between two columns. */
const GAP = '  '

/** A column: its head, and what it has of a line. */
interface Column {
  readonly head: string
  readonly cell: (row: TableRow, time: number) => string
  readonly isNumber?: true
}

/** The columns from left to right, those that matter most first: what a terminal is too narrow for is left out at the right. */
const COLUMNS: readonly Column[] = [
  { head: 'number', cell: ({ numbers }) => numbers, isNumber: true },
  { head: 'name', cell: ({ names }) => names },
  { head: 'state', cell: ({ state }) => state },
  { head: 'content', cell: ({ content = '-' }) => content },
  { head: 'stage', cell: ({ stage = '-' }) => stage },
  { head: 'seen', cell: ({ state, seen }, time) => (state === 'up' ? 'now' : agoText(seen, time)) },
  { head: 'load', cell: ({ machine }) => loadText(machine), isNumber: true },
  { head: 'memory', cell: ({ machine }) => memoryText(machine), isNumber: true },
  { head: 'generation', cell: ({ generation }) => (generation === undefined ? '-' : String(generation)) },
  { head: 'ping', cell: ({ ping = '-' }) => ping },
  { head: 'address', cell: ({ address }) => address },
  { head: 'since', cell: ({ since }, time) => agoText(since, time) },
  { head: 'certificate', cell: ({ certificate = '-' }) => certificate },
  { head: 'kernel', cell: ({ machine }) => machine?.kernel || '-' },
  { head: 'software', cell: ({ software = '-' }) => software || '-' },
]

/** What a state and a content are worth. */
const STATE_TONES: { readonly [S in NodeState]: Tone | undefined } = {
  up: undefined,
  booting: 'warning',
  installing: 'warning',
  held: 'error',
  down: 'error',
  never: 'error',
}
const CONTENT_TONES: { readonly [C in NodeContent]: Tone | undefined } = {
  'in-step': undefined,
  behind: 'warning',
  'other-key': 'error',
}

const STATES = Object.keys(NODE_STATES) as NodeState[]
const CONTENTS = Object.keys(NODE_CONTENTS) as NodeContent[]

/** How many nodes are in each state. */
export function stateCounts(nodes: readonly ListedNode[]): Readonly<Record<NodeState, number>> {
  const counts = { up: 0, booting: 0, installing: 0, held: 0, down: 0, never: 0 }
  for (const { state } of nodes) counts[state]++
  return counts
}

/** How the contents of nodes stand. */
export function contentCounts(nodes: readonly ListedNode[]): Readonly<Record<NodeContent, number>> {
  const counts = { 'in-step': 0, behind: 0, 'other-key': 0 }
  for (const { content } of nodes) if (content !== undefined) counts[content]++
  return counts
}

/** How many nodes that are not up were found to be in each way by a ping. */
export function pingCounts(nodes: readonly ListedNode[]): Readonly<Record<PingAnswer, number>> {
  const counts = { up: 0, off: 0 }
  for (const { ping } of nodes) if (ping !== undefined) counts[ping]++
  return counts
}

/** A summary with the folded names of each state, then the table. */
export function nodeLines(
  { generation, nodes, unapproved, isWhole, time }: NodeList,
  screen: Screen | undefined,
): readonly string[] {
  const isFolded = screen !== undefined && isWhole && nodes.length > FOLDED_FROM
  const rows = isFolded ? foldedNodes(nodes) : nodes.map((node) => ({ ...node, ...oneOf(node) }))
  const waiting = unapproved.length === 0 ? [] : entryLines(waitingOf(unapproved), screen)
  return [...summary(generation, nodes, screen), ...waiting, '', ...table(rows, time, screen)]
}

/** The nodes that nobody has approved, and how one is. */
function waitingOf(unapproved: readonly number[]) {
  const remedy = `kickback set node ${unapproved[0]} --class CLASS approves node ${unapproved[0]}`
  const text = `${unapproved.length}: numbers ${setText(unapproved)}; ${remedy}`
  return { label: 'unapproved', text, tone: 'warning' as const }
}

function oneOf({ number, name }: ListedNode): Pick<TableRow, 'numbers' | 'names'> {
  return { numbers: String(number), names: name }
}

function table(rows: readonly TableRow[], time: number, screen: Screen | undefined): readonly string[] {
  const cells = rows.map((row) => COLUMNS.map(({ cell }) => cell(row, time)))
  const widths = COLUMNS.map(({ head }, i) =>
    cells.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), head.length),
  )
  const shown = columnsIn(widths, screen?.columns ?? Number.POSITIVE_INFINITY)
  const line = (row: readonly string[]): string =>
    row
      .slice(0, shown)
      .map((text, i) => (COLUMNS[i]?.isNumber ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join(GAP)
      .trimEnd()
      .slice(0, screen?.columns)
  const head = toned(line(COLUMNS.map(({ head }) => head)), 'label', screen)
  return [head, ...cells.map((row, i) => toned(line(row), toneOf(rows[i]), screen))]
}

/** How many columns fit; at least two do, which are cut. */
function columnsIn(widths: readonly number[], room: number): number {
  let used = -GAP.length
  const first = widths.findIndex((width) => {
    used += GAP.length + width
    return used > room
  })
  return first < 0 ? widths.length : Math.max(2, first)
}

function toneOf(row: TableRow | undefined): Tone | undefined {
  if (row === undefined) return undefined
  return STATE_TONES[row.state] ?? (row.content && CONTENT_TONES[row.content])
}

/** In-step is what a node that is up should be: only other contents have lines of their own. */
function summary(generation: number, nodes: readonly ListedNode[], screen: Screen | undefined): readonly string[] {
  const about = (label: string, tone: Tone | undefined, all: readonly ListedNode[]) => {
    const text = `${all.length}: ${foldedText(
      all.map(({ name }) => name),
      SETS_SHOWN,
    )}`
    return all.length === 0 ? [] : [{ label, text, ...(tone && { tone }) }]
  }
  const states = STATES.flatMap((state) =>
    about(
      state,
      STATE_TONES[state],
      nodes.filter((one) => one.state === state),
    ),
  )
  const contents = CONTENTS.filter((content) => CONTENT_TONES[content] !== undefined).flatMap((content) =>
    about(
      content,
      CONTENT_TONES[content],
      nodes.filter((one) => one.content === content),
    ),
  )
  const answering = about(
    'ping up',
    undefined,
    nodes.filter(({ ping }) => ping === 'up'),
  )
  const first = { label: 'generation', text: String(generation) }
  return [first, ...states, ...answering, ...contents].flatMap((entry) => entryLines(entry, screen))
}
