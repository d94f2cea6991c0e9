/** Standard output and standard error of a command: written at once and whole, and what could not be written is remembered. */

import { writeSync } from 'node:fs'
import { systemErrorCode, systemMessage } from '../values/index.ts'
import type { Terminal } from './command.ts'
import { EXIT } from './synopsis.ts'
import { type Screen, screenHere } from './terminal/screen.ts'

/** How a file descriptor is written to (write(2)): gives the number of bytes that were taken, or throws a system error. */
type WriteBytes = (fd: number, bytes: Uint8Array) => number

const STDOUT = 1
const STDERR = 2
/** How long a full pipe that does not wait by itself (O_NONBLOCK) is left alone before it is tried again, in milliseconds. */
const FULL_PAUSE = 10

/** What a command prints and complains. After the first error of an output nothing more is written to it. */
export class Output implements Terminal {
  readonly #write: WriteBytes
  readonly #errors = new Map<number, unknown>()

  constructor(write: WriteBytes = writeSync) {
    this.#write = write
  }

  get screen(): Screen | undefined {
    return screenHere(process.env)
  }

  get isBroken(): boolean {
    return this.#errors.has(STDOUT)
  }

  print(text: string | Uint8Array): void {
    this.#put(STDOUT, text)
  }

  complain(text: string): void {
    this.#put(STDERR, text)
  }

  /**
   * The exit code of a command that ended with `code`: EXIT.FAILED where its result could not be written, which is reported
   * in one line, and also if an error could not be printed.
   */
  exitCode(code: number): number {
    const error = this.#errors.get(STDOUT)
    if (error !== undefined) {
      this.complain(`kickback: can't write to standard output: ${systemMessage(error)}\n`)
      return EXIT.FAILED
    }
    return this.#errors.has(STDERR) && code === EXIT.DONE ? EXIT.FAILED : code
  }

  #put(fd: number, text: string | Uint8Array): void {
    if (this.#errors.has(fd)) return
    try {
      this.#putWhole(fd, typeof text === 'string' ? Buffer.from(text) : text)
    } catch (error) {
      this.#errors.set(fd, error)
    }
  }

  #putWhole(fd: number, bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0; ) {
      try {
        rest = rest.subarray(this.#write(fd, rest))
      } catch (error) {
        if (systemErrorCode(error) !== 'EAGAIN') throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PAUSE)
      }
    }
  }
}
