/** The parser: the bytes of a configuration to a cluster and its diagnostics. */
import { buildCluster } from './build.ts'
import { checkAddresses } from './checks/addresses.ts'
import { warnAboutBroadcast } from './checks/broadcast.ts'
import { warnAboutCompanions } from './checks/companions.ts'
import { checkFormats } from './checks/formats.ts'
import { checkGroups, noteUnapproved, warnAboutClasses } from './checks/groups.ts'
import { checkMacs, warnAboutIgnored } from './checks/macs.ts'
import { checkNames } from './checks/names.ts'
import { checkNumbers, warnAboutAbsentNodes } from './checks/numbers.ts'
import { checkHostsInRanges, checkRanges } from './checks/ranges.ts'
import { checkHostSizes, checkRepeats } from './checks/repeats.ts'
import type { Cluster } from './cluster.ts'
import { Arguments, type LineContext } from './directives/arguments.ts'
import { directiveOf, suggestKeyword } from './directives/table.ts'
import { Draft, type ReadLine } from './draft.ts'
import { numberLines } from './nodes/numbering.ts'
import { type ConfigOutline, OutlinePlaces, outlineOf } from './outline.ts'
import { ConfigDiagnostics } from './text/config-diagnostics.ts'
import type { Diagnostic } from './text/diagnostic.ts'
import { type Line, lex, lexed, type Word } from './text/lexer.ts'
import { quote } from './text/quote.ts'
import { SourceText } from './text/source-text.ts'

/** Options of a parse. */
interface ParseOptions {
  /** The cluster's domain, so that NAME and NAME.domain are known to be one name. No dot at either end. */
  readonly domain?: string
  /** The name of the file, as diagnostics tell it. */
  readonly file?: string
}

/** What a configuration says, and the diagnostics about it. */
export interface ParsedConfig {
  /**
   * The cluster of the lines without errors. With errors it is only for a caller that chose to skip bad lines: an entry
   * with an error, or the lesser of two that clash, is left out. Even then it has no clashes.
   */
  readonly cluster: Cluster
  /** In file order: the first 10,000 of each severity that were found. */
  readonly diagnostics: readonly Diagnostic[]
  /** How many errors more there are. */
  readonly omittedErrors: number
  /** How many diagnostics more there are, errors among them. */
  readonly omitted: number
  /** The numbers of the lines that the cluster leaves out, ascending; empty when there is no error. */
  readonly leftOut: readonly number[]
  /** What is needed to follow a change of some lines. */
  readonly outline: ConfigOutline
}

/**
 * Reads a configuration. Takes any bytes, never throws, never stops early; the same bytes give the same result.
 * See docs/config.md for the language and docs/diagnostics.md for what is said.
 */
export function parseConfig(bytes: Uint8Array, options: ParseOptions = {}): ParsedConfig {
  const diagnostics = new ConfigDiagnostics(new SourceText(options.file ?? 'config', bytes))
  const { read, places } = readPlaced(bytes, diagnostics, options)
  const draft = new Draft(read, numberLines(read, diagnostics), diagnostics)
  judge(draft)
  diagnostics.list.sort((a, b) => a.line - b.line || a.column - b.column)
  const cluster = buildCluster(draft)
  return {
    cluster,
    diagnostics: diagnostics.told,
    omittedErrors: diagnostics.omittedErrors,
    omitted: diagnostics.omitted,
    leftOut: [...diagnostics.leftOut].sort((a, b) => a - b),
    outline: outlineOf(places, { draft, cluster }),
  }
}

/** Holds a configuration against all rules, and leaves out what is in error. */
export function judge(draft: Draft): void {
  check(draft)
  warnAboutAbsentNodes(draft)
  warnAboutClasses(draft)
  warnAboutCompanions(draft)
  noteUnapproved(draft)
  warnAboutIgnored(draft)
  warnAboutBroadcast(draft)
  settleRest(draft)
}

/** Reads each line by itself, and keeps no words: the lines whose keyword we know, and the places that an outline tells. */
function readPlaced(
  bytes: Uint8Array,
  diagnostics: ConfigDiagnostics,
  { domain }: ParseOptions,
): { read: ReadLine[]; places: OutlinePlaces } {
  const [read, places]: [ReadLine[], OutlinePlaces] = [[], new OutlinePlaces()]
  for (const [line, readLine] of readEach(lexed(bytes, diagnostics), { bytes, diagnostics, domain })) {
    read.push(readLine)
    places.note(readLine.keyword, line)
  }
  return { read, places }
}

/** Reads lines one after the other, and gives those whose keyword we know. */
function* readEach(lines: Iterable<Line>, context: LineContext): Generator<readonly [Line, ReadLine], void> {
  for (const line of lines) {
    const readLine = readWords(line.words, context)
    if (readLine !== undefined) yield [line, readLine]
  }
}

/** Reads each line by itself: all lines of the file, and those whose keyword we know. */
export function readConfig(
  bytes: Uint8Array,
  diagnostics: ConfigDiagnostics,
  options: ParseOptions = {},
): { lines: Line[]; read: ReadLine[] } {
  const lines = lex(bytes, diagnostics)
  const read = readEach(lines, { bytes, diagnostics, domain: options.domain })
  return { lines, read: Array.from(read, ([, readLine]) => readLine) }
}

/** Reads the words of a line; undefined where its keyword is not known. */
export function readWords(words: readonly Word[], context: LineContext): ReadLine | undefined {
  const [keyword] = words
  if (keyword === undefined) return undefined
  const directive = directiveOf(keyword.value)
  if (directive === undefined) return reportUnknown(keyword, context.diagnostics)
  const args = new Arguments(keyword, words, directive, context)
  return { keyword: directive.keyword, span: args.span, entry: directive.read(args) }
}

function reportUnknown(keyword: Word, diagnostics: ConfigDiagnostics): undefined {
  const suggestion = suggestKeyword(keyword.value)
  const hint = suggestion === undefined ? 'it is ignored' : `did you mean ${suggestion}?`
  diagnostics.report('unknown-keyword', keyword, `${quote(keyword)} is not a keyword of kickback; ${hint}`)
}

/** The rules about several lines. Each one sees only the lines that those before it did not leave out. */
function check(draft: Draft): void {
  checkRepeats(draft)
  checkHostSizes(draft)
  checkNumbers(draft)
  checkRanges(draft)
  checkHostsInRanges(draft)
  checkFormats(draft)
  checkNames(draft)
  checkMacs(draft)
  checkAddresses(draft)
  checkGroups(draft)
}

const MOST_ROUNDS = 10

/**
 * Leaving out a line can make a new clash: without a bad nodename line the default format is used again. So the rules are
 * checked again until nothing more is left out; as a last resort no line that names a machine is kept.
 */
function settleRest(draft: Draft): void {
  const { diagnostics } = draft
  let before = -1
  for (let round = 0; diagnostics.leftOut.size > 0 && diagnostics.leftOut.size !== before; round++) {
    before = diagnostics.leftOut.size
    diagnostics.onlyErrorsOf(() => check(draft))
    if (round < MOST_ROUNDS) continue
    for (const entry of [
      ...draft.of('host'),
      ...draft.of('nodename'),
      ...draft.of('iprange'),
      ...draft.of('hostrange'),
    ]) {
      diagnostics.leftOut.add(entry.span.line)
    }
    return
  }
}
