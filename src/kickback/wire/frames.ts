/**
 * Frames on a stream, knowing no socket: a 4-byte big-endian length and that many bytes.
 *
 *   ┌──────────────┬─────────────────┬──────────────┬─────
 *   │ length (u32) │ body            │ length (u32) │ ...
 *   └──────────────┴─────────────────┴──────────────┴─────
 */
import { counted } from '../../values/index.ts'
import { FRAME_HEAD } from './protocol.ts'

/** A stream that can't be followed any further: a frame of no bytes, or of more than the limit. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

const NOTHING: Buffer = Buffer.alloc(0)
/** How many bytes are set aside at first for a body that comes in pieces. */
const FIRST_PIECE = 512

/**
 * Cuts a stream into the bodies of its frames. What is kept of a half-sent body is never more than twice what was sent,
 * whatever length its head claims, and a length beyond the limit is refused on the head's last byte.
 */
export class FrameSplitter {
  readonly #limit: number
  #chunk = NOTHING
  #at = 0
  #headBytes = 0
  #length = 0
  #held = NOTHING
  #heldBytes = 0

  /** `limit` is the longest body that is taken, in bytes. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes the stream's next bytes. They are kept, not copied: the caller changes them no more. */
  push(chunk: Buffer): void {
    const rest = this.#chunk.subarray(this.#at)
    this.#chunk = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    this.#at = 0
  }

  /**
   * The next whole body, or undefined until more bytes are pushed. It may share memory with a chunk. Throws FrameError
   * where the stream makes no sense; nothing after that does.
   */
  next(): Buffer | undefined {
    if (!this.#readHead()) return this.#exhausted()
    const body = this.#heldBytes === 0 && this.#left >= this.#length ? this.#take(this.#length) : this.#gathered()
    if (body === undefined) return this.#exhausted()
    this.#headBytes = 0
    this.#length = 0
    this.#held = NOTHING
    this.#heldBytes = 0
    return body
  }

  /** Whether a frame has begun and not ended, as far as `next` has looked. */
  get isHalfSent(): boolean {
    return this.#headBytes > 0
  }

  /** Bytes that are kept for a half-sent body. */
  get heldBytes(): number {
    return this.#held.length
  }

  /** Bytes that are kept in all: for a half-sent body, and those that were not fetched with `next` yet. */
  get keptBytes(): number {
    return this.#held.length + this.#left
  }

  get #left(): number {
    return this.#chunk.length - this.#at
  }

  #take(bytes: number): Buffer {
    const start = this.#at
    this.#at += bytes
    return this.#chunk.subarray(start, this.#at)
  }

  #exhausted(): undefined {
    this.#chunk = NOTHING
    this.#at = 0
  }

  /** Reads the head's bytes as far as they are there; whether all are. */
  #readHead(): boolean {
    while (this.#headBytes < FRAME_HEAD) {
      const byte = this.#chunk[this.#at]
      if (byte === undefined) return false
      this.#at++
      this.#headBytes++
      this.#length = this.#length * 256 + byte
      if (this.#headBytes === FRAME_HEAD) this.#checkLength()
    }
    return true
  }

  #checkLength(): void {
    if (this.#length === 0) throw new FrameError('an empty frame')
    if (this.#length > this.#limit)
      throw new FrameError(`a frame of ${counted(this.#length, 'byte')}; ${this.#limit} are allowed`)
  }

  /** Keeps what is there of a body that comes in pieces; the body once it is whole. */
  #gathered(): Buffer | undefined {
    const piece = this.#take(Math.min(this.#left, this.#length - this.#heldBytes))
    this.#makeRoom(this.#heldBytes + piece.length)
    piece.copy(this.#held, this.#heldBytes)
    this.#heldBytes += piece.length
    return this.#heldBytes === this.#length ? this.#held.subarray(0, this.#length) : undefined
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#held.length) return
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(FIRST_PIECE, bytes, this.#held.length * 2)))
    this.#held.copy(grown, 0, 0, this.#heldBytes)
    this.#held = grown
  }
}
