/** The audit log of a master: who did what to its keys and content, one JSON line each (docs/operation.md, "The audit log"). */
import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, messageOf, printable, syncFolderSync } from '../../values/index.ts'

/** The file in the state dir; the one before it ends with `.1`. */
const FILE = 'audit'
/** How long a file grows, in bytes: there are two. */
const SIZE_MAX = 1024 * 1024
/** How much of a text is written. */
const TEXT_MAX = 500

/** Something that was done. */
export interface AuditEntry {
  /** Seconds since 1970. */
  readonly time: number
  readonly action: string
  /** The login uid that the command told; undefined if it told none. It is root's word: nobody else may ask for this. */
  readonly login: number | undefined
  /** What was before, and what is now, in words. */
  readonly before?: string | undefined
  readonly after?: string | undefined
}

/** Adds entries to the log of a state dir, for good. Throws the system's error. */
export function addAudit(stateDir: string, ...entries: readonly AuditEntry[]): void {
  if (entries.length === 0) return
  const file = join(stateDir, FILE)
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
  const fd = openSync(file, flags, 0o600)
  try {
    fchmodSync(fd, 0o600)
    writeSync(fd, entries.map(lineOf).join(''))
    fsyncSync(fd)
    if (fstatSync(fd).size > SIZE_MAX) renameSync(file, `${file}.1`)
  } finally {
    closeSync(fd)
  }
  syncFolderSync(stateDir)
}

function lineOf({ time, action, login, before, after }: AuditEntry): string {
  const text = (one: string | undefined): string | undefined => one && printable(one).slice(0, TEXT_MAX)
  const entry = {
    time: new Date(Math.floor(time) * 1000).toISOString(),
    action: text(action),
    login,
    before: text(before),
    after: text(after),
  }
  return `${JSON.stringify(entry)}\n`
}

/** The audit log of a daemon, which also tells its log. */
export class Audit {
  readonly #stateDir: string
  readonly #log: Pick<Log, 'warn' | 'error'>
  readonly #clock: () => number

  /** `clock`: seconds since 1970. */
  constructor(stateDir: string, log: Pick<Log, 'warn' | 'error'>, clock: () => number) {
    this.#stateDir = stateDir
    this.#log = log
    this.#clock = clock
  }

  /** Adds an entry. A log that can't be written is told; what was done is done. */
  add(entry: Omit<AuditEntry, 'time'>): void {
    this.#log.warn({ ...entry }, 'an administrator changed something')
    try {
      addAudit(this.#stateDir, { ...entry, time: this.#clock() })
    } catch (error) {
      this.#log.error({ reason: messageOf(error), action: entry.action }, 'cannot write the audit log')
    }
  }
}
