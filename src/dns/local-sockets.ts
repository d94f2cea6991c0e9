/**
 * UDP at a wildcard address. A reply has to come from the address that was asked, and a socket that is bound to all of them
 * can't say which that was: so there is one socket for each address of the machine, and they follow as addresses change.
 */

import type { Socket } from 'node:dgram'
import { type Clock, handlers, type Log } from '../values/index.ts'
import type { SocketErrors } from './socket-errors.ts'
import { listenUdp, type UdpHandler } from './udp.ts'

/** How often the machine's addresses are looked at, in milliseconds. */
const LOOK_EVERY = 2000

/** What the sockets are made with. */
interface LocalSocketsOptions {
  /** The addresses that are to have a socket now, in text. */
  readonly addresses: () => readonly string[]
  readonly port: number
  readonly handler: UdpHandler
  readonly log: Log
  readonly errors: SocketErrors
  readonly clock: Clock
  /** Called after each look at the addresses. */
  readonly onLook: () => void
}

/** Looks at the machine's addresses every now and then. */
export class AddressLooks {
  readonly #clock: Clock
  readonly #look: () => unknown
  #stop: () => void = () => {}

  /** `look` is called each time, first after a while. */
  constructor(clock: Clock, look: () => unknown) {
    this.#clock = clock
    this.#look = look
    this.#later()
  }

  close(): void {
    this.#stop()
  }

  #later(): void {
    const look = (): unknown => {
      this.#later()
      return this.#look()
    }
    this.#stop = this.#clock.after(LOOK_EVERY, handlers.guard('DNS addresses', look))
  }
}

/** One socket for each of the machine's addresses of a family. */
export class LocalSockets {
  readonly #options: LocalSocketsOptions
  readonly #sockets = new Map<string, Socket>()
  readonly #looks: AddressLooks
  #closed = false

  constructor(options: LocalSocketsOptions) {
    this.#options = options
    this.#looks = new AddressLooks(options.clock, () => this.follow())
  }

  /** The addresses that have a socket. */
  get hosts(): readonly string[] {
    return [...this.#sockets.keys()]
  }

  /** Opens sockets for new addresses and closes those of gone ones. An address that can't be had yet is tried again later. */
  async follow(): Promise<void> {
    const wanted = new Set(this.#options.addresses())
    for (const [host, socket] of this.#sockets) {
      if (wanted.has(host)) continue
      this.#sockets.delete(host)
      socket.close()
    }
    for (const host of wanted) if (!this.#sockets.has(host)) await this.#open(host)
    this.#options.onLook()
  }

  close(): void {
    this.#closed = true
    this.#looks.close()
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
  }

  async #open(host: string): Promise<void> {
    const { port, handler, log, errors } = this.#options
    try {
      const onError = (error: Error) => errors.tell(error, host)
      const socket = await listenUdp({ host, port }, handler, onError)
      if (this.#closed || this.#sockets.has(host)) socket.close()
      else this.#sockets.set(host, socket)
    } catch (error) {
      log.debug({ err: error, host }, 'no DNS at this address yet')
    }
  }
}
