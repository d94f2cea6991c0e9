/** The file of settings: TOML, with each problem and its line. */
import { parse, TomlError } from 'smol-toml'
import { nearestWord } from '../config/index.ts'
import { firstInvisible } from '../values/index.ts'
import {
  type CommandName,
  OF_THE_MASTER,
  readSetting,
  SETTING_ROWS,
  type SettingName,
  type SettingRow,
} from './settings.ts'
import { LIST_TYPES, ValueError } from './values.ts'

/** What is wrong with a settings file, and in which line (from 1; 0 if it has none). */
export interface SettingsProblem {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** The settings that a file gives, and all that is wrong with it. A value with a problem is not among the values. */
export interface SettingsFile {
  readonly values: ReadonlyMap<SettingName, readonly string[]>
  readonly problems: readonly SettingsProblem[]
}

/** A TOML value with the dotted path of its key. */
type Leaf = readonly [key: string, value: unknown]

const ROW_OF_KEY = new Map(SETTING_ROWS.filter(([, row]) => row.key !== null).map((pair) => [pair[1].key, pair]))

/**
 * Reads the text of kickback.toml, for a command; `file` is only its name. Never throws: what is wrong is in the problems, a
 * setting of the master in the file of a proxy too.
 */
export function parseSettingsFile(file: string, text: string, command?: CommandName): SettingsFile {
  const table = parsed(text)
  const invisible = invisibleIn(file, text)
  if (table instanceof TomlError) {
    const message = (table.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
    const problems = [...invisible, { file, line: table.line, message }]
    return { values: new Map(), problems: problems.sort((a, b) => a.line - b.line) }
  }
  const values = new Map<SettingName, readonly string[]>()
  const problems: SettingsProblem[] = [...invisible]
  for (const leaf of leaves(table)) {
    const message = takeLeaf(leaf, values, command)
    if (message !== undefined) problems.push({ file, line: lineOf(text, leaf[0]), message })
  }
  return { values, problems: problems.sort((a, b) => a.line - b.line) }
}

/**
 * Characters that nobody sees, one a line, where no comment starts before them: TOML takes none of them as a blank, and no value of a
 * setting may hold one. A carriage return before a newline is a line end of TOML.
 */
function invisibleIn(file: string, text: string): SettingsProblem[] {
  return text.split(/\r?\n/).flatMap((content, i) => {
    const found = firstInvisible(Buffer.from(content).toString('latin1'), true)
    if (found === undefined) return []
    const before = Buffer.from(content).subarray(0, found.at).toString()
    if (startsComment(before)) return []
    return [
      {
        file,
        line: i + 1,
        message: `${found.name} is in column ${[...before].length + 1}; remove it or write a space`,
      },
    ]
  })
}

/** Whether a line that begins so has begun a comment: a # outside quotes. */
function startsComment(before: string): boolean {
  return before
    .replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '')
    .replace(/["'].*$/, '')
    .includes('#')
}

function parsed(text: string): Record<string, unknown> | TomlError {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw' })
  } catch (error) {
    if (error instanceof TomlError) return error
    throw error
  }
}

/** Every value that is no table; an empty table is a leaf too, since its name may be a mistake. */
function* leaves(table: object, path = ''): Generator<Leaf> {
  for (const [key, value] of Object.entries(table)) {
    const here = path === '' ? key : `${path}.${key}`
    const inside: Leaf[] = isTable(value) ? [...leaves(value, here)] : []
    if (inside.length > 0) yield* inside
    else yield [here, value]
  }
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** Puts a leaf among the values, or tells why it is none. */
function takeLeaf(
  [key, value]: Leaf,
  values: Map<SettingName, readonly string[]>,
  command: CommandName | undefined,
): string | undefined {
  const found = ROW_OF_KEY.get(key)
  if (found === undefined) return `unknown key '${key}'${suggestion(key)}`
  const [name, row] = found
  if (row.ofMaster && command === 'proxy') return `'${key}' ${OF_THE_MASTER}`
  const texts = textsOf(row, value)
  if (texts === undefined) return `'${key}' must be ${wanted(row)}`
  try {
    readSetting(row, texts)
  } catch (error) {
    if (error instanceof ValueError) return `'${key}': ${error.message}`
    throw error
  }
  values.set(name, texts)
  return undefined
}

/** A TOML value as a setting's texts, or undefined if its type is wrong. */
function textsOf(row: SettingRow, value: unknown): readonly string[] | undefined {
  if (row.type === 'switch') return typeof value === 'boolean' ? [String(value)] : undefined
  if (row.type === 'seconds') return typeof value === 'number' ? [String(value)] : undefined
  if (typeof value === 'string') return [value]
  const isList = LIST_TYPES.has(row.type) && Array.isArray(value) && value.every((item) => typeof item === 'string')
  return isList ? value : undefined
}

function wanted(row: SettingRow): string {
  if (row.type === 'switch') return 'true or false'
  if (row.type === 'seconds') return 'a number'
  return LIST_TYPES.has(row.type) ? 'a list of strings' : 'a string'
}

function suggestion(key: string): string {
  const near = nearestWord(
    key.replaceAll('-', '_'),
    [...ROW_OF_KEY.keys()].filter((known) => known !== null),
  )
  return near === undefined ? '' : `; did you mean '${near}'?`
}

/**
 * The line on which a key stands. The parser does not tell, so it is asked about ever longer beginnings of the text: the
 * first that holds the key ends with the key's value, which starts where the last whole beginning ended.
 */
function lineOf(text: string, key: string): number {
  const lines = text.split('\n')
  let start = 1
  for (let end = 1; end <= lines.length; end++) {
    const table = parsed(lines.slice(0, end).join('\n'))
    if (table instanceof TomlError) continue
    if (holds(table, key)) return start
    start = end + 1
  }
  return lines.length
}

function holds(table: Record<string, unknown>, key: string): boolean {
  for (const [path] of leaves(table)) if (path === key) return true
  return false
}
