/** A file of the program that is started only after a while, as a thread or a process: it has to be of the release that runs. */
import { type BigIntStats, statSync } from 'node:fs'
import { systemErrorCode } from '../errors.ts'

/** A file of this program, as it was when this object was made. */
export class ProgramFile {
  readonly #path: string
  readonly #first: string | undefined

  constructor(path: string) {
    this.#path = path
    this.#first = identityOf(path)
  }

  /**
   * The path, to start the file now. Throws Error where it is another file than at first: an upgrade or a build has replaced the program, and what
   * the new one takes and gives may be something else.
   */
  toStart(): string {
    if (identityOf(this.#path) === this.#first) return this.#path
    throw new Error(
      `${this.#path} was replaced after this daemon started, by an upgrade or a build: restart the daemon`,
    )
  }
}

/** The same as long as nobody replaces or writes the file; undefined where there is none. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs }: BigIntStats = statSync(path, { bigint: true })
    return [dev, ino, size, mtimeNs].join()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
