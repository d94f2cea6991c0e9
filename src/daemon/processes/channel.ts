/** The channel between a daemon and a process that it started: lines of JSON over a pair of sockets, bounded at the reader. */
import type { Duplex } from 'node:stream'
import { type Clock, handlers } from '../../values/index.ts'

/** How the end of a channel is used. */
export interface ChannelOptions {
  /** The most bytes that a line may have. */
  readonly lineMax: number
  /** The most lines that may come within a second. */
  readonly linesMax: number
  readonly clock: Pick<Clock, 'now'>
  /** Given each value that came. What it throws ends the channel: who sends that is not to be talked to. */
  readonly heard: (value: unknown) => void
  /** Called once when the channel has ended; `reason` where it was ended for what came. */
  readonly closed: (reason?: string) => void
}

/** How many bytes wait for a reader that does not read, before what is sent is left out. */
const WAITING_MAX = 1 << 20
const SECOND = 1000
const NEWLINE = 10
/** The field in which bytes are sent, as base64. */
const BYTES = '$bytes'

/** One end of a channel. */
export class Channel {
  readonly #stream: Duplex
  readonly #options: ChannelOptions
  #rest: Buffer = Buffer.alloc(0)
  #isClosed = false
  #second = Number.NEGATIVE_INFINITY
  #lines = 0

  constructor(stream: Duplex, options: ChannelOptions) {
    this.#stream = stream
    this.#options = options
    const failed = (error: unknown): void => this.#end(error instanceof Error ? error.message : 'unknown')
    stream.on(
      'data',
      handlers.guard('channel data', (bytes: Buffer) => this.#take(bytes), failed),
    )
    // What the error is shows in the end that follows.
    stream.on(
      'error',
      handlers.guard('channel error', () => this.#end()),
    )
    stream.on(
      'close',
      handlers.guard('channel end', () => this.#end(), failed),
    )
    stream.on(
      'end',
      handlers.guard('channel end', () => this.#end(), failed),
    )
  }

  /** Sends a value; Uint8Arrays in it arrive as such. It is left out where the other end has not read for long. */
  send(value: unknown): void {
    if (this.#isClosed || this.#stream.writableLength > WAITING_MAX) return
    this.#stream.write(`${JSON.stringify(value, withText)}\n`)
  }

  /** Ends it. The other end learns of that. */
  close(): void {
    this.#end()
  }

  #take(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    for (let end = rest.indexOf(NEWLINE); end >= 0 && !this.#isClosed; end = rest.indexOf(NEWLINE)) {
      if (end > this.#options.lineMax) break
      const line = rest.subarray(0, end).toString('utf8')
      rest = rest.subarray(end + 1)
      this.#hear(line)
    }
    if (rest.length > this.#options.lineMax) this.#end(`a line of more than ${this.#options.lineMax} bytes`)
    this.#rest = rest
  }

  #hear(line: string): void {
    if (!this.#isInTime()) {
      this.#end(`more than ${this.#options.linesMax} lines a second`)
      return
    }
    try {
      this.#options.heard(JSON.parse(line, withBytes))
    } catch (error) {
      this.#end(error instanceof Error ? error.message : 'unknown')
    }
  }

  #isInTime(): boolean {
    const now = this.#options.clock.now()
    if (now - this.#second >= SECOND) {
      this.#second = now
      this.#lines = 0
    }
    return ++this.#lines <= this.#options.linesMax
  }

  #end(reason?: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#rest = Buffer.alloc(0)
    this.#stream.destroy()
    this.#options.closed(reason)
  }
}

function withText(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { [BYTES]: Buffer.from(value).toString('base64') } : value
}

function withBytes(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(BYTES in value)) return value
  return Uint8Array.from(Buffer.from(String(value[BYTES]), 'base64'))
}
