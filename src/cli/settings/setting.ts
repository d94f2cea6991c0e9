/** What is known of a setting: a row of the table of settings. */
import type { CommandName } from '../synopsis.ts'
import type { SettingType } from './types.ts'

/** One setting: everything that help, manual, documents and both readers know about it. */
export interface SettingRow<Type extends SettingType = SettingType> {
  readonly flag: `--${string}`
  /** The key in kickback.toml, `table.key` inside a table; null if only the command line takes it. */
  readonly key: string | null
  readonly type: Type
  /** The name of the value in help; empty for a switch. */
  readonly placeholder: string
  /** As one would write it: none, one, or several for a list. */
  readonly default: readonly string[]
  /** What help says in place of the default, where that is worked out later. */
  readonly defaultDoc?: string
  /** The port that may be left out of an endpoint. */
  readonly usualPort?: number
  /** The environment variable that is used after the command line and before the file, for the commands that ask a service. */
  readonly env?: string
  /** One sentence. */
  readonly doc: string
  readonly commands: readonly CommandName[]
  /** Part of each generation: a proxy that is given it says that it belongs on the master. */
  readonly ofMaster?: true
}

/** A setting; its key in the file is its option with other signs, unless `more` says otherwise. */
export function row<Type extends SettingType>(
  type: Type,
  flag: `--${string}`,
  placeholder: string,
  fallback: readonly string[],
  commands: readonly CommandName[],
  doc: string,
  more: Partial<SettingRow<Type>> = {},
): SettingRow<Type> {
  return { type, flag, placeholder, default: fallback, commands, doc, key: flag.slice(2).replaceAll('-', '_'), ...more }
}
