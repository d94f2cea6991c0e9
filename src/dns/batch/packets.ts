/** The native part that carries packets many a system call (packets.c), where this machine has it. */
import { createRequire } from 'node:module'
import { type Log, messageOf } from '../../values/index.ts'

/** What a generation is answered from in C. */
export interface NativeTable {
  readonly table: unique symbol
}

/** A socket in C. */
export interface NativeDoor {
  readonly door: unique symbol
}

/** The functions of packets.c, which tells what each does. */
export interface Packets {
  newTable(): NativeTable
  keep(table: NativeTable, plain: Uint8Array, isPassing: boolean, serialAt: number): void
  renumber(table: NativeTable, serial: number): void
  find(table: NativeTable, request: Uint8Array): Buffer | undefined
  count(table: NativeTable): number
  admit(table: NativeTable, address: Uint8Array, isWhole: boolean): void
  release(table: NativeTable): void
  open(
    host: string,
    port: number,
    isShared: boolean,
    counts: Float64Array,
    onBatch: (count: number) => void,
    onError: (errno: number) => void,
  ): NativeDoor
  port(door: NativeDoor): number
  batch(door: NativeDoor): ArrayBuffer
  serve(door: NativeDoor, table: NativeTable | null): void
  long(door: NativeDoor, index: number): Buffer | undefined
  from(peer: Uint8Array): string | undefined
  send(door: NativeDoor, peer: Uint8Array, reply: Uint8Array): number
  shut(door: NativeDoor): void
  /** Where things are in the memory of a batch. */
  readonly layout: {
    readonly requests: number
    readonly slotSize: number
    readonly peerSize: number
    readonly nearSize: number
    readonly replies: number
    readonly replySize: number
    readonly waiting: number
    readonly lengths: number
  }
}

/** The module that is built from packets.c: package.json says where it lies. */
const MODULE = '#packets'

/** The native part. Where it can't be loaded there is none, and packets go one by one; that is logged as debug. */
export function loadPackets(log: Pick<Log, 'debug'>, load = loadModule): Packets | undefined {
  try {
    return load()
  } catch (error) {
    log.debug({ reason: messageOf(error) }, 'DNS packets go one by one: the module that carries many is missing')
    return undefined
  }
}

function loadModule(): Packets {
  return createRequire(import.meta.url)(MODULE) as Packets
}
