/** The channel between a daemon and a process that it started: messages of the wire over a pair of sockets, bounded at the reader. */
import type { Duplex } from 'node:stream'
import { decodeMessage, encodeFrame, type Fields, FrameSplitter } from '../../../kickback/index.ts'
import { type Clock, handlers } from '../../../values/index.ts'

/** The descriptors that the process finds its channel and its folder by. */
export const PROCESS_FDS = { channel: 3, folder: 4 } as const

/** How the end of a channel is used. */
export interface ChannelOptions {
  /** The most bytes that a message may have. */
  readonly bytesMax: number
  /** The most values that a message may have. */
  readonly valuesMax: number
  /** The most messages that may come within a second. */
  readonly messagesMax: number
  readonly clock: Pick<Clock, 'now'>
  /** Given each message that came. What it throws ends the channel: who sends that is not to be talked to. */
  readonly heard: (message: Fields) => void
  /** Called once when the channel has ended; `reason` if it was ended for what came. */
  readonly closed: (reason?: string) => void
}

/** How many bytes wait for a reader that does not read, before what is sent is left out. */
const WAITING_MAX = 1 << 20
const SECOND = 1000

/** One end of a channel. */
export class Channel {
  readonly #stream: Duplex
  readonly #options: ChannelOptions
  readonly #frames: FrameSplitter
  #isClosed = false
  #second = Number.NEGATIVE_INFINITY
  #messages = 0

  constructor(stream: Duplex, options: ChannelOptions) {
    this.#stream = stream
    this.#options = options
    this.#frames = new FrameSplitter(options.bytesMax)
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
    for (const event of ['close', 'end']) {
      stream.on(
        event,
        handlers.guard('channel end', () => this.#end(), failed),
      )
    }
  }

  /** Sends a message. It is left out if the other end has not read for long. */
  send(message: object): void {
    if (this.#isClosed || this.#stream.writableLength > WAITING_MAX) return
    this.#stream.write(encodeFrame(message))
  }

  /** Ends it. The other end learns of that. */
  close(): void {
    this.#end()
  }

  #take(bytes: Buffer): void {
    try {
      this.#frames.push(bytes)
      for (let body = this.#frames.next(); body !== undefined && !this.#isClosed; body = this.#frames.next()) {
        if (!this.#isInTime()) throw new RangeError(`more than ${this.#options.messagesMax} messages a second`)
        this.#options.heard(decodeMessage(body, this.#options.valuesMax))
      }
    } catch (error) {
      this.#end(error instanceof Error ? error.message : 'unknown')
    }
  }

  #isInTime(): boolean {
    const now = this.#options.clock.now()
    if (now - this.#second >= SECOND) {
      this.#second = now
      this.#messages = 0
    }
    return ++this.#messages <= this.#options.messagesMax
  }

  #end(reason?: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stream.destroy()
    this.#options.closed(reason)
  }
}
