import type { Settings } from './settings.ts'
import type { SettingsProblem } from './settings-file.ts'

/** Where a command's words go. Each text is whole lines. */
export interface Terminal {
  /** What was asked for. */
  print(text: string | Uint8Array): void
  /** What went wrong. */
  complain(text: string): void
}

/** A command as it was called. */
export interface Invocation {
  readonly settings: Settings
  /** The words beside the options, as many as the command's row says. */
  readonly args: readonly string[]
  /** The words that the process was called with, as bytes, where one of them is no UTF-8 (typed-bytes.ts). */
  readonly called?: Uint8Array | undefined
  /** What is wrong with the settings file: only `check` is called with any. */
  readonly problems: readonly SettingsProblem[]
  readonly version: string
  readonly terminal: Terminal
}

/** What each command's file exports: does the command, and resolves to the exit code. */
export type RunCommand = (invocation: Invocation) => Promise<number>

/** The code of a system error (ENOENT, EACCES, ...), or undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What the system said, without the call and the path that Node puts around it: `no such file or directory`. */
export function systemMessage(error: unknown): string {
  if (systemErrorCode(error) === 'EISDIR') return 'it is a directory'
  return messageOf(error).replace(/^[A-Z0-9]+: ([^,]+), .*$/s, '$1')
}
