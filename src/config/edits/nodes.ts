/** Edits of node lines: add one, set its fields, take it out. */
import { type NodeWords, OFF, sortNodeWords } from '../directives/node-line.ts'
import type { NumberedNode, ReadLine } from '../draft.ts'
import { MAX_NODE } from '../nodes/nodeset.ts'
import { numberLines } from '../nodes/numbering.ts'
import { readConfig } from '../parser.ts'
import type { Line } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import { addLine, EditError, type Edited, lineChanged, lineKept, plainWord, removeLine, unreported } from './edit.ts'
import { fieldSplices, type NodeFields } from './node-fields.ts'

/**
 * Adds a node line of these words after the last one: `[NUMBER] [CLASS [SEQUENCE [STAGE]]] [MAC...]`.
 * @throws EditError if the node has a line, or the words are no node line.
 */
export function addNode(bytes: Uint8Array, words: readonly string[]): Edited {
  const added = ['node', ...words.map(plainWord)].join(' ')
  const [number = ''] = words
  if (/^[n.]\d+$/i.test(number)) {
    throw new EditError(`${quote(number)} would be the class of a node: write its number alone, ${number.slice(1)}`)
  }
  const [line] = /^\d+$/.test(number) ? linesOf(read(bytes), Number(number)) : []
  if (line === undefined) return addLine(bytes, added)
  if (line.words.map(({ value }) => value).join(' ') === added) return lineKept(bytes, line)
  throw new EditError(`node ${Number(number)} has a line, line ${line.number}: change it with set, or remove it first`)
}

/**
 * Sets fields of the line of a node where they stand, or puts them where they belong.
 * @throws EditError if the node has no line or several, a field before one that is set is missing, or a value can't be written.
 */
export function setNode(bytes: Uint8Array, number: number, fields: NodeFields): Edited {
  const line = theLine(read(bytes), number)
  const splices = fieldSplices(line, number, fields)
  return splices.length === 0 ? lineKept(bytes, line) : lineChanged(bytes, line, splices)
}

/**
 * Removes the line of a node. If the next node line has no number of its own, the line stays as a placeholder, so that no other node gets
 * another number.
 * @throws EditError if the node has no line, or several.
 */
export function removeNode(bytes: Uint8Array, number: number): Edited {
  const text = read(bytes)
  const line = theLine(text, number)
  const next = text.read.find(({ keyword, span }) => keyword === 'node' && span.line > line.number)
  const isCountedOn = next !== undefined && !hasNumber(text.lines[next.span.line - 1])
  if (!isCountedOn) return removeLine(bytes, line)
  const [, ...words] = line.words
  const rest = hasNumber(line) ? words.slice(1) : words
  const [first, last] = [rest[0], rest.at(-1)]
  if (first === undefined || last === undefined || rest.every(({ value }) => value === OFF))
    return lineKept(bytes, line)
  return lineChanged(bytes, line, [{ start: first.start, end: last.end, text: OFF }])
}

/**
 * The number of a node, as it is typed.
 * @throws EditError for what is none: names of nodes may count otherwise.
 */
export function nodeNumber(text: string): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number <= MAX_NODE) return number
  throw new EditError(
    `${quote(text)} is not the number of a node, 0 to ${MAX_NODE}: names may count otherwise, and \`kickback explain hosts NAME\` tells the number`,
  )
}

/** The lines of a file, those whose keyword we know, and the nodes that have one. */
interface Text {
  readonly lines: readonly Line[]
  readonly read: readonly ReadLine[]
  readonly nodes: readonly NumberedNode[]
}

function read(bytes: Uint8Array): Text {
  const diagnostics = unreported(bytes)
  const { lines, read } = readConfig(bytes, diagnostics)
  return { lines, read, nodes: numberLines(read, diagnostics).nodes }
}

function linesOf({ lines, nodes }: Text, number: number): Line[] {
  return nodes.flatMap((node) => (node.number === number ? (lines[node.entry.span.line - 1] ?? []) : []))
}

/** The line of a node. */
function theLine(text: Text, number: number): Line {
  const [line, other] = linesOf(text, number)
  if (line === undefined) {
    throw new EditError(`node ${number} has no line of its own: kickback add node ${number} adds one`)
  }
  if (other === undefined) return line
  throw new EditError(
    `node ${number} has two lines, ${line.number} and ${other.number}: remove one of them in the file first`,
  )
}

function hasNumber(line: Line | undefined): boolean {
  return line !== undefined && wordsOf(line).number !== undefined
}

function wordsOf({ words: [, ...words] }: Line): NodeWords {
  return sortNodeWords(words)
}
