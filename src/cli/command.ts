/** A command as it is called: its words, its settings, and where its output goes. */
import type { Diagnostic, Location } from '../config/index.ts'
import type { SettingPlace, Settings } from './settings/table.ts'
import type { Screen } from './terminal/screen.ts'

/** Where a command's words go. Each text is whole lines. */
export interface Terminal {
  /** What was asked for. */
  print(text: string | Uint8Array): void
  /** What went wrong. */
  complain(text: string): void
  /** The terminal that is printed to, as it is now; absent where that is a pipe or a file. */
  readonly screen?: Screen | undefined
  /** Whether nobody takes what is printed any more. */
  readonly isBroken?: boolean
}

/** A command as it was called. */
export interface Invocation {
  readonly settings: Settings
  /** The words beside the options, as many as the command's row says. */
  readonly args: readonly string[]
  /** The words that the process was called with, as bytes, where one of them is no UTF-8 (typed-bytes.ts). */
  readonly called?: Uint8Array | undefined
  /** What is wrong with the settings file: only `check` is called with any. */
  readonly diagnostics: readonly Diagnostic[]
  /** Where the settings file gives the settings that come from it, and each key of those that are tables. */
  readonly locations: ReadonlyMap<SettingPlace, Location>
  readonly version: string
  readonly terminal: Terminal
}

/** What each command's file exports: does the command, and resolves to the exit code. */
export type RunCommand = (invocation: Invocation) => Promise<number>
