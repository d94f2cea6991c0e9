/** Notifies the secondaries of each new generation (NOTIFY, RFC 1996), and again until they answer. */

import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import type { ByteString, Zones } from '../../resolver/index.ts'
import { type Clock, type Endpoint, handlers, isLoopback, isUnspecified, type Log } from '../../values/index.ts'
import type { DnsCounters } from '../counters.ts'
import type { Secondary } from '../settings.ts'
import { CLASS, OPCODE, RCODE, TYPE } from '../wire/dns2.ts'
import { AA, ANCOUNT, HEADER_SIZE, OPCODE_BITS, QDCOUNT, QR, RCODE_BITS, u16At } from '../wire/header.ts'
import { nameEnd, wireName } from '../wire/name.ts'
import { writeRecord } from '../wire/record.ts'
import { signRequest } from '../wire/tsig.ts'
import { MessageWriter } from '../wire/writer.ts'

/** How long to wait for each answer in turn, in milliseconds; then the secondary is left to its own refresh. */
const PATIENCE = [1000, 2000, 4000, 8000, 16_000] as const
/** How many notifications to one secondary wait for an answer at once. */
const OUTSTANDING_MAX = 16

/** What notifying needs. */
interface NotifyOptions {
  readonly secondaries: readonly Secondary[]
  readonly listen: readonly Endpoint[]
  readonly counters: DnsCounters
  readonly log: Log
  readonly clock: Clock
  /** Seconds since 1970. */
  readonly time: () => number
}

/** Notifies all secondaries. */
export class Notifier {
  readonly #couriers: readonly Courier[]

  constructor(options: NotifyOptions) {
    this.#couriers = options.secondaries.map((secondary) => new Courier(secondary, options))
  }

  /** Notifies of a generation; older notifications that still wait are dropped. */
  notify(zones: Zones): void {
    for (const courier of this.#couriers) courier.tell(zones)
  }

  close(): void {
    for (const courier of this.#couriers) courier.close()
  }
}

/** A notification that waits for its answer. */
interface Pending {
  readonly origin: ByteString
  readonly message: Buffer
  tries: number
  stopWaiting: () => void
}

/** Notifies one secondary. */
class Courier {
  readonly #secondary: Secondary
  readonly #options: NotifyOptions
  #socket: Socket | undefined
  #isConnected = false
  #queue: ByteString[] = []
  #zones: Zones | undefined
  /** By message id. */
  readonly #pending = new Map<number, Pending>()

  constructor(secondary: Secondary, options: NotifyOptions) {
    this.#secondary = secondary
    this.#options = options
  }

  tell(zones: Zones): void {
    this.#zones = zones
    this.#queue = zones.all.map(({ origin }) => origin)
    for (const { stopWaiting } of this.#pending.values()) stopWaiting()
    this.#pending.clear()
    if (this.#socket === undefined) this.#open()
    else if (this.#isConnected) this.#sendOn()
  }

  close(): void {
    this.#queue = []
    for (const { stopWaiting } of this.#pending.values()) stopWaiting()
    this.#pending.clear()
    this.#socket?.close()
    this.#socket = undefined
  }

  /** A socket that takes messages of the secondary alone, from an address that it may know us by. */
  #open(): void {
    const { endpoint } = this.#secondary
    const socket = createSocket({ type: endpoint.address.family === 4 ? 'udp4' : 'udp6' })
    this.#socket = socket
    this.#isConnected = false
    socket.unref()
    const failed = (error: unknown): void => {
      // Once connected an error says that nobody listens there yet; before, that we have no such address.
      if (this.#socket === socket && !this.#isConnected) this.#unreachable(socket, error)
    }
    socket.on('error', handlers.guard('NOTIFY error', failed, failed))
    socket.on(
      'message',
      handlers.guard('NOTIFY answer', (message) => this.#onMessage(message)),
    )
    const from = sourceFor(endpoint, this.#options.listen)
    const connect = handlers.guard('NOTIFY bind', () => this.#connect(socket), failed)
    if (from === undefined) connect()
    else socket.bind(0, from.host, connect)
  }

  #connect(socket: Socket): void {
    if (this.#socket !== socket) return
    const { endpoint } = this.#secondary
    const failed = (error: unknown): void => {
      if (this.#socket === socket) this.#unreachable(socket, error)
    }
    const connected = (error?: Error): void => {
      if (this.#socket !== socket) return
      this.#isConnected = error === undefined
      if (error === undefined) this.#sendOn()
      else failed(error)
    }
    socket.connect(endpoint.port, endpoint.host, handlers.guard('NOTIFY connection', connected, failed))
  }

  /** There is no way to the secondary now: the next generation tries again. */
  #unreachable(socket: Socket, error: unknown): void {
    this.#options.log.warn({ err: error, secondary: this.#secondary.endpoint.host }, 'cannot reach secondary')
    this.#socket = undefined
    socket.close()
  }

  /** Sends of what is queued as much as may wait for answers. */
  #sendOn(): void {
    while (this.#pending.size < OUTSTANDING_MAX && this.#zones !== undefined) {
      const origin = this.#queue.shift()
      if (origin === undefined) return
      const id = this.#freeId()
      const message = this.#message(id, origin, this.#zones)
      const pending: Pending = { origin, message, tries: 0, stopWaiting: () => {} }
      this.#pending.set(id, pending)
      this.#try(id, pending)
    }
  }

  #freeId(): number {
    for (;;) {
      const id = randomInt(0x10000)
      if (!this.#pending.has(id)) return id
    }
  }

  #try(id: number, pending: Pending): void {
    const wait = PATIENCE[pending.tries++]
    if (wait === undefined) {
      this.#giveUp(id, pending)
      return
    }
    this.#options.counters.notified++
    // An error means that nothing listens there yet: the next try comes anyway.
    this.#socket?.send(
      pending.message,
      handlers.guard('NOTIFY sent', () => {}),
    )
    const again = handlers.guard('NOTIFY timeout', () => this.#try(id, pending))
    pending.stopWaiting = this.#options.clock.after(wait, again)
  }

  #giveUp(id: number, { origin }: Pending): void {
    const { host: secondary } = this.#secondary.endpoint
    this.#options.counters.unacknowledged++
    this.#options.log.warn({ secondary, zone: origin }, 'secondary does not answer NOTIFY')
    this.#pending.delete(id)
    this.#sendOn()
  }

  #onMessage(message: Buffer): void {
    const id = message.length < HEADER_SIZE ? -1 : message.readUInt16BE(0)
    const pending = this.#pending.get(id)
    if (pending === undefined || !isAnswerTo(message, pending.message)) return
    pending.stopWaiting()
    this.#pending.delete(id)
    this.#options.counters.acknowledged++
    const rcode = (message[3] ?? 0) & RCODE_BITS
    const fields = { secondary: this.#secondary.endpoint.host, zone: pending.origin, rcode }
    if (rcode !== RCODE.NOERROR) this.#options.log.warn(fields, 'secondary refuses NOTIFY')
    this.#sendOn()
  }

  #message(id: number, origin: ByteString, zones: Zones): Buffer {
    const writer = new MessageWriter()
    const name = wireName(origin)
    writer.u16(id)
    writer.u8((OPCODE.NOTIFY << 3) | AA)
    writer.u8(0)
    while (writer.length < HEADER_SIZE) writer.u16(0)
    writer.patchU16(QDCOUNT, 1)
    writer.patchU16(ANCOUNT, 1)
    writer.name(name)
    writer.u16(TYPE.SOA)
    writer.u16(CLASS.IN)
    writeRecord(writer, name, zones.authority, zones.settings.ttl)
    const { key } = this.#secondary
    return key === undefined ? writer.bytes() : signRequest(writer.bytes(), key, this.#options.time())
  }
}

/** Whether a message is a reply of our opcode to the question that we asked. */
function isAnswerTo(message: Buffer, asked: Buffer): boolean {
  if (((message[2] ?? 0) & (QR | OPCODE_BITS)) !== (QR | (OPCODE.NOTIFY << 3))) return false
  if (u16At(message, QDCOUNT) === 0) return true
  const end = nameEnd(asked, HEADER_SIZE) + 4
  return Buffer.compare(message.subarray(HEADER_SIZE, end), asked.subarray(HEADER_SIZE, end)) === 0
}

/** The address of ours to send from: one that we listen at, of the same family, on loopback as the other is. */
function sourceFor(to: Endpoint, listen: readonly Endpoint[]): Endpoint | undefined {
  return listen.find(
    ({ address }) =>
      address.family === to.address.family && !isUnspecified(address) && isLoopback(address) === isLoopback(to.address),
  )
}
