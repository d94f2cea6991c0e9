/** Edits of a configuration that keep every other byte of it. */
import { type NodeWords, sortNodeWords } from './directives/node-line.ts'
import { numberLines } from './nodes/numbering.ts'
import { readConfig } from './parser.ts'
import { ConfigDiagnostics } from './text/config-diagnostics.ts'
import { type Line, lex, type Word } from './text/lexer.ts'
import { SourceText } from './text/source-text.ts'
import type { Span } from './text/span.ts'

/** Why an edit was not made; the bytes are as they were. */
export class EditError extends Error {
  override readonly name = 'EditError'
}

/**
 * Moves node `number` to the next step of its boot sequence, as another program does when its image has been sent:
 * `pxe+local pxe` becomes `pxe+local local`; the last step stays, and so does a node without a sequence.
 * @throws EditError if the node has no line of its own.
 */
export function advanceStage(bytes: Uint8Array, number: number): Uint8Array {
  const { words } = nodeLine(bytes, number)
  const { sequence, stage } = words
  if (sequence === undefined || stage === undefined) return bytes
  const steps = sequence.value.split('+')
  const at = steps.indexOf(stage.value)
  const next = at < 0 ? undefined : steps[at + 1]
  return next === undefined ? bytes : replace(bytes, stage, next)
}

/**
 * Sets the boot stage on the line of node `number`; every other byte stays.
 * @throws EditError if the node has no line, its line has no sequence, or the stage is no step of it.
 */
export function setStage(bytes: Uint8Array, number: number, stage: string): Uint8Array {
  const { words } = nodeLine(bytes, number)
  if (words.sequence === undefined) throw new EditError(`the line of node ${number} has no boot sequence`)
  if (!words.sequence.value.split('+').includes(stage)) {
    throw new EditError(`${stage} is not a step of the sequence ${words.sequence.value} of node ${number}`)
  }
  return words.stage === undefined ? insertWord(bytes, words.sequence, stage) : replace(bytes, words.stage, stage)
}

/**
 * Sets the class on the line of node `number`; every other byte stays.
 * @throws EditError if the node has no line, or the name can't be written as one word.
 */
export function setClass(bytes: Uint8Array, number: number, name: string): Uint8Array {
  const { keyword, words } = nodeLine(bytes, number)
  if (!isPlainWord(name) || !readsAsClass(name)) throw new EditError(`${JSON.stringify(name)} names no class`)
  return words.class === undefined
    ? insertWord(bytes, words.number ?? keyword, name)
    : replace(bytes, words.class, name)
}

/**
 * Adds a line after the last one of its keyword, or at the end if there is none. It ends as the lines around it do.
 * @throws EditError if `text` is not one line of a keyword of ours that is right by itself.
 */
export function addLine(bytes: Uint8Array, text: string): Uint8Array {
  const added = Buffer.from(text)
  const diagnostics = unreportedDiagnostics(added)
  const { lines: written, read } = readConfig(added, diagnostics)
  const keyword = read[0]?.keyword
  if (keyword === undefined || written.length > 1 || added.includes('\n') || diagnostics.leftOut.size > 0) {
    throw new EditError(`${JSON.stringify(text)} is not one line of a configuration`)
  }
  const lines = lex(bytes, unreportedDiagnostics(bytes))
  const after = lines.findLast((other) => other.words[0]?.value === keyword) ?? lines.at(-1)
  return after === undefined
    ? Buffer.concat([added, NEWLINE])
    : addAfter(bytes, added, after, terminatorOf(bytes, lines))
}

/**
 * Removes a whole line, its comment and its terminator with it.
 * @throws EditError if there is no such line.
 */
export function removeLine(bytes: Uint8Array, number: number): Uint8Array {
  const line = lex(bytes, unreportedDiagnostics(bytes))[number - 1]
  if (line === undefined) throw new EditError(`there is no line ${number}`)
  const markEnd = line.start === 0 && startsWithMark(bytes) ? MARK.length : line.start
  return Buffer.concat([bytes.subarray(0, markEnd), bytes.subarray(line.end)])
}

const NEWLINE = Buffer.from('\n')
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

function startsWithMark(bytes: Uint8Array): boolean {
  return MARK.equals(bytes.subarray(0, MARK.length))
}

/** Diagnostics that are not reported: an edit does not check the other lines. */
function unreportedDiagnostics(bytes: Uint8Array): ConfigDiagnostics {
  return new ConfigDiagnostics(new SourceText('', bytes))
}

/** The words of the line of a node: of the first, should there be several. */
function nodeLine(bytes: Uint8Array, number: number): { keyword: Word; words: NodeWords } {
  const diagnostics = unreportedDiagnostics(bytes)
  const { lines, read } = readConfig(bytes, diagnostics)
  const node = numberLines(read, diagnostics).nodes.find(({ number: each }) => each === number)
  const [keyword, ...words] = (node && lines[node.entry.span.line - 1]?.words) ?? []
  if (keyword === undefined) throw new EditError(`node ${number} has no line of its own`)
  return { keyword, words: sortNodeWords(words) }
}

function replace(bytes: Uint8Array, span: Span, text: string): Uint8Array {
  return Buffer.concat([bytes.subarray(0, span.start), Buffer.from(text), bytes.subarray(span.end)])
}

function insertWord(bytes: Uint8Array, after: Span, text: string): Uint8Array {
  return replace(bytes, { ...after, start: after.end }, ` ${text}`)
}

function isPlainWord(text: string): boolean {
  return /^[^\s#"'\\\p{Cc}]+$/u.test(text)
}

/** True for a word that is the class when it follows `node`. */
function readsAsClass(name: string): boolean {
  const word = { line: 1, start: 0, end: name.length, value: name }
  return sortNodeWords([word]).class === word
}

/** The terminator of the first line, so that a CRLF file stays one. */
function terminatorOf(bytes: Uint8Array, [first]: readonly Line[]): Uint8Array {
  return first !== undefined && first.end > first.contentEnd ? bytes.subarray(first.contentEnd, first.end) : NEWLINE
}

function addAfter(bytes: Uint8Array, added: Uint8Array, after: Line, terminator: Uint8Array): Uint8Array {
  const unterminated = after.end === after.contentEnd
  const parts = unterminated ? [terminator, added, terminator] : [added, terminator]
  return Buffer.concat([bytes.subarray(0, after.end), ...parts, bytes.subarray(after.end)])
}
