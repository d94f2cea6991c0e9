/** A snapshot made from another one by deltas, as a node does it. */
import { counted, type Steps } from '../../values/index.ts'
import * as layout from '../layout.ts'
import { SnapshotError } from '../records/decode.ts'
import type { Header } from '../snapshot/header.ts'
import { DELTA_MAGIC, KINDS, type Move, movedRecord } from './instructions.ts'

/** The most deltas that are taken side by side. */
export const DELTA_STEPS_MAX = 64
/** How much larger than the snapshots at both ends those between may be. */
const STEP_GROWTH = 2

/** How many bytes are copied in a step. */
const STEP_BYTES = 1024 * 1024
/** What an instruction costs, in bytes that are copied. */
const INSTRUCTION_COST = 512
/** How many slots are moved in a step. */
const SLOTS_STEP = 16_384

/** A delta as bytes that are read from the start. Every bound is checked: who sent it is not proved by it. */
class DeltaReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    if (taken.length !== length) throw damaged('it ends too early')
    this.#at += length
    return taken
  }

  integer(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const [byte = 0] = this.take(1)
      value += (byte % 128) * scale
      if (!Number.isSafeInteger(value)) throw damaged('a number is too large')
      if (byte < 128) return value
    }
  }

  signed(): number {
    const value = this.integer()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

/** The place of a snapshot that is being made. */
export interface Growth {
  /** Takes the bytes that follow. They may be others afterwards. */
  readonly add: (bytes: Uint8Array) => void
  /** All that was added, once that is as many bytes as were said. Those of the header can be changed. */
  readonly whole: () => Uint8Array
  /** Nobody wants it any more. */
  readonly drop: () => void
}

/** Gives a place for so many bytes. */
export type Room = (size: number) => Growth

/**
 * The bytes of the snapshot with this header, which `deltas` make of the bytes `base`: one delta, or several side by side, each from the content
 * that the one before it makes. In steps of a millisecond or a few. The bytes are not proved: see `proveAgainst`. Throws SnapshotError if the
 * deltas are damaged, or give another size, before they take much memory or time. `room` gives the place of each; memory of Buffer unless set.
 */
export function* patched(
  base: Uint8Array,
  deltas: Uint8Array,
  header: Header,
  room: Room = (size) => new Memory(Buffer.alloc(size)),
): Steps<Uint8Array> {
  const reader = new DeltaReader(deltas)
  const sizeMax = STEP_GROWTH * Math.max(base.length, header.size)
  let bytes = yield* patchedOnce(base, reader, sizeMax, room)
  for (let steps = 2; !reader.isAtEnd; steps++) {
    if (steps > DELTA_STEPS_MAX) throw damaged(`it has more than ${DELTA_STEPS_MAX} steps`)
    bytes = yield* patchedOnce(bytes, reader, sizeMax, room)
  }
  if (bytes.length !== header.size) throw damaged(`it gives ${counted(bytes.length, 'byte')} and not ${header.size}`)
  bytes.set(header.bytes)
  return bytes
}

/** What one delta makes of its base, the header left empty. */
function* patchedOnce(base: Uint8Array, reader: DeltaReader, sizeMax: number, room: Room): Steps<Uint8Array> {
  if (Buffer.from(reader.take(DELTA_MAGIC.length)).toString('latin1') !== DELTA_MAGIC) throw damaged('it is none')
  const size = reader.integer()
  if (size < layout.HEADER.size || size > sizeMax) throw damaged(`it makes ${counted(size, 'byte')}`)
  const growth = room(size)
  try {
    const target = new Target(base, size, growth)
    while (!target.isWhole) yield* target.take(reader)
    return growth.whole()
  } catch (error) {
    growth.drop()
    throw error
  }
}

/** A snapshot that is made in memory. */
export class Memory implements Growth {
  readonly #bytes: Uint8Array
  #at = 0

  /** In these bytes. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  add(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  whole(): Uint8Array {
    return this.#bytes
  }

  drop(): void {}
}

/** What comes of the instructions so far. */
class Target {
  readonly #base: Uint8Array
  readonly #size: number
  readonly #growth: Growth
  #at: number = layout.HEADER.size
  #copied = 0
  #moves: readonly Move[] = []
  /** What was done since others had their turn, as bytes that are copied. */
  #done = 0

  /** A snapshot of so many bytes, whose header is left empty. */
  constructor(base: Uint8Array, size: number, growth: Growth) {
    this.#base = base
    this.#size = size
    this.#growth = growth
    growth.add(new Uint8Array(layout.HEADER.size))
  }

  get isWhole(): boolean {
    return this.#at === this.#size
  }

  /** Does what the next instruction says. */
  *take(reader: DeltaReader): Steps<void> {
    yield* this.#did(INSTRUCTION_COST)
    const word = reader.integer()
    const [kind, length] = [word % 4, Math.floor(word / 4)]
    if (kind === KINDS.MOVES) this.#moves = movesOf(reader, length)
    else if (kind === KINDS.DATA) yield* this.#put(reader.take(Math.min(length, this.#left + 1)))
    else if (kind === KINDS.COPY) yield* this.#put(this.#baseBytes(reader, length))
    else yield* this.#slots(this.#baseBytes(reader, length * layout.SLOT.size))
  }

  get #left(): number {
    return this.#size - this.#at
  }

  *#put(bytes: Uint8Array): Steps<void> {
    if (bytes.length > this.#left) throw damaged('it makes more than it says')
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      const piece = bytes.subarray(at, at + STEP_BYTES)
      this.#growth.add(piece)
      this.#at += piece.length
      yield* this.#did(piece.length)
    }
  }

  /** Gives others their turn where enough was done. */
  *#did(cost: number): Steps<void> {
    this.#done += cost
    if (this.#done < STEP_BYTES) return
    this.#done = 0
    yield
  }

  #baseBytes(reader: DeltaReader, length: number): Uint8Array {
    const from = this.#copied + reader.signed()
    if (from < 0 || from + length > this.#base.length) throw damaged('it copies what is not there')
    this.#copied = from + length
    return this.#base.subarray(from, from + length)
  }

  *#slots(slots: Uint8Array): Steps<void> {
    if (slots.length > this.#left) throw damaged('it makes more than it says')
    const room = Buffer.alloc(Math.min(slots.length, SLOTS_STEP * layout.SLOT.size))
    for (let at = 0; at < slots.length; at += room.length) {
      const piece = room.subarray(0, Math.min(room.length, slots.length - at))
      piece.set(slots.subarray(at, at + piece.length))
      moveSlots(piece, this.#moves)
      yield* this.#put(piece)
      yield* this.#did(STEP_BYTES)
    }
  }
}

/** Moves the records of these slots. Of one move, which most deltas have, no list is searched for each slot. */
function moveSlots(slots: Uint8Array, moves: readonly Move[]): void {
  const view = new DataView(slots.buffer, slots.byteOffset, slots.length)
  const [first, second] = moves
  if (first === undefined) return
  const start = first.from + 1
  const end = second === undefined ? start + first.length : Number.POSITIVE_INFINITY
  for (let slot: number = layout.SLOT.at.record; slot < slots.length; slot += layout.SLOT.size) {
    const record = view.getUint32(slot, true)
    if (record < start || record >= end) continue
    view.setUint32(slot, second === undefined ? (record + first.by) >>> 0 : movedRecord(moves, record), true)
  }
}

function movesOf(reader: DeltaReader, rows: number): readonly Move[] {
  const moves: Move[] = []
  let end = 0
  for (let i = 0; i < rows; i++) {
    const from = end + reader.integer()
    const length = reader.integer()
    moves.push({ from, length, by: reader.signed() })
    end = from + length
  }
  return moves
}

function damaged(what: string): SnapshotError {
  return new SnapshotError('delta', `the delta is damaged: ${what}`)
}
