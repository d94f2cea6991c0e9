/**
 * When a living master said last that a node's copy is in step: kept as the time of the copy's file, so that a restart knows
 * it.
 */
import { stat, utimes } from 'node:fs/promises'
import { type Clock, handlers, type WallClock } from '../../values/index.ts'

/** What a confirmation is made of. */
interface ConfirmationOptions {
  /** The copy in the state dir. */
  readonly file: string
  /** Gives the time since a confirmation of this process, also if the wall clock was changed. */
  readonly clock: Pick<Clock, 'now'>
  /** Milliseconds since 1970. */
  readonly wallClock: WallClock
}

/** How often the time is written down, in milliseconds: how old a copy is matters by the day. */
const WRITE_EVERY = 3_600_000

/** The last confirmation of a node's copy. */
export class Confirmation {
  readonly #options: ConfirmationOptions
  /** By an earlier process, in milliseconds since 1970. */
  #before = Number.NEGATIVE_INFINITY
  /** By this process, on its clock. */
  #confirmed: number | undefined
  #written = Number.NEGATIVE_INFINITY

  constructor(options: ConfirmationOptions) {
    this.#options = options
  }

  /** Seconds since the last confirmation; Infinity if there was none. A clock that was put back makes no copy old. */
  get age(): number {
    const { clock, wallClock } = this.#options
    const passed = this.#confirmed === undefined ? wallClock() - this.#before : clock.now() - this.#confirmed
    return Math.max(0, passed / 1000)
  }

  /** Takes up what an earlier process wrote down. A file is as new as its last confirmation, or as its content. */
  async read(): Promise<void> {
    const found = await stat(this.#options.file).catch(() => undefined)
    if (found !== undefined) this.#before = found.mtimeMs
  }

  /** A living master said that the copy is in step. */
  confirm(): void {
    const now = this.#options.wallClock()
    this.#confirmed = this.#options.clock.now()
    if (Math.abs(now - this.#written) < WRITE_EVERY) return
    this.#written = now
    handlers.float('confirmation', () => this.#write(now))
  }

  /** A file that is not there yet is written with its content. */
  async #write(now: number): Promise<void> {
    try {
      await utimes(this.#options.file, now / 1000, now / 1000)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}
