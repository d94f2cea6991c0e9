/** A UDP socket whose requests come and whose replies go many at a time; what is ready is answered in C. */
import { getSystemErrorName } from 'node:util'
import { type HostPort, handlers } from '../../values/index.ts'
import type { UdpHandler } from '../udp.ts'
import type { NativeDoor, NativeTable, Packets } from './packets.ts'

/** What a socket is made with. */
interface BatchSocketOptions {
  readonly packets: Packets
  readonly endpoint: HostPort
  /** Whether other processes have the same address and port. */
  readonly isShared: boolean
  readonly handler: UdpHandler
  /** Told of errors of sending and receiving. */
  readonly onError: (error: Error) => void
  /** What is counted in C. */
  readonly counts: Float64Array
}

/** Where the address family and the port stand in a peer (struct sockaddr_in and sockaddr_in6). */
const PORT_AT = 2

/** A socket; it can be had at all addresses of the machine, and a reply comes from the one that was asked. */
export class BatchSocket {
  readonly #options: BatchSocketOptions
  readonly #door: NativeDoor
  readonly #memory: Uint8Array
  readonly #waiting: Uint32Array
  readonly #lengths: Uint32Array
  /** The batch that is worked on: a reply that comes in its time goes with the others. */
  #batch = 0
  #isWorking = false

  /** Throws Error with the code of the system where the address can't be had. */
  constructor(options: BatchSocketOptions) {
    this.#options = options
    const { packets, endpoint, isShared, counts, onError } = options
    const work = handlers.guard('DNS request by UDP', (count: number) => this.#work(count))
    const fail = (errno: number): void => onError(systemError(errno))
    const failed = handlers.guard('DNS socket error', fail)
    this.#door = packets.open(endpoint.host, endpoint.port, isShared, counts, work, failed)
    const memory = packets.batch(this.#door)
    const { requests, waiting, lengths } = packets.layout
    this.#memory = new Uint8Array(memory)
    this.#waiting = new Uint32Array(memory, waiting, requests)
    this.#lengths = new Uint32Array(memory, lengths, requests)
  }

  /** Where it is. */
  get endpoint(): HostPort {
    return this.#options.endpoint
  }

  /** The port that it has. */
  get port(): number {
    return this.#options.packets.port(this.#door)
  }

  /** Answers from a table by itself; undefined: from none. */
  serve(table: NativeTable | undefined): void {
    this.#options.packets.serve(this.#door, table ?? null)
  }

  close(): void {
    this.#options.packets.shut(this.#door)
  }

  /** Sends a reply to a peer of a request from before. */
  send(peer: Uint8Array, reply: Uint8Array): void {
    const errno = this.#options.packets.send(this.#door, peer, reply)
    if (errno === 0) return
    const error = systemError(errno)
    // A socket that was closed meanwhile: the reply is late.
    if (error.code === 'EBADF') this.#options.handler.unsent()
    else this.#options.onError(error)
  }

  #work(count: number): void {
    this.#batch++
    this.#isWorking = true
    try {
      for (let i = 0; i < count; i++) if (this.#waiting[i] !== 0) this.#one(i)
    } finally {
      this.#isWorking = false
    }
  }

  /** One that throws has no reply; the others of the batch go on. */
  #one(i: number): void {
    const { packets, handler } = this.#options
    const { slotSize, peerSize, nearSize } = packets.layout
    const size = (this.#waiting[i] ?? 0) - 1
    const start = i * slotSize
    const near = Buffer.from(this.#memory.subarray(start, start + peerSize + Math.min(size, nearSize)))
    const peer = near.subarray(0, peerSize)
    const port = portOf(peer)
    const address = packets.from(peer)
    if (port === 0 || address === undefined) {
      handler.unanswerable()
      return
    }
    const request = size <= nearSize ? near.subarray(peerSize) : packets.long(this.#door, i)
    if (request === undefined) return
    const batch = this.#batch
    const { endpoint } = this
    this.#handle(request, { address, port }, (reply) => this.#reply(reply, peer, batch, i), { endpoint, peer })
  }

  readonly #handle = handlers.guard(
    'DNS request by UDP',
    (...[request, peer, send, arrival]: Parameters<UdpHandler['udp']>) =>
      this.#options.handler.udp(request, peer, send, arrival),
  )

  #reply(reply: Buffer, peer: Uint8Array, batch: number, i: number): void {
    const { replies, replySize } = this.#options.packets.layout
    if (!this.#isWorking || batch !== this.#batch || reply.length > replySize) {
      this.send(peer, reply)
      return
    }
    this.#memory.set(reply, replies + i * replySize)
    this.#lengths[i] = reply.length
  }
}

/** The port of a peer. */
export function portOf(peer: Uint8Array): number {
  return ((peer[PORT_AT] ?? 0) << 8) | (peer[PORT_AT + 1] ?? 0)
}

function systemError(errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`UDP ${code}`), { code, errno: -errno })
}
