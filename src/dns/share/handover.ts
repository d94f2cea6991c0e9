/**
 * Requests that one server of several hands to the first one, which answers the client by its own socket at the same address: from socket
 * to socket on loopback, each with a proof that only the servers can make, so that nobody else on the machine can have something answered in
 * another's name. The secret itself is never sent: while the first server is gone, another program may have its port.
 *
 *   HMAC-SHA-256 of all behind it, 16 bytes of it | length 8, HOST PORT of the socket that was asked | peer 64 (struct peer of batch/door.h) | request
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { type HostPort, handlers } from '../../values/index.ts'
import { udpSocket } from '../wire/dns2.ts'

/** Where a request came in, for who sends its reply. */
export interface Arrival {
  readonly endpoint: HostPort
  /** Where it came from and which address it was sent to, as the native part has it. */
  readonly peer: Uint8Array
}

const PROOF_SIZE = 16
const PEER_SIZE = 64
/** A datagram holds no more with all that goes before; no request that is handed over is nearly as long. */
const REQUEST_MAX = 60_000
/** How many bytes may wait to be sent: more are dropped, as networks do. */
const QUEUE_MAX = 1024 * 1024

/** Hands requests over. */
export class HandoverSender {
  readonly #socket: Socket
  readonly #key: KeyObject
  #port = 0

  constructor(secret: Uint8Array) {
    this.#key = createSecretKey(secret)
    this.#socket = udpSocket(4)
    this.#socket.on(
      'error',
      handlers.guard('DNS socket error', () => {}),
    )
  }

  /** The port where the first server takes them now; 0: it is not there. */
  set port(port: number) {
    this.#port = port
  }

  /** Hands one over; false if it can't be. */
  send(request: Uint8Array, { endpoint, peer }: Arrival): boolean {
    if (this.#port === 0 || request.length > REQUEST_MAX || this.#socket.getSendQueueSize() > QUEUE_MAX) return false
    const place = placeOf(endpoint)
    const body = Buffer.concat([Buffer.of(place.length), Buffer.from(place), peer, request])
    this.#socket.send([proofOf(body, this.#key), body], this.#port, '127.0.0.1')
    return true
  }

  close(): void {
    this.#socket.close()
  }
}

/** Takes requests that are handed over. */
export class HandoverReceiver {
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Opens a socket for them on loopback. `take` is given each request with the name of the socket that was asked (placeOf). */
  static async open(
    secret: Uint8Array,
    take: (request: Buffer, place: string, peer: Buffer) => void,
  ): Promise<HandoverReceiver> {
    const socket = udpSocket(4)
    const key = createSecretKey(secret)
    const receive = (message: Buffer): void => {
      const parts = partsOf(message, key)
      if (parts !== undefined) take(parts.request, parts.place, parts.peer)
    }
    socket.on('message', handlers.guard('DNS request by UDP', receive))
    const listening = once(socket, 'listening')
    socket.bind(0, '127.0.0.1')
    await listening
    socket.on(
      'error',
      handlers.guard('DNS socket error', () => {}),
    )
    return new HandoverReceiver(socket)
  }

  /** Where requests are taken. */
  get port(): number {
    return this.#socket.address().port
  }

  close(): void {
    this.#socket.close()
  }
}

/** The name of a socket. */
export function placeOf({ host, port }: HostPort): string {
  return `${host} ${port}`
}

function partsOf(message: Buffer, key: KeyObject): { request: Buffer; place: string; peer: Buffer } | undefined {
  const at = PROOF_SIZE + 1
  if (message.length < at || !isProved(message, key)) return undefined
  const end = at + (message[PROOF_SIZE] ?? 0)
  if (message.length < end + PEER_SIZE) return undefined
  return {
    place: message.toString('latin1', at, end),
    peer: message.subarray(end, end + PEER_SIZE),
    request: message.subarray(end + PEER_SIZE),
  }
}

function isProved(message: Buffer, key: KeyObject): boolean {
  return timingSafeEqual(message.subarray(0, PROOF_SIZE), proofOf(message.subarray(PROOF_SIZE), key))
}

function proofOf(body: Uint8Array, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, PROOF_SIZE)
}
