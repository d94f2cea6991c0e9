/** The connections of an HTTP listener: none of those who ask nothing keeps another one out. */
import type { Socket } from 'node:net'
import { handlers } from '../../values/index.ts'

/** How many connections there may be at once. */
export interface ConnectionBounds {
  readonly all: number
  /** Of one address; as many as there may be unless set. */
  readonly perAddress?: number
}

/** The bounds of a listener for people and for metrics. */
const USUAL: ConnectionBounds = { all: 32 }
/** The most requests of one connection that may wait for their answers. */
const PENDING_MAX = 128

/** The connections, those first that have asked nothing for the longest: for a new one the first of them makes room that waits for no answer. */
export class Connections {
  readonly #bounds: ConnectionBounds
  readonly #pending = new Map<Socket, number>()
  readonly #ofAddress = new Map<string, Set<Socket>>()

  constructor(bounds: ConnectionBounds = USUAL) {
    this.#bounds = bounds
  }

  /** A new one. */
  take(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    const same = this.#ofAddress.get(address) ?? new Set()
    this.#ofAddress.set(address, same.add(socket))
    this.#pending.set(socket, 0)
    const leave = (): void => {
      this.#pending.delete(socket)
      same.delete(socket)
      if (same.size === 0 && this.#ofAddress.get(address) === same) this.#ofAddress.delete(address)
    }
    socket.on('close', handlers.guard('HTTP connection close', leave, leave))
    if (same.size > (this.#bounds.perAddress ?? Number.POSITIVE_INFINITY)) this.#end(same)
    else if (this.#pending.size > this.#bounds.all) this.#end(this.#pending.keys())
  }

  /** It asks. False if too many of its requests wait already: it is ended then. */
  asks(socket: Socket): boolean {
    const pending = this.#pending.get(socket) ?? 0
    this.#pending.delete(socket)
    if (pending >= PENDING_MAX) {
      socket.destroy()
      return false
    }
    this.#pending.set(socket, pending + 1)
    return true
  }

  /** It was answered. */
  answered(socket: Socket): void {
    const pending = this.#pending.get(socket)
    if (pending !== undefined) this.#pending.set(socket, Math.max(0, pending - 1))
  }

  /** Ends the first of these that waits for no answer; the first of all where each of them does. */
  #end(sockets: Iterable<Socket>): void {
    let first: Socket | undefined
    for (const socket of sockets) {
      if (socket.destroyed) continue
      first ??= socket
      if (this.#pending.get(socket) !== 0) continue
      first = socket
      break
    }
    if (first === undefined) return
    this.#pending.delete(first)
    first.destroy()
  }
}
