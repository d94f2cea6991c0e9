/** A file of the program that a daemon starts later, as a thread or a process, and that has to be of the same release as the daemon. */
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
   * The path, to start the file now. Throws Error if the file was replaced since this object was made, by an upgrade or a build: the new program may take
   * and give other data.
   */
  toStart(): string {
    if (identityOf(this.#path) === this.#first) return this.#path
    throw new Error(
      `${this.#path} was replaced after this daemon started, by an upgrade or a build: restart the daemon`,
    )
  }
}

/** A text that changes if somebody replaces or writes the file; undefined if there is no file. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs }: BigIntStats = statSync(path, { bigint: true })
    return [dev, ino, size, mtimeNs].join()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
