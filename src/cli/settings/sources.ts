/** Where settings come from: the command line before the environment before the file. */
import { readFileSync } from 'node:fs'
import { type Diagnostic, diagnosticAt, type Location, wholeFile } from '../../config/index.ts'
import { systemErrorCode, systemMessage } from '../../values/index.ts'
import type { CommandName } from '../synopsis.ts'
import { SETTINGS_CODES } from './codes.ts'
import { parseSettingsFile, type SettingsFile } from './file.ts'
import { type GivenValues, readSetting, resolveSettings } from './given.ts'
import { DEFAULT_SETTINGS_FILE } from './rows/sources.ts'
import { SETTING_ROWS, type SettingName, type SettingPlace, type Settings } from './table.ts'
import { ValueError } from './values.ts'

/** The settings, resolved once, and what is wrong with the file that some come from. */
interface LoadedSettings {
  readonly settings: Settings
  readonly diagnostics: readonly Diagnostic[]
  /** Where the file gives those that it gives; a setting from another source is not in it. */
  readonly locations: ReadonlyMap<SettingPlace, Location>
}

/** The environment's variables, as process.env. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * Settings from the command line, then the environment (for commands that ask a service: `asks`), then the file, then the
 * defaults. Errors of the file are reported, and the rest of it is used.
 */
export function loadSettings(
  given: GivenValues,
  environment: Environment,
  asks: boolean,
  command?: CommandName,
): LoadedSettings {
  const file = readSettingsFile(given.get('settings')?.[0], command)
  const fromEnvironment = asks ? environmentValues(environment) : new Map()
  const settings = resolveSettings([given, fromEnvironment, file.values])
  const overruled = new Set<string>([...given.keys(), ...fromEnvironment.keys()])
  const locations = new Map([...file.locations].filter(([place]) => !overruled.has(place.replace(/\..*$/s, ''))))
  return { settings, diagnostics: file.diagnostics, locations }
}

/** The file's settings; the usual file may be absent, one that was named must be there. */
function readSettingsFile(named: string | undefined, command: CommandName | undefined): SettingsFile {
  const path = named ?? DEFAULT_SETTINGS_FILE
  try {
    return parseSettingsFile(path, readFileSync(path, 'utf8'), command)
  } catch (error) {
    const none = { values: new Map(), locations: new Map() }
    if (named === undefined && systemErrorCode(error) === 'ENOENT') return { ...none, diagnostics: [] }
    const unreadable = diagnosticAt(SETTINGS_CODES, 'settings-unreadable', wholeFile(path), systemMessage(error))
    return { ...none, diagnostics: [unreadable] }
  }
}

/** Settings that an environment variable gives; a useless value counts as none. */
function environmentValues(environment: Environment): GivenValues {
  const values = new Map<SettingName, readonly string[]>()
  for (const [name, row] of SETTING_ROWS) {
    const text = row.env === undefined ? undefined : environment[row.env]
    if (text === undefined || text === '') continue
    try {
      readSetting(row, [text])
      values.set(name, [text])
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
    }
  }
  return values
}
