/** Ready answers in C: found and patched there, for sockets that answer by themselves. */
import type { Address } from '../../values/index.ts'
import type { ReadyTable } from '../answer/ready.ts'
import type { NativeTable, Packets } from './packets.ts'

/** Ready answers, and who may have them. */
export class NativeReady implements ReadyTable {
  readonly table: NativeTable
  readonly #packets: Packets

  constructor(packets: Packets) {
    this.#packets = packets
    this.table = packets.newTable()
  }

  get count(): number {
    return this.#packets.count(this.table)
  }

  reply(request: Uint8Array): Buffer | undefined {
    return this.#packets.find(this.table, request)
  }

  keep(plain: Uint8Array, isPassing: boolean, serialAt: number): void {
    this.#packets.keep(this.table, plain, isPassing, serialAt)
  }

  renumber(serial: number): void {
    this.#packets.renumber(this.table, serial)
  }

  admit({ bytes }: Address, isWhole: boolean): void {
    this.#packets.admit(this.table, bytes, isWhole)
  }

  release(): void {
    this.#packets.release(this.table)
  }
}
