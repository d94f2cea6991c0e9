/** The mark of a state dir that was restored from a backup: until another machine of the cluster was met, nobody knows how old it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkShape, type Shape } from '../../kickback/index.ts'
import { type Log, messageOf, removeWholeSync, systemErrorCode, writeWhole } from '../../values/index.ts'

/** The name of the mark in a state dir. */
const NAME = 'restored'
const MARK: Shape = { fields: { backup: 'uint' } }

/** Marks a state dir as restored from a backup that was made then, in seconds since 1970. Throws the system's error. */
export async function markRestored(stateDir: string, backup: number): Promise<void> {
  await writeWhole(join(stateDir, NAME), [Buffer.from(`${JSON.stringify({ backup })}\n`)])
}

/** Whether what a master has was restored, and nobody was met since. */
export class Restored {
  readonly #path: string
  readonly #log: Pick<Log, 'error' | 'info'>
  #backup: number | undefined

  private constructor(path: string, log: Pick<Log, 'error' | 'info'>, backup: number | undefined) {
    this.#path = path
    this.#log = log
    this.#backup = backup
  }

  /** Opens the mark of a state dir, which need not be there. One that cannot be read counts: nobody knows when the backup was made. */
  static open(stateDir: string, log: Pick<Log, 'error' | 'info'>): Restored {
    const path = join(stateDir, NAME)
    try {
      const mark: unknown = JSON.parse(readFileSync(path, 'utf8'))
      checkShape(mark, MARK, 'mark')
      return new Restored(path, log, (mark as { readonly backup: number }).backup)
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return new Restored(path, log, undefined)
      log.error({ path, reason: messageOf(error) }, 'cannot read when the backup was made that this state is from')
      return new Restored(path, log, 0)
    }
  }

  /** When the backup was made, in seconds since 1970, 0 if that is not known; undefined once somebody was met. */
  get backup(): number | undefined {
    return this.#backup
  }

  /** Somebody was met, or an administrator decided: it counts no more, after a restart neither. */
  end(why: string): void {
    if (this.#backup === undefined) return
    this.#backup = undefined
    this.#log.info({ why }, 'what was restored from a backup is no longer in doubt')
    try {
      removeWholeSync(this.#path)
    } catch (error) {
      const fields = { path: this.#path, reason: messageOf(error) }
      this.#log.error(fields, 'cannot remove this mark: it counts again after a restart')
    }
  }
}
