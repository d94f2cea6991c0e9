/** Files on their way to nodes: a few at a time, each with little memory, and none that a node has stopped to read. */
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { type Clock, handlers } from '../../values/index.ts'
import type { ByteRange } from './byte-range.ts'

/** How many bytes are read at once. Two such parts of each transfer are in memory. */
const PART = 256 * 1024
/** How often transfers are looked at, in milliseconds, and the fewest bytes that one of them must have moved since: a node that was switched off leaves its connection behind. */
const LOOK = 30_000
const LEAST = 64 * 1024

/** Bounds of all transfers, and of one address. */
interface TransferBounds {
  readonly all: number
  readonly perAddress: number
}

/** The bounds of a master: with more at once each takes longer, and none ends sooner. */
const TRANSFERS: TransferBounds = { all: 64, perAddress: 4 }

/** A transfer. */
interface Transfer {
  readonly response: ServerResponse
  /** How many bytes the system has taken since the last look. */
  moved: number
  /** Whether it was there at the last look. */
  isOld: boolean
}

/** The transfers of one process. */
export class Transfers {
  readonly #clock: Clock
  readonly #bounds: TransferBounds
  readonly #all = new Set<Transfer>()
  /** How many places each address has. */
  readonly #places = new Map<string, number>()
  #taken = 0
  #cancelLook: (() => void) | undefined
  #bytes = 0

  constructor(clock: Clock, bounds: TransferBounds = TRANSFERS) {
    this.#clock = clock
    this.#bounds = bounds
  }

  /** How many there are now. */
  get count(): number {
    return this.#all.size
  }

  /** How many bytes were sent since the start. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Takes a place for a transfer to this address: undefined if there is none, else what gives it back. It is to be taken before anything is
   * waited for: of many who ask at one moment all others would find the same place free.
   */
  enter(address: string): (() => void) | undefined {
    const own = this.#places.get(address) ?? 0
    if (this.#taken >= this.#bounds.all || own >= this.#bounds.perAddress) return undefined
    this.#taken++
    this.#places.set(address, own + 1)
    let isLeft = false
    return () => {
      if (isLeft) return
      isLeft = true
      this.#taken--
      const left = (this.#places.get(address) ?? 1) - 1
      if (left > 0) this.#places.set(address, left)
      else this.#places.delete(address)
    }
  }

  /** Sends a part of an open file as the body of a response, and ends that; its place is the caller's. Whether all of it was taken by the system. */
  async send(response: ServerResponse, file: FileHandle, range: ByteRange): Promise<boolean> {
    const transfer: Transfer = { response, moved: 0, isOld: false }
    this.#all.add(transfer)
    this.#lookLater()
    try {
      await this.#copied(transfer, file, range)
      return await ended(response)
    } catch {
      // The file became shorter, or the node went away: who reads half of it sees the end of the connection.
      response.destroy()
      return false
    } finally {
      this.#all.delete(transfer)
      if (this.#all.size === 0) this.#lookNoMore()
    }
  }

  /** No more looks: the process ends. */
  close(): void {
    this.#lookNoMore()
  }

  /** While one part is written the next one is read. */
  async #copied(transfer: Transfer, file: FileHandle, { start, end }: ByteRange): Promise<void> {
    const parts = [Buffer.allocUnsafeSlow(PART), Buffer.allocUnsafeSlow(PART)]
    let writing: Promise<boolean> = Promise.resolve(true)
    for (let at = start, turn = 0; at < end; turn ^= 1) {
      const part = parts[turn] ?? Buffer.alloc(PART)
      const { bytesRead } = await file.read(part, 0, Math.min(PART, end - at), at)
      if (bytesRead === 0) throw new Error('the file became shorter')
      if (!(await writing)) throw new Error('the connection has ended')
      writing = this.#written(transfer, part.subarray(0, bytesRead))
      at += bytesRead
    }
    if (!(await writing)) throw new Error('the connection has ended')
  }

  /** Writes a part, and waits until the system has all of it; whether it has. */
  async #written(transfer: Transfer, bytes: Uint8Array): Promise<boolean> {
    if (!(await isWritten(transfer.response, bytes))) return false
    transfer.moved += bytes.length
    this.#bytes += bytes.length
    return true
  }

  #lookLater(): void {
    if (this.#cancelLook !== undefined) return
    const look = (): void => {
      this.#cancelLook = undefined
      for (const transfer of [...this.#all]) {
        if (transfer.isOld && transfer.moved < LEAST) transfer.response.destroy()
        transfer.moved = 0
        transfer.isOld = true
      }
      if (this.#all.size > 0) this.#lookLater()
    }
    this.#cancelLook = this.#clock.after(
      LOOK,
      handlers.guard('boot transfers', look, () => this.#lookLater()),
    )
  }

  #lookNoMore(): void {
    this.#cancelLook?.()
    this.#cancelLook = undefined
  }
}

/** Writes; whether the system has all of it at last. */
function isWritten(response: ServerResponse, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve(false)
    const taken = (error: Error | null | undefined): void => resolve(error == null)
    response.write(
      bytes,
      handlers.guard('boot transfer part', taken, () => resolve(false)),
    )
  })
}

/** Ends the response; whether the system has all of it. */
function ended(response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = (): void => resolve(response.writableFinished)
    response.on('close', handlers.guard('boot transfer end', gone, gone))
    response.end(
      handlers.guard(
        'boot transfer end',
        () => resolve(true),
        () => resolve(false),
      ),
    )
  })
}
