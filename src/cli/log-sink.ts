/** Where the lines of a daemon's log go: a file descriptor that may be full, stuck or closed, which never holds the daemon up. */

import { constants, fstatSync, openSync, write as writeFile } from 'node:fs'
import { Socket } from 'node:net'
import { type Clock, handlers, systemErrorCode } from '../values/index.ts'

/** Takes whole lines; a log that cannot be written is lost, never waited for without end. */
export interface LogSink {
  write(line: string): void
}

/** Writes bytes somewhere and calls back with how many were taken, or with the system's error. */
export type WriteLater = (bytes: Uint8Array, done: (error: Error | null, taken: number) => void) => void

/** How many bytes of the log wait for a slow reader before lines are lost. */
const WAITING_MAX = 1 << 20
/** How long a full pipe is left alone before it is tried again, in milliseconds. */
const FULL_PAUSE = 50

/** A sink that writes in the background, in order, one write after the other. */
export class LaterSink implements LogSink {
  readonly #put: WriteLater
  readonly #clock: Clock
  #waiting: Buffer[] = []
  #bytes = 0
  #isWriting = false
  #drained: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  /** Nothing is waited for any more, not for a write that is on its way either. */
  #isOver = false

  constructor(put: WriteLater, clock: Clock) {
    this.#put = put
    this.#clock = clock
  }

  write(line: string): void {
    if (this.#isOver || this.#bytes + line.length > WAITING_MAX) return
    const bytes = Buffer.from(line)
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
    if (!this.#isWriting) this.#next()
  }

  /** Resolves once all is written or lost, and after `ms` at the latest: what waits then is lost, and so is what comes afterwards. */
  async flush(ms: number): Promise<void> {
    if (this.#isWriting) await this.#drain(ms)
    this.#isOver = true
    this.#cancelRetry?.()
    this.#waiting = []
  }

  async #drain(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(
        ms,
        handlers.guard('log deadline', resolve, () => resolve()),
      )
      this.#drained = () => {
        cancel()
        resolve()
      }
    })
  }

  #next(): void {
    this.#isWriting = this.#waiting.length > 0
    if (!this.#isWriting) {
      this.#drained?.()
      return
    }
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = [bytes]
    const written = (error: Error | null, taken: number): void => this.#written(bytes, error, taken)
    this.#put(
      bytes,
      handlers.guard('log written', written, () => this.#lose()),
    )
  }

  #written(bytes: Buffer, error: Error | null, taken: number): void {
    // A write that was on its way at the end may find the pipe full: trying again would keep the process alive.
    if (this.#isOver) {
      this.#lose()
      return
    }
    const isFull = systemErrorCode(error) === 'EAGAIN'
    const done = error === null ? taken : isFull ? 0 : bytes.length
    this.#bytes -= done
    // What was written meanwhile is behind these bytes.
    this.#waiting[0] = bytes.subarray(done)
    if (done === bytes.length) this.#waiting.shift()
    if (isFull) this.#retry()
    else this.#next()
  }

  #retry(): void {
    const retry = handlers.guard(
      'log retry',
      () => this.#next(),
      () => this.#lose(),
    )
    this.#cancelRetry = this.#clock.after(FULL_PAUSE, retry)
  }

  /** Nothing is known of what was written: all that waits is lost, and what comes is written again. */
  #lose(): void {
    this.#waiting = []
    this.#bytes = 0
    this.#isWriting = false
    this.#drained?.()
  }
}

/**
 * The sink that writes to a file descriptor. A write that the kernel holds back would hold back the end of the process too, so
 * none may: a pipe or a terminal is opened once more without waiting (O_NONBLOCK), for us alone; a socket, which can't be
 * opened, is left to Node, which waits for none. A regular file holds nobody back.
 */
export function descriptorSink(fd: number, clock: Clock): LaterSink {
  return new LaterSink(writerOf(fd), clock)
}

function writerOf(fd: number): WriteLater {
  try {
    if (fstatSync(fd).isFile()) return (bytes, done) => writeFile(fd, bytes, done)
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
    return (bytes, done) => writeFile(own, bytes, done)
  } catch {
    return socketWriter(fd)
  }
}

function socketWriter(fd: number): WriteLater {
  let socket: Socket
  try {
    socket = new Socket({ fd, readable: false, writable: true })
  } catch (error) {
    return (_, done) => done(error as Error, 0)
  }
  socket.on(
    'error',
    handlers.guard('log error', () => {}),
  )
  socket.unref()
  return (bytes, done) => {
    const sent = (error?: Error | null): void => done(error ?? null, bytes.length)
    socket.write(
      bytes,
      handlers.guard('log written', sent, () => done(null, bytes.length)),
    )
  }
}
