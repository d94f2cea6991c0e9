/** TOML with the span of each key and value. The only file that knows the parser (toml-eslint-parser). */
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser'

/** A stretch of the text, in UTF-16 units. */
export type Stretch = readonly [start: number, end: number]

/** A plain value of TOML: text, a switch, a number, or anything else, which no setting is. */
export interface TomlValue {
  readonly value: string | boolean | number | undefined
  readonly range: Stretch
}

/** A key that has a value, or a table without one. */
export interface TomlLeaf {
  /** The whole path, with dots. */
  readonly key: string
  readonly keyAt: Stretch
  /** The value, or those of a list; undefined for a table that holds nothing. */
  readonly value: TomlValue | readonly TomlValue[] | undefined
  /** The whole of it; where it has none, the key. */
  readonly valueAt: Stretch
}

/** Why a text is no TOML. */
interface TomlFault {
  readonly message: string
  readonly at: Stretch
}

/** The leaves of a text in its order, or why it is not TOML. A key that is set twice is a fault. Never throws. */
export function parseToml(text: string): readonly TomlLeaf[] | TomlFault {
  try {
    const [top] = parseTOML(text, { tomlVersion: '1.1' }).body
    return top.body.flatMap((node) => (node.type === 'TOMLTable' ? tableLeaves(node) : leavesOf(node, [])))
  } catch (error) {
    if (error instanceof ParseError) return { message: error.message, at: faultStretch(text, error) }
    // The parser calls itself for each digit of a number: a very long one is too deep for it.
    if (error instanceof RangeError) return { message: 'a value is too long to be read', at: [0, 0] }
    throw error
  }
}

/**
 * Where a key outside all tables can be added: behind the line of the last such key, else ahead of the first table and the comments right
 * above it. The text must be TOML.
 */
export function placeOfNewKey(text: string): number {
  const [top] = parseTOML(text, { tomlVersion: '1.1' }).body
  const last = top.body.findLast(({ type }) => type === 'TOMLKeyValue')
  if (last !== undefined) return endOfLine(text, last.range[1])
  const table = top.body[0]
  if (table === undefined) return text.length
  const lines = text.slice(0, table.range[0]).split(/(?<=\n)/)
  while (/^[ \t]*(#.*\r?\n)?$/.test(lines.at(-1) ?? 'x') && lines.at(-1)?.trim() !== '') lines.pop()
  return lines.join('').length
}

/** Where the line ends on which a character stands, its line end with it. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** A missing value is reported at its position, not at the position of the next token. */
function faultStretch(text: string, { index, message }: ParseError): Stretch {
  const start = /Unspecified values/.test(message) ? text.slice(0, index).trimEnd().length : index
  const [letter = ''] = text.slice(start)
  return [start, start + letter.length]
}

function tableLeaves({ key, resolvedKey, body }: AST.TOMLTable): TomlLeaf[] {
  const path = resolvedKey.filter((part) => typeof part === 'string')
  if (body.length === 0) return [{ key: path.join('.'), keyAt: key.range, value: undefined, valueAt: key.range }]
  return body.flatMap((node) => leavesOf(node, path))
}

function leavesOf({ key, value }: AST.TOMLKeyValue, above: readonly string[]): TomlLeaf[] {
  const path = [...above, ...key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value))]
  const leaf = { key: path.join('.'), keyAt: key.range, valueAt: value.range }
  if (value.type === 'TOMLArray') return [{ ...leaf, value: value.elements.map(plainValue) }]
  if (value.type === 'TOMLValue') return [{ ...leaf, value: plainValue(value) }]
  return value.body.length === 0 ? [{ ...leaf, value: undefined }] : value.body.flatMap((node) => leavesOf(node, path))
}

function plainValue(node: AST.TOMLContentNode): TomlValue {
  const value = node.type !== 'TOMLValue' || node.value instanceof Date ? undefined : node.value
  return { value, range: node.range }
}
