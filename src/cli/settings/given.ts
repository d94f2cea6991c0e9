/** Settings as they were given, from one source or several, and what they come to. */
import type { SettingRow } from './setting.ts'
import { SETTING_ROWS, type SettingName, type Settings } from './table.ts'
import { SETTING_TYPES, type SettingType, type SettingValues } from './types.ts'
import { ValueError } from './values.ts'

/** Values as text, of the settings that one source (command line, environment, file, defaults) gives. */
export type GivenValues = ReadonlyMap<SettingName, readonly string[]>

/** The value of one setting from its text. Throws ValueError, which says what was wanted. */
export function readSetting(row: SettingRow, texts: readonly string[]): SettingValues[SettingType] {
  const { isList, read } = SETTING_TYPES[row.type]
  if (texts.length > 1 && !isList) throw new ValueError('only one value is allowed')
  return read(texts, row.usualPort)
}

/** All settings: of each the value of the first source that gives it, else its default. Throws ValueError. */
export function resolveSettings(sources: readonly GivenValues[]): Settings {
  const values = SETTING_ROWS.map(([name, row]) => {
    const texts = sources.find((source) => source.has(name))?.get(name) ?? row.default
    return [name, readSetting(row, texts)] as const
  })
  return Object.fromEntries(values) as unknown as Settings
}
