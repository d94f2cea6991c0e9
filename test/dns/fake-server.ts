/** A name server of a test's own, UDP and TCP on one port of loopback. */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { framed } from '../../src/dns/wire/frames.ts'
import type { Endpoint } from '../../src/values/index.ts'
import { endpoint } from './cluster.ts'

/** What comes in. */
export interface Received {
  readonly request: Buffer
  readonly port: number
  /** Sends a reply by UDP, at any time. */
  readonly send: (reply: Uint8Array) => void
}

/** Replies as it is told to. */
export class FakeServer {
  /** All requests by UDP. */
  readonly requests: Received[] = []
  readonly #udp: Socket = createSocket('udp4')
  readonly #tcp: Server

  constructor(udp: (request: Buffer) => Uint8Array[], tcp: (request: Buffer) => Buffer = () => Buffer.alloc(0)) {
    this.#udp.on('message', (request: Buffer, from: RemoteInfo) => {
      const send = (reply: Uint8Array): void => this.#udp.send(reply, from.port, from.address)
      this.requests.push({ request, port: from.port, send })
      for (const reply of udp(request)) send(reply)
    })
    this.#tcp = createServer((socket) => socket.on('data', (chunk) => socket.end(framed(tcp(chunk.subarray(2))))))
  }

  /** Listens at a port that the system chooses. */
  async listen(): Promise<Endpoint> {
    await new Promise<void>((resolve) => this.#tcp.listen(0, '127.0.0.1', () => resolve()))
    const address = this.#tcp.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await new Promise<void>((resolve) => this.#udp.bind(port, '127.0.0.1', () => resolve()))
    return endpoint('127.0.0.1', port)
  }

  close(): void {
    this.#udp.close()
    this.#tcp.close()
  }
}

/** What a reply of `answering` holds. */
export interface Said {
  readonly address: string
  readonly rcode: number
  readonly tc: boolean
  readonly ad: boolean
  /** Records that follow the answer, and how many there are. */
  readonly additional: readonly Buffer[]
}

/** The reply to a request: its header and question, an address, and whether it is cut. */
export function answering(
  request: Buffer,
  { address = '192.0.2.1', rcode = 0, tc = false, ad = false, additional = [] }: Partial<Said> = {},
): Buffer {
  const end = questionEnd(request)
  const reply = Buffer.from(request.subarray(0, end))
  reply[2] = 0x81 | (tc ? 2 : 0)
  reply[3] = 0x80 | rcode | (ad ? 0x20 : 0)
  reply.fill(0, 6, 12)
  reply[11] = additional.length
  if (tc || rcode !== 0) return Buffer.concat([reply, ...additional])
  reply[7] = 1
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)])
  return Buffer.concat([reply, record, ...additional])
}

/** Where the question of a message ends. */
export function questionEnd(message: Uint8Array): number {
  let at = 12
  while (message[at] !== 0) at += 1 + (message[at] ?? 0)
  return at + 5
}
