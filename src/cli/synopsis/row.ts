/** What help and manual tell of a command, and the exit codes that commands share. */
import { GETENT_EXITS } from '../../resolver/index.ts'

/** The commands that there are. */
export type CommandName =
  | 'serve'
  | 'proxy'
  | 'dns'
  | 'setup'
  | 'nsswitch'
  | 'keys'
  | 'check'
  | 'query'
  | 'explain'
  | 'export'
  | 'import'
  | 'status'
  | 'nodes'
  | 'reload'
  | 'history'
  | 'add'
  | 'set'
  | 'remove'
  | 'wait'
  | 'backup'
  | 'restore'
  | 'snapshot'

/** Exit codes that every command shares. */
export const EXIT = { DONE: 0, FAILED: 1, USAGE: 64 } as const

/** The exit code of a command that did its work, or shows what works, where an administrator should look at the machine. */
export const NEEDS_ATTENTION = 3

/** The exit code of a look-up that found nothing, as getent(1) has it. */
export const NOT_FOUND: 2 = GETENT_EXITS.missing

/** One argument of a command. */
export interface CommandArgument {
  /** In the notation of help: `<db>`, `[key...]`. */
  readonly word: string
  readonly doc: string
  /** All that it can be; absent if that is open. */
  readonly choices?: readonly string[]
}

/** What help and manual say of a command. */
export interface CommandRow {
  readonly name: CommandName
  readonly arguments: readonly CommandArgument[]
  /** One line, for the list of commands. */
  readonly summary: string
  /** Further sentences. */
  readonly doc: string
  /** Command lines with what each does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** Exit codes with what each means. */
  readonly exits: readonly (readonly [code: number, meaning: string])[]
}

/** The line of every command about wrong usage. */
export const WRONG_USAGE = [EXIT.USAGE, 'wrong usage, or an error in the settings'] as const
