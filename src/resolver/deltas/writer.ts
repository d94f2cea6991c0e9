/** A delta that is being written, instruction by instruction. What can be one instruction is one. */
import * as layout from '../layout.ts'
import { DELTA_MAGIC, KINDS, type Move } from './instructions.ts'

/** Copies that are shorter than this between other data cost more than their bytes. */
const COPY_LEAST = 8

/** An instruction that more may be added to. */
interface Pending {
  readonly kind: typeof KINDS.COPY | typeof KINDS.DATA | typeof KINDS.SLOTS
  /** Where it starts: in the base, for DATA in the target. */
  readonly from: number
  readonly length: number
}

/** Writes the instructions for one target. */
export class DeltaWriter {
  readonly #target: Uint8Array
  readonly #parts: Uint8Array[] = [Buffer.from(DELTA_MAGIC, 'latin1')]
  #pending: Pending | undefined
  #copied = 0

  /** `target` are the bytes that the instructions are to give, its header included. */
  constructor(target: Uint8Array) {
    this.#target = target
    this.#integer(target.length)
  }

  /** So many bytes of the base. */
  copy(from: number, length: number): void {
    this.#add({ kind: KINDS.COPY, from, length })
  }

  /** So many bytes of the target, as they are. */
  data(from: number, length: number): void {
    this.#add({ kind: KINDS.DATA, from, length })
  }

  /** Bytes that are the same in both. */
  copyOrData(from: number, at: number, length: number): void {
    if (length < COPY_LEAST) this.data(at, length)
    else this.copy(from, length)
  }

  /** So many bytes of slots of the base, their records moved. */
  slots(from: number, length: number): void {
    this.#add({ kind: KINDS.SLOTS, from, length })
  }

  /** How the records of the next slots have moved. In order, none over another. */
  moves(moves: readonly Move[]): void {
    this.#flush()
    this.#integer(moves.length * 4 + KINDS.MOVES)
    let end = 0
    for (const { from, length, by } of moves) {
      this.#integer(from - end)
      this.#integer(length)
      this.#signed(by)
      end = from + length
    }
  }

  /** All of it. */
  end(): Uint8Array {
    this.#flush()
    return Buffer.concat(this.#parts)
  }

  #add(next: Pending): void {
    if (next.length === 0) return
    const last = this.#pending
    if (last !== undefined && last.kind === next.kind && last.from + last.length === next.from) {
      this.#pending = { ...last, length: last.length + next.length }
      return
    }
    this.#flush()
    this.#pending = next
  }

  #flush(): void {
    if (this.#pending === undefined) return
    const { kind, from, length } = this.#pending
    this.#pending = undefined
    this.#integer((kind === KINDS.SLOTS ? length / layout.SLOT.size : length) * 4 + kind)
    if (kind === KINDS.DATA) {
      this.#parts.push(this.#target.subarray(from, from + length))
      return
    }
    this.#signed(from - this.#copied)
    this.#copied = from + length
  }

  #signed(value: number): void {
    this.#integer(value < 0 ? -2 * value - 1 : 2 * value)
  }

  #integer(value: number): void {
    const bytes: number[] = []
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
    bytes.push(rest)
    this.#parts.push(Uint8Array.from(bytes))
  }
}
