/** The generations of one snapshot that can be asked for: the current one, the one before it, and older ones that are being read. */
import type { Snapshot } from '../../resolver/index.ts'
import { type Clock, monotonic } from '../../values/index.ts'
import { OLD_BYTES_MAX, type Piece, type Reader, Readings } from './shares/readings.ts'

/**
 * The last two generations, and older ones for those who read them. A reload is one swap of a reference; who was in the middle of
 * the previous one (an enumeration, a transfer) can finish there, however fast newer ones come.
 */
export class Generations {
  readonly #readings: Readings
  #current: Snapshot | undefined
  #previous: Snapshot | undefined
  /** Oldest first. */
  #old: readonly Snapshot[] = []
  #published = 0

  /** `oldBytes` is how many bytes the older ones may have. */
  constructor(clock: Pick<Clock, 'now'> = monotonic, oldBytes = OLD_BYTES_MAX) {
    this.#readings = new Readings(clock, oldBytes)
  }

  /** The generation that questions are answered from; undefined before the first. */
  get current(): Snapshot | undefined {
    return this.#current
  }

  /** The current one and the one before it, those that there are. */
  get recent(): readonly Snapshot[] {
    return [this.#current, this.#previous].filter((snapshot) => snapshot !== undefined)
  }

  /** How many were published: another one is current when this is another number. */
  get published(): number {
    return this.#published
  }

  /** How many older ones are kept for those who read them. */
  get old(): number {
    return this.#old.length
  }

  /** Makes a snapshot the current one. */
  serve(snapshot: Snapshot): void {
    if (this.#previous !== undefined) this.#old = [...this.#old, this.#previous]
    this.#previous = this.#current
    this.#current = snapshot
    this.#published++
    this.tidy()
  }

  /** Lets go of the one before the current one, except for those who read it. */
  letGo(): void {
    if (this.#previous === undefined) return
    this.#old = [...this.#old, this.#previous]
    this.#previous = undefined
    this.tidy()
  }

  /** Nothing is served any more, also to those who were reading. */
  clear(): void {
    this.#old = []
    this.#previous = undefined
    this.#current = undefined
    this.#readings.endAllBut(new Set())
  }

  /** The snapshot with this number, or undefined if it is gone or was never there. */
  numbered(generation: number): Snapshot | undefined {
    return [this.#current, this.#previous, ...this.#old].find((snapshot) => snapshot?.generation === generation)
  }

  /**
   * Notes that a client reads a piece of a generation, which is kept until it has read all, or reads no further. False if it may not: it
   * has not begun with it while it was new, or has not taken what it was sent of another one.
   */
  reads(reader: Reader, snapshot: Snapshot, piece: Piece): boolean {
    return this.#readings.note(reader, snapshot, piece, snapshot === this.#current || snapshot === this.#previous)
  }

  /** Whether bytes are a part of a generation itself, and no copy. */
  isPart({ buffer }: Uint8Array): boolean {
    return [this.#current, this.#previous, ...this.#old].some((snapshot) => snapshot?.bytes.buffer === buffer)
  }

  /** A client has ended. Where others read the same nothing is looked through: thousands of clients may end at once. */
  forget(reader: Reader): void {
    const snapshot = this.#readings.forget(reader)
    if (snapshot !== undefined && this.#old.includes(snapshot) && !this.#readings.isRead(snapshot)) this.tidy()
  }

  /** Lets go of older ones that nobody reads any more, or reads too slowly. */
  tidy(): void {
    this.#old = this.#readings.wanted(this.#old)
    const kept = [this.#current, this.#previous, ...this.#old].filter((snapshot) => snapshot !== undefined)
    this.#readings.endAllBut(new Set(kept))
  }
}
