/**
 * Who reads a generation in several requests: it is kept for them after newer ones have come, so that a slow reader comes to its
 * end. A client keeps one old generation at most and only as long as it goes on reading, and all together keep so many bytes.
 */
import type { Snapshot } from '../../../resolver/index.ts'
import type { Clock } from '../../../values/index.ts'
import { ENDINGS } from '../counts/endings.ts'

/** A connection that reads. */
export interface Reader {
  /** What it is counted by (see Origin). */
  readonly source: string
  /** Whether it is the root of its machine: see Client. */
  readonly isRoot: boolean
  /** How many bytes of snapshots themselves, not of copies, wait for it: as long as they do, the snapshot is in memory. */
  readonly waitingShared: number
  /** Ends for having broken a rule. */
  destroy(broken: string): void
}

/** What a request reads: bytes or positions of a snapshot. */
export interface Piece {
  readonly from: number
  /** Where the next piece begins. */
  readonly to: number
  /** Whether nothing comes after it. */
  readonly isLast: boolean
  /** Whether the request names the generation: else it only looks at the current one. */
  readonly isNamed: boolean
}

/** The reading of one connection. */
interface Reading {
  readonly reader: Reader
  readonly snapshot: Snapshot
  /** On the clock: when it began, and until when it is as fast as it must be. */
  readonly began: number
  due: number
  next: number
  isWhole: boolean
}

/**
 * How fast a reader must be: it has `begin` milliseconds, a second more for each `least` bytes that it reads one after the other, never
 * more than `ahead`; and all ends after `longest`. Nodes demand no more of a master.
 */
const READING_PACE = { begin: 20_000, least: 1024, ahead: 300_000, longest: 3_600_000 } as const
/** How many bytes of old generations are kept at most; one is, whatever its size. */
export const OLD_BYTES_MAX = 128 * 1024 * 1024

/** The readings of the generations of one kind. */
export class Readings {
  readonly #clock: Pick<Clock, 'now'>
  readonly #bytesMax: number
  /** In the order in which they began. */
  readonly #readings = new Map<Reader, Reading>()

  /** Old generations have `bytesMax` bytes at most. */
  constructor(clock: Pick<Clock, 'now'>, bytesMax = OLD_BYTES_MAX) {
    this.#clock = clock
    this.#bytesMax = bytesMax
  }

  /**
   * Notes that a piece is read; false if it must not be. A reading begins with a generation that `mayBegin`. It takes the place of that of
   * another one only where it is named, and not while parts of that one wait for the reader: it holds one snapshot at a time. Who has read
   * all of a generation and reads it again, as for the next database, begins again where it may.
   */
  note(reader: Reader, snapshot: Snapshot, { from, to, isLast, isNamed }: Piece, mayBegin: boolean): boolean {
    const known = this.#readings.get(reader)
    const isOther = known?.snapshot !== snapshot
    if (isOther && !mayBegin) return false
    if (isOther && known !== undefined && (!isNamed || reader.waitingShared > 0)) return false
    const isNew = isOther || (known.isWhole && mayBegin)
    const reading = isNew ? this.#begun(reader, snapshot, from) : known
    if (from === reading.next) {
      const bought = ((to - from) / READING_PACE.least) * 1000
      reading.due = Math.min(this.#clock.now() + READING_PACE.ahead, reading.due + bought)
      reading.next = to
    }
    reading.isWhole ||= isLast
    return true
  }

  #begun(reader: Reader, snapshot: Snapshot, next: number): Reading {
    const began = this.#clock.now()
    const reading = { reader, snapshot, began, due: began + READING_PACE.begin, next, isWhole: false }
    this.#readings.delete(reader)
    this.#readings.set(reader, reading)
    return reading
  }

  /** The connection has ended. Gives the generation that it read. */
  forget(reader: Reader): Snapshot | undefined {
    const reading = this.#readings.get(reader)
    this.#readings.delete(reader)
    return reading?.snapshot
  }

  /** Whether it is what any reader has read last. */
  isRead(snapshot: Snapshot): boolean {
    for (const reading of this.#readings.values()) if (reading.snapshot === snapshot) return true
    return false
  }

  /** Which of the old generations are to be kept: those that root reads first, then the oldest, as far as the bytes last. */
  wanted(old: readonly Snapshot[]): Snapshot[] {
    const read = this.#read(new Set(old))
    const isRoots = (snapshot: Snapshot): boolean => read.get(snapshot) === true
    const order = old.filter((snapshot) => read.has(snapshot)).sort((a, b) => Number(isRoots(b)) - Number(isRoots(a)))
    const kept = new Set<Snapshot>()
    let bytes = 0
    for (const snapshot of order) {
      if (kept.size > 0 && bytes + snapshot.bytes.length > this.#bytesMax) continue
      kept.add(snapshot)
      bytes += snapshot.bytes.length
    }
    return old.filter((snapshot) => kept.has(snapshot))
  }

  /** Ends the readings of all other generations than these. Who has not taken what was sent of one holds it in memory, and is ended. */
  endAllBut(kept: ReadonlySet<Snapshot>): void {
    for (const { reader, snapshot } of [...this.#readings.values()]) {
      if (kept.has(snapshot)) continue
      this.#readings.delete(reader)
      if (reader.waitingShared > 0) reader.destroy(ENDINGS.slow)
    }
  }

  /** The old generations that somebody reads, and whether a root does. Of each client the first counts that it began. */
  #read(old: ReadonlySet<Snapshot>): Map<Snapshot, boolean> {
    const read = new Map<Snapshot, boolean>()
    const ofSource = new Map<string, Snapshot>()
    for (const reading of this.#readings.values()) {
      const { reader, snapshot } = reading
      if (!old.has(snapshot) || !this.#goesOn(reading)) continue
      const first = ofSource.get(reader.source) ?? snapshot
      ofSource.set(reader.source, first)
      if (first === snapshot) read.set(snapshot, reader.isRoot || read.get(snapshot) === true)
    }
    return read
  }

  #goesOn({ reader, began, due, isWhole }: Reading): boolean {
    const now = this.#clock.now()
    if (now > due || now > began + READING_PACE.longest) return false
    return !isWhole || reader.waitingShared > 0
  }
}
