/** A link over one socket: who is at its other end, what comes before anybody listens, and small writes gathered into few. */

import type { Socket } from 'node:net'
import { type Address, handlers, parseSocketAddress } from '../../values/index.ts'
import { type Link, type LinkEvents, type Peer, type Place, UNCOPIED_FROM } from './link.ts'

/**
 * The same bytes in as few buffers as copying small ones makes: a vector of many small buffers takes the kernel, and Node,
 * several times as long as their copy.
 */
function merged(buffers: readonly Buffer[]): Buffer[] {
  const out: Buffer[] = []
  let small: Buffer[] = []
  const flush = (): void => {
    if (small.length > 0) out.push(small.length === 1 ? (small[0] as Buffer) : Buffer.concat(small))
    small = []
  }
  for (const buffer of buffers) {
    if (buffer.length < UNCOPIED_FROM) {
      small.push(buffer)
    } else {
      flush()
      out.push(buffer)
    }
  }
  flush()
  return out
}

/** A link over a socket of node-ipc, which writes by `write` and hands in what comes by `received`. */
export class SocketLink implements Link {
  readonly #socket: Socket
  readonly #write: (bytes: Buffer) => boolean
  #peer: Peer = { via: 'unix' }
  #localAddress: Address | undefined
  #early: Buffer[] = []
  #events: LinkEvents | undefined
  #error: Error | undefined
  #gathered: Buffer[] | undefined
  #gatheredBytes = 0
  #hasEnded = false

  /** `forget` is called when the socket is gone, whatever else goes wrong then. */
  constructor(socket: Socket, write: (bytes: Buffer) => boolean, forget: () => void = () => {}) {
    this.#socket = socket
    this.#write = write
    const failed = (error: Error): void => {
      this.#error = error
    }
    const closed = (): void => {
      forget()
      this.#events?.onClosed(this.#error)
      this.#events = undefined
    }
    socket.on('error', handlers.guard('link error', failed))
    socket.on(
      'drain',
      handlers.guard(
        'link drain',
        () => this.#events?.onDrained(),
        () => socket.destroy(),
      ),
    )
    socket.on(
      'end',
      handlers.guard(
        'link end',
        () => this.#ended(),
        () => socket.destroy(),
      ),
    )
    socket.on('close', handlers.guard('link close', closed, closed))
  }

  /** The connection is made. */
  connected(peer: Peer): void {
    this.#peer = peer
    this.#localAddress = parseSocketAddress(this.#socket.localAddress ?? '')
  }

  /** Bytes have come. */
  received(chunk: Buffer): void {
    if (this.#events === undefined) this.#early.push(chunk)
    else this.#events.onData(chunk)
  }

  /** The peer sends nothing more. */
  #ended(): void {
    this.#hasEnded = true
    if (this.#events === undefined) return
    if (this.#events.onEnded === undefined) this.#socket.end()
    else this.#events.onEnded()
  }

  get peer(): Peer {
    return this.#peer
  }

  get localAddress(): Address | undefined {
    return this.#localAddress
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#gatheredBytes
  }

  get unreadBytes(): number {
    return this.#socket.readableLength
  }

  listen(events: LinkEvents): void {
    const early = this.#early
    this.#early = []
    if (!this.#socket.closed) this.#events = events
    for (const chunk of early) events.onData(chunk)
    if (this.#hasEnded) this.#ended()
    if (this.#socket.closed) events.onClosed(this.#error)
  }

  send(bytes: Buffer): void {
    if (this.#socket.destroyed || !this.#socket.writable) return
    if (this.#gathered === undefined) {
      this.#write(bytes)
      return
    }
    this.#gathered.push(bytes)
    this.#gatheredBytes += bytes.length
  }

  together<T>(sends: () => T): T {
    if (this.#gathered !== undefined) return sends()
    this.#gathered = []
    try {
      return sends()
    } finally {
      const gathered = this.#gathered
      this.#gathered = undefined
      this.#gatheredBytes = 0
      for (const bytes of merged(gathered)) this.send(bytes)
    }
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  turnAway(bytes: Buffer): void {
    this.#socket.pause()
    this.#write(bytes)
    this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/**
 * The other end of a connected socket of this place. Undefined for TCP where the peer has gone and its address with it: it
 * must not pass for a local one.
 */
export function peerOf(socket: Socket, place: Place): Peer | undefined {
  if ('path' in place) return { via: 'unix' }
  const address = parseSocketAddress(socket.remoteAddress ?? '')
  return address === undefined ? undefined : { via: 'tcp', address, port: socket.remotePort ?? 0 }
}
