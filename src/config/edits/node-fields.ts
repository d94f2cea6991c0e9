/** The fields of a node line as an edit sets them: class, sequence, stage and MACs. */
import { macKey, parseMac } from '../../values/index.ts'
import { type NodeWords, OFF, sortNodeWords } from '../directives/node-line.ts'
import type { Line, Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import { EditError, plainWord, type Splice } from './edit.ts'

/** Fields of a node line that are to be as said; one that is left out stays. */
export interface NodeFields {
  /** `-` for none: sequence and stage, which stand behind it, go with it. */
  readonly class?: string | undefined
  /** `pxe` and `local`, joined with `+`. */
  readonly sequence?: string | undefined
  /** One step of the sequence. */
  readonly stage?: string | undefined
  /** All MACs of the node; `off` alone for none. */
  readonly macs?: readonly string[] | undefined
}

/** What is given in place of a class for none; no class has this name. */
const NO_CLASS = '-'

/** The fields that stand in this order: none without those before it. */
const ORDER = ['class', 'sequence', 'stage'] as const
type Field = (typeof ORDER)[number]

/**
 * What to replace on a node line so that it has these fields; nothing where it has them.
 * @throws EditError if a field before one that is set is missing, or a value can't be written there.
 */
export function fieldSplices(line: Line, number: number, fields: NodeFields): Splice[] {
  const [keyword, ...words] = line.words
  if (keyword === undefined) return []
  const sorted = sortNodeWords(words)
  checkFields(number, sorted, fields)
  const boot =
    fields.class === NO_CLASS
      ? ORDER.flatMap((name) => without(line, sorted[name]))
      : bootSplices(keyword, sorted, fields)
  return [...boot, ...macSplices(line, sorted, fields.macs)].sort((a, b) => a.start - b.start)
}

/** The words that stand are replaced; those that are missing follow the last of them, else the number, else the keyword. */
function bootSplices(keyword: Word, words: NodeWords, fields: NodeFields): Splice[] {
  const standing = ORDER.flatMap((name) => words[name] ?? [])
  const missing = ORDER.slice(standing.length).flatMap((name) => fields[name] ?? [])
  const after = standing.at(-1) ?? words.number ?? keyword
  return [
    ...ORDER.flatMap((name) => replaced(words[name], fields[name])),
    ...(missing.length === 0 ? [] : [{ start: after.end, end: after.end, text: missing.map(spaced).join('') }]),
  ]
}

function replaced(word: Word | undefined, text: string | undefined): Splice[] {
  return word === undefined || text === undefined || word.value === text ? [] : [over(word, text)]
}

/** The first MACs take the places of those that stand; more follow the last place, and places that are too many go. */
function macSplices(line: Line, words: NodeWords, macs: readonly string[] | undefined): Splice[] {
  if (macs === undefined) return []
  const places = line.words.slice(1).filter(({ value }) => value === OFF || parseMac(value) !== undefined)
  if (
    sameMacs(
      places.map(({ value }) => value),
      macs,
    )
  )
    return []
  const more = macs.slice(places.length)
  const end =
    (places.at(-1) ?? words.stage ?? words.sequence ?? words.class ?? words.number ?? line.words[0])?.end ?? line.start
  return [
    ...places.flatMap((place, i) => {
      const mac = macs[i]
      if (mac === undefined) return without(line, place)
      return sameMac(place.value, mac) ? [] : [over(place, mac)]
    }),
    ...(more.length === 0 ? [] : [{ start: end, end, text: more.map(spaced).join('') }]),
  ]
}

/** The line without a word, and without the white space before it. */
function without(line: Line, word: Word | undefined): Splice[] {
  if (word === undefined) return []
  return [{ start: line.words[line.words.indexOf(word) - 1]?.end ?? word.start, end: word.end, text: '' }]
}

function sameMac(one: string, other: string): boolean {
  const [a, b] = [parseMac(one), parseMac(other)]
  return a === undefined || b === undefined ? one === other : macKey(a) === macKey(b)
}

/** Whether two lists say the same of a node: a MAC counts once, and beside others `off` says nothing. */
function sameMacs(some: readonly string[], others: readonly string[]): boolean {
  const said = (list: readonly string[]) => [...new Set(list.flatMap((text) => parseMac(text) ?? []).map(macKey))]
  return said(some).join() === said(others).join()
}

function over({ start, end }: Word, text: string): Splice {
  return { start, end, text }
}

function spaced(text: string): string {
  return ` ${text}`
}

/** Refuses fields that would be read as others, or as none. */
function checkFields(number: number, words: NodeWords, fields: NodeFields): void {
  const value = (name: Field): string | undefined => fields[name] ?? words[name]?.value
  if (fields.class === NO_CLASS) checkNoClass(number, words, fields)
  for (const [i, name] of ORDER.entries()) {
    const before = ORDER[i - 1]
    if (fields[name] === undefined || before === undefined || value(before) !== undefined) continue
    throw new EditError(
      `the line of node ${number} has no boot ${before}, which stands before the ${name}: set --${before} too`,
    )
  }
  if (fields.class !== undefined && fields.class !== NO_CLASS) checkClass(fields.class)
  checkBoot(number, value('sequence'), value('stage'), fields)
  const macs = fields.macs ?? []
  const bad = macs.find((mac) => parseMac(mac) === undefined && !(mac === OFF && macs.length === 1))
  if (bad !== undefined)
    throw new EditError(`${quote(bad)} is not a MAC address: six hex octets are needed, or ${OFF} alone`)
}

/** Behind the words that go, no other may stand that would be read as the class then. */
function checkNoClass(number: number, { extra }: NodeWords, { sequence, stage }: NodeFields): void {
  if (sequence !== undefined || stage !== undefined)
    throw new EditError('a node without a class has no boot sequence and no stage: leave --sequence and --stage out')
  if (extra !== undefined)
    throw new EditError(
      `the line of node ${number} has ${quote(extra.value)}, which is no field: take it out in the file first`,
    )
}

function checkClass(name: string): void {
  const value = plainWord(name)
  const word = { line: 1, start: 0, end: value.length, value }
  if (sortNodeWords([word]).class !== word) throw new EditError(`${quote(name)} names no class`)
}

function checkBoot(number: number, sequence: string | undefined, stage: string | undefined, fields: NodeFields): void {
  if (fields.sequence !== undefined && !/^(?:pxe|local)(?:\+(?:pxe|local))*$/.test(fields.sequence)) {
    throw new EditError(`${quote(fields.sequence)} is not a boot sequence: write pxe and local, joined with +`)
  }
  const isSet = fields.sequence !== undefined || fields.stage !== undefined
  if (!isSet || sequence === undefined || stage === undefined || sequence.split('+').includes(stage)) return
  const too = fields.stage === undefined ? ': set --stage too' : ''
  throw new EditError(`${quote(stage)} is not a step of the sequence ${sequence} of node ${number}${too}`)
}
