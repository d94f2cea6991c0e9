/** The file of settings: TOML, with each problem at its line and column. */
import {
  type Diagnostic,
  DiagnosticList,
  type Location,
  nearestWord,
  SourceText,
  type Span,
} from '../../config/index.ts'
import { firstInvisible } from '../../values/index.ts'
import type { CommandName } from '../synopsis.ts'
import { SETTINGS_CODES } from './codes.ts'
import { readSetting } from './given.ts'
import type { SettingRow } from './setting.ts'
import {
  OF_THE_MASTER,
  RENAMED_SETTINGS,
  SETTING_ROWS,
  SETTINGS,
  type SettingName,
  type SettingPlace,
} from './table.ts'
import { parseToml, type Stretch, type TomlLeaf, type TomlValue } from './toml.ts'
import { SETTING_TYPES, type TypeRow, wordsOf } from './types.ts'
import { ValueError } from './values.ts'

/** The settings that a file gives, and all that is wrong with it. A value with a problem is not among the values. */
export interface SettingsFile {
  readonly values: ReadonlyMap<SettingName, readonly string[]>
  /** Where the file gives each of them; of a setting that is a table also each key of it. */
  readonly locations: ReadonlyMap<SettingPlace, Location>
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[]
}

const ROW_OF_KEY = new Map(SETTING_ROWS.filter(([, row]) => row.key !== null).map((pair) => [pair[1].key, pair]))

/**
 * Reads the text of kickback.toml, for a command; `file` is only its name. Never throws: what is wrong is in the diagnostics, a
 * setting of the master in the file of a proxy too.
 */
export function parseSettingsFile(file: string, text: string, command?: CommandName): SettingsFile {
  const reader = new SettingsReader(file, text, command)
  reader.read()
  return {
    values: reader.values,
    locations: reader.locations,
    diagnostics: reader.diagnostics.list.sort((a, b) => a.line - b.line || a.column - b.column),
  }
}

/** Reads one file. */
class SettingsReader {
  readonly values = new Map<SettingName, readonly string[]>()
  readonly locations = new Map<SettingPlace, Location>()
  readonly diagnostics: DiagnosticList<keyof typeof SETTINGS_CODES>
  readonly #text: string
  readonly #source: SourceText
  readonly #command: CommandName | undefined

  constructor(file: string, text: string, command: CommandName | undefined) {
    this.#text = text
    this.#source = new SourceText(file, Buffer.from(text))
    this.#command = command
    this.diagnostics = new DiagnosticList(this.#source, SETTINGS_CODES)
  }

  read(): void {
    const areVisible = this.#tellInvisible()
    const leaves = parseToml(this.#text)
    if (!('message' in leaves)) for (const leaf of leaves) this.#take(leaf)
    else if (areVisible) this.diagnostics.add('settings-syntax', this.#spanOf(leaves.at), leaves.message)
  }

  /**
   * Characters that cannot be seen, one for each line, outside comments: TOML does not accept them as blanks, and no value of a
   * setting may hold one. A carriage return before a newline is a line end of TOML. Whether there are none.
   */
  #tellInvisible(): boolean {
    let start = 0
    for (const [i, content] of this.#text.split('\n').entries()) {
      const bytes = Buffer.from(content)
      const found = firstInvisible(bytes.toString('latin1').replace(/\r$/, ''), true)
      if (found !== undefined && !startsComment(bytes.subarray(0, found.at).toString())) {
        const span = { line: i + 1, start: start + found.at, end: start + found.at + found.length }
        this.diagnostics.add('settings-invisible', span, `${found.name} is here; remove it or write a space`)
      }
      start += bytes.length + 1
    }
    return this.diagnostics.list.length === 0
  }

  /** Adds a leaf to the values, or gives the reason why it is not a setting. */
  #take(leaf: TomlLeaf): void {
    const { key, keyAt } = leaf
    const found = ROW_OF_KEY.get(key) ?? tableOf(key)
    if (found === undefined) {
      if (leaf.value !== undefined || !isTable(key))
        this.diagnostics.add('unknown-setting', this.#spanOf(keyAt), `unknown key '${key}'${suggestion(key)}`)
      return
    }
    const [name, row] = found
    if (row.ofMaster && this.#command === 'proxy') {
      this.diagnostics.add('setting-of-master', this.#spanOf(keyAt), `'${key}' ${OF_THE_MASTER}`)
      return
    }
    const fault = faultOf(row, leaf)
    if (fault !== undefined) {
      this.diagnostics.add('bad-setting', this.#spanOf(fault.at), fault.message)
      return
    }
    const inTable = keyInTable(row, key)
    const before = inTable === undefined ? [] : (this.values.get(name) ?? [])
    this.values.set(name, [...before, ...(textsOf(row, leaf) ?? [])])
    const place = inTable === undefined ? name : (`${name}.${inTable}` as const)
    this.locations.set(place, this.#source.locate(this.#spanOf(inTable === undefined ? leaf.valueAt : leaf.keyAt)))
  }

  /** The bytes of a stretch, as far as they are on its first line. */
  #spanOf([start, end]: Stretch): Span {
    const before = this.#text.slice(0, start)
    const [first = ''] = this.#text.slice(start, end).split(/\r?\n/)
    const from = Buffer.byteLength(before)
    return { line: before.split('\n').length, start: from, end: from + Buffer.byteLength(first) }
  }
}

/** Whether a line that begins so has begun a comment: a # outside quotes. */
function startsComment(before: string): boolean {
  return before.replace(/"(?:[^"\\]|\\.)*(?:"|\\?$)|'[^']*(?:'|$)/gs, '').includes('#')
}

/** Whether there are settings in a table of that name. */
function isTable(name: string): boolean {
  return SETTING_ROWS.some(([, { key }]) => key?.startsWith(`${name}.`))
}

/** What the file must have for a setting. */
function typeOf(row: SettingRow): Pick<TypeRow<unknown>, 'inFile' | 'isList' | 'isTable'> {
  return SETTING_TYPES[row.type]
}

/** The setting that is a table with any keys, and has this one. */
function tableOf(key: string): readonly [SettingName, SettingRow] | undefined {
  return SETTING_ROWS.find(([, row]) => keyInTable(row, key) !== undefined)
}

/** A key of the file without the name of the table that is this setting; undefined if it is no key of such a table. */
function keyInTable(row: SettingRow, key: string): string | undefined {
  return typeOf(row).isTable && key.startsWith(`${row.key}.`) ? key.slice(`${row.key}.`.length) : undefined
}

/**
 * What is wrong with the value of a setting, and where; undefined where nothing is. Of a list the first wrong value is
 * reported.
 */
function faultOf(row: SettingRow, leaf: TomlLeaf): { message: string; at: Stretch } | undefined {
  const { key, value, valueAt } = leaf
  const texts = textsOf(row, leaf)
  if (texts === undefined) {
    const words = typeOf(row).isTable && key === row.key ? 'table' : wordsOf(row.type)
    const wanted = row.type === 'switch' ? words : `a ${words}`
    return { message: `'${key}' must be ${wanted}`, at: valueAt }
  }
  const message = problemOf(row, texts)
  if (message === undefined) return undefined
  const isWrong = (one: TomlValue): boolean => problemOf(row, textsOf(row, { ...leaf, value: one }) ?? []) !== undefined
  const wrong = value === undefined || isPlain(value) ? undefined : value.find(isWrong)
  return { message: `'${key}': ${message}`, at: wrong?.range ?? valueAt }
}

function problemOf(row: SettingRow, texts: readonly string[]): string | undefined {
  try {
    readSetting(row, texts)
    return undefined
  } catch (error) {
    if (error instanceof ValueError) return error.message
    throw error
  }
}

/** A TOML value as a setting's texts, or undefined if its type is wrong. */
function textsOf(row: SettingRow, { key, value }: TomlLeaf): readonly string[] | undefined {
  const { inFile, isList, isTable } = typeOf(row)
  const inTable = keyInTable(row, key)
  // Of a table itself only the empty one is a leaf.
  if (isTable && inTable === undefined) return value === undefined ? [] : undefined
  if (value === undefined) return undefined
  const values: readonly TomlValue[] = isPlain(value) ? [value] : value
  const isRight = (one: TomlValue): boolean => typeof one.value === inFile
  const isAllowed = isList || isPlain(value)
  if (!isAllowed || !values.every(isRight)) return undefined
  const texts = values.map((one) => String(one.value))
  return inTable === undefined ? texts : [`${inTable}=${texts.map(inList).join(',')}`]
}

/** A text as one of a list with commas behind a `=`: what has such a sign in it stays one text that is no name. */
function inList(text: string): string {
  return /[,=]/.test(text) || text === '' ? JSON.stringify(text).replaceAll(/[,=]/g, ' ') : text
}

function isPlain(value: TomlValue | readonly TomlValue[]): value is TomlValue {
  return 'range' in value
}

function suggestion(key: string): string {
  const renamed = RENAMED_SETTINGS.find(({ before }) => before === key)
  if (renamed !== undefined) return `: it is called '${SETTINGS[renamed.now].key}' now`
  const near = nearestWord(
    key.replaceAll('-', '_'),
    [...ROW_OF_KEY.keys()].filter((known) => known !== null),
  )
  return near === undefined ? '' : `; did you mean '${near}'?`
}
