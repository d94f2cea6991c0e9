/** The connections of the HTTP listener: none of those who ask nothing keeps another one out. */
import type { Socket } from 'node:net'
import { handlers } from '../../values/index.ts'

/** The most connections at once, and the most requests of one that may wait for their answers. */
const CONNECTIONS_MAX = 32
const PENDING_MAX = 128

/** The connections, those first that have asked nothing for the longest: for a new one the first of them makes room. */
export class Connections {
  readonly #pending = new Map<Socket, number>()

  /** A new one. */
  take(socket: Socket): void {
    this.#pending.set(socket, 0)
    const leave = (): void => {
      this.#pending.delete(socket)
    }
    socket.on('close', handlers.guard('HTTP connection close', leave, leave))
    const [first] = this.#pending.keys()
    if (first === undefined || this.#pending.size <= CONNECTIONS_MAX) return
    this.#pending.delete(first)
    first.destroy()
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
}
