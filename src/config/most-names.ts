/** How many names of nodes a configuration gives at most, told without building it: two lines may mean a million nodes. */
import { parseAddress, rangeSize } from '../values/index.ts'
import { MAX_NODE } from './nodes/nodeset.ts'
import { lex } from './text/lexer.ts'

/** Lines that mean one machine or nothing: most of a long file. */
const OF_ONE = /^[ \t]*(?:#|node[ \t]|host[ \t]|$)/
const SILENT = { report: () => {} }

/** The words of the lines that may mean many machines. */
function* linesOfMany(bytes: Uint8Array): Generator<readonly string[], void, undefined> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  for (const line of text.split('\n')) {
    if (OF_ONE.test(line)) continue
    for (const { words } of lex(Buffer.from(line, 'latin1'), SILENT)) yield words.map(({ value }) => value)
  }
}

/** How many addresses a range has; 0 where it is none. */
function sizeOf(words: readonly string[]): number {
  const [first, last] = words.slice(-2).map(parseAddress)
  if (first === undefined || last === undefined || first.family !== last.family) return 0
  return Math.max(0, Number(rangeSize({ first, last })))
}

/**
 * An upper bound of the names that nodes have by `nodes`, `iprange` and `nodename` lines. What `node` lines add is not in it: it is no more than they are. Never
 * throws. It takes a small part of what it takes to parse the file.
 */
export function mostNames(bytes: Uint8Array): number {
  let [counted, addressed, formats] = [0, 0, 1]
  for (const [keyword, ...words] of linesOfMany(bytes)) {
    if (keyword === 'nodes') counted = Math.max(counted, Number(words[0]) || 0)
    else if (keyword === 'iprange') addressed += sizeOf(words)
    else if (keyword === 'nodename') formats++
  }
  return Math.min(counted || addressed, addressed, MAX_NODE + 1) * formats
}
