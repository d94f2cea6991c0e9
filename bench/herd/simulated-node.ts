/**
 * A simulated node: it speaks the protocol as a proxy does, over a connection from an address of its own, but keeps no copy of the
 * snapshot. A node of the sample fetches as a proxy does too, and proves what it got by digest and signature.
 */
import { type KeyObject, randomBytes, verify } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { zstdDecompressSync } from 'node:zlib'
import { Backoff } from '../../src/kickback/node/backoff.ts'
import { httpGet } from '../../src/kickback/node/transfer/http.ts'
import { objectBody } from '../../src/kickback/node/transfer/object-transfer.ts'
import { FrameSplitter } from '../../src/kickback/wire/frames.ts'
import { decodeMessage, encodeFrame, type Fields, REPLY_VALUES_MAX } from '../../src/kickback/wire/message.ts'
import { objectPath } from '../../src/kickback/wire/objects.ts'
import { aliveMessage } from '../../src/kickback/wire/proof.ts'
import { CHUNK_MAX, NONCE_BYTES, OPERATIONS, type OperationName, REPLY_MAX } from '../../src/kickback/wire/protocol.ts'
import {
  type Header,
  headerOf,
  keyMark,
  patched,
  proveAgainst,
  proveHeader,
  SectionsProof,
  Snapshot,
} from '../../src/resolver/index.ts'
import { type HttpAddress, hex, inTurns, monotonic, parseHttpAddress } from '../../src/values/index.ts'
import { addressOf, CACHE, CACHE_PORT, FIRST_SIMULATED } from './cluster.ts'
import { now } from './figures.ts'

/** What the nodes of a process have in common. */
export interface Herd {
  /** The doors of each master: nodes use them by turns. */
  readonly masters: readonly (readonly { readonly host: string; readonly port: number }[])[]
  readonly key: KeyObject
  /** The snapshots that the sample has proved, by digest, and the one that all start with. */
  readonly proved: Map<string, Uint8Array>
  /** The digests of those that are being proved: once is enough, on a machine that is shared with the master. */
  readonly making: Set<string>
  /** Bytes that came in answer to DELTA, by the digests of both ends: those of the sample make the new snapshot. */
  readonly deltas: Map<string, string>
  /** Whether whole snapshots are fetched from the HTTP cache first. */
  readonly cache: boolean
  /** Told of what should not happen. */
  readonly failed: (reason: string) => void
}

/** As the node's side has them, in milliseconds. */
const [ASKED_AFTER, PROOF_EVERY, BUSY_PAUSE] = [6_000, 30_000, 2_000]
const IN_FLIGHT = 3

/** One node. */
export class SimulatedNode {
  readonly #herd: Herd
  readonly #number: number
  readonly #address: string
  readonly #isOfSample: boolean
  readonly #backoff = new Backoff({ first: 1000, longest: 30_000, random: Math.random })
  readonly #waiting = new Map<number, (fields: Fields) => void>()
  #splitter = new FrameSplitter(REPLY_MAX)
  #socket: Socket | undefined
  #id = 0
  #master = 0
  #tried = 0
  #held: Uint8Array | undefined
  #considering: Promise<void> | undefined
  #hasNews = false
  #isPatient = false
  #announcedGeneration: unknown
  #heard = 0
  #proved = 0
  #timers = new Set<NodeJS.Timeout>()
  #isClosed = false
  readonly #closing = new AbortController()
  /** The digest of what it holds, in hex, and when it had it first; when it was told of news last. */
  digest = ''
  since = 0
  told = 0
  /** When a master was last found to be in step, on the connection that there is. */
  followsSince = 0
  /** Bytes that came. */
  received = 0
  /** Bytes that came through the cache, and whether the master was asked after the cache failed. */
  cached = 0
  hasPassed = false

  /** `number` counts the simulated nodes from 0. */
  constructor(herd: Herd, number: number, held: Uint8Array | undefined, isOfSample: boolean) {
    this.#herd = herd
    this.#number = number
    this.#address = addressOf(FIRST_SIMULATED + number)
    this.#isOfSample = isOfSample
    if (held !== undefined) this.#holds(headerOf(held))
  }

  /** Connects, and follows until it is closed. */
  start(): void {
    const doors = this.#herd.masters[this.#master % this.#herd.masters.length] ?? []
    const place = doors[this.#number % doors.length]
    if (place === undefined || this.#isClosed) return
    this.#splitter = new FrameSplitter(REPLY_MAX)
    // From a port that only root can take, as a proxy does.
    const localPort = 600 + Math.floor(Math.random() * 20)
    const socket = connect({ ...place, localAddress: this.#address, localPort, noDelay: true })
    this.#socket = socket
    socket.on('connect', () => void this.#connected())
    socket.on('data', (bytes) => this.#data(bytes))
    socket.on('error', () => {})
    socket.on('close', () => this.#lost(socket))
  }

  /** Ends. */
  close(): void {
    this.#isClosed = true
    this.#closing.abort()
    this.#forgetTimers()
    this.#socket?.destroy()
  }

  async #connected(): Promise<void> {
    await this.#ask('HELLO', { versions: [1], software: 'herd' })
    this.#hasNews = true
    const first = this.#consider()
    const { beat } = await this.#ask('SUBSCRIBE', { beat: true }, (fields) => this.#announced(fields))
    await first
    if (beat === undefined) this.#watch()
    else await this.#follow()
  }

  /** A generation was announced; the one that was announced before is a sign of life. */
  #announced({ status, message, generation }: Fields): void {
    if (status !== 1) this.#herd.failed(`SUBSCRIBE: ${message}`)
    if (generation === this.#announcedGeneration) return
    this.#announcedGeneration = generation
    this.told = now()
    this.#hasNews = true
    if (!this.#isPatient) void this.#consider()
  }

  /** A master that sends signs of life answers once there is news. */
  async #follow(): Promise<void> {
    this.#isPatient = true
    for (const socket = this.#socket; this.#socket === socket; ) {
      this.#hasNews = true
      await this.#consider()
    }
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket || this.#isClosed) return
    this.#socket = undefined
    this.#waiting.clear()
    this.#forgetTimers()
    this.#considering = undefined
    this.#isPatient = false
    this.#announcedGeneration = undefined
    this.followsSince = 0
    this.#master++
    this.#tried++
    // All masters but the one that was lost are tried at once, and then all again after a pause.
    const pause = this.#tried < this.#herd.masters.length ? 0 : this.#backoff.next()
    if (pause > 0) this.#tried = 0
    this.#later(pause, () => this.start())
  }

  /** A sign of life is asked for where nothing came, and a proof every 30 s. */
  #watch(): void {
    const check = (): void => {
      const time = now()
      if (time - this.#proved >= PROOF_EVERY) {
        this.#hasNews = true
        void this.#consider()
      } else if (time - this.#heard >= ASKED_AFTER - 50) void this.#ask('HELLO', { versions: [1], software: 'herd' })
      this.#later(ASKED_AFTER - Math.min(ASKED_AFTER - 100, now() - this.#heard), check)
    }
    this.#later(ASKED_AFTER, check)
  }

  /** Asks for a statement as long as there are news, and takes what is offered. */
  #consider(): Promise<void> {
    this.#considering ??= this.#considerAll().finally(() => {
      this.#considering = undefined
    })
    return this.#considering
  }

  async #considerAll(): Promise<void> {
    while (this.#hasNews) {
      this.#hasNews = false
      const header = await this.#statement()
      if (header === undefined) continue
      if (hex(header.digest) !== this.digest) {
        if (!(await this.#take(header))) {
          this.#hasNews = true
          continue
        }
        // The master learns what we hold now.
        this.#hasNews = !this.#isPatient
      }
      this.#holds(header)
      this.followsSince ||= now()
      this.#tried = 0
      this.#backoff.reset()
    }
  }

  /** The header of a proved statement; undefined if the master is busy: then it is asked again after a pause. */
  async #statement(): Promise<Header | undefined> {
    const nonce = randomBytes(NONCE_BYTES)
    const held = this.#held
    const { key, failed } = this.#herd
    const reply = await this.#ask('ALIVE', { nonce, key: keyMark(key), wait: this.#isPatient, ...(held && { held }) })
    if (reply.status !== 1) {
      await new Promise<void>((resolve) => this.#later(BUSY_PAUSE, resolve))
      this.#hasNews = true
      return undefined
    }
    this.#proved = now()
    const { header, known, conflict, signature } = reply as unknown as Statement
    const message = aliveMessage({ nonce, header, known, conflict, held })
    const found = headerOf(Buffer.from(header))
    if (this.#isOfSample && !(verify(null, message, key, signature) && proveHeader(found, key))) failed('no proof')
    return found
  }

  async #take(header: Header): Promise<boolean> {
    return (this.#held !== undefined && (await this.#takeDelta(header))) || this.#takeCached(header)
  }

  /** False where there is no delta. */
  async #takeDelta(header: Header): Promise<boolean> {
    const { proved, making, deltas, failed } = this.#herd
    const from = Buffer.from(this.digest, 'hex')
    const { status, data, size } = await this.#ask('DELTA', { from, to: header.digest, offset: 0, length: 4096 })
    if (status !== 1) return false
    const bytes = data as Uint8Array
    if (bytes.length !== size) failed(`a delta of ${size} bytes`)
    const name = `${this.digest} ${hex(header.digest)}`
    const text = hex(bytes)
    if ((deltas.get(name) ?? text) !== text) failed('another delta than the one that was proved')
    deltas.set(name, text)
    const base = proved.get(this.digest)
    const wanted = hex(header.digest)
    if (this.#isOfSample && base !== undefined && !proved.has(wanted) && !making.has(wanted)) {
      making.add(wanted)
      const before = Snapshot.open(base)
      const made = await inTurns(patched(base, zstdDecompressSync(bytes), header))
      await inTurns(proveAgainst(header, made, before))
      proved.set(wanted, made)
    }
    return true
  }

  /** From the cache, by the code of a proxy; from the master where there is none, or it fails. All but the sample throw the bytes away. */
  async #takeCached(header: Header): Promise<boolean> {
    if (!this.#herd.cache) return this.#takeWhole(header)
    const { signal } = this.#closing
    try {
      if (this.#isOfSample) await objectBody(header, { server: SERVER, clock: monotonic, random: Math.random, signal })
      else this.cached += await lengthOf({ path: objectPath(header.digest), accept: 'zstd', clock: monotonic, signal })
      return true
    } catch {
      this.hasPassed = true
      return this.#takeWhole(header)
    }
  }

  /** False where the generation is gone. */
  async #takeWhole(header: Header): Promise<boolean> {
    const { kind, generation, size } = header
    const proof = this.#isOfSample ? new SectionsProof(header) : undefined
    const asked: Promise<Fields>[] = []
    for (let next = 0, done = 0; done < size; ) {
      while (asked.length < IN_FLIGHT && next < size) {
        asked.push(this.#ask('SNAPSHOT', { kind, generation, offset: next, length: CHUNK_MAX }))
        next += CHUNK_MAX
      }
      const { status, data } = (await asked.shift()) ?? {}
      if (status !== 1) return false
      const bytes = data as Uint8Array
      proof?.take(bytes)
      done += bytes.length
    }
    if (proof !== undefined && !proof.isWhole) this.#herd.failed('a snapshot that is not whole')
    return true
  }

  #holds(header: Header): void {
    const digest = hex(header.digest)
    this.#held = header.bytes
    if (digest === this.digest) return
    this.digest = digest
    this.since = now()
  }

  #ask(operation: OperationName, request: object, then?: (fields: Fields) => void): Promise<Fields> {
    const id = ++this.#id
    this.#socket?.write(encodeFrame({ id, op: OPERATIONS[operation], ...request }))
    return new Promise((resolve) => {
      this.#waiting.set(id, (fields) => {
        if (then === undefined) this.#waiting.delete(id)
        else then(fields)
        resolve(fields)
      })
    })
  }

  #data(bytes: Buffer): void {
    this.received += bytes.length
    this.#heard = now()
    this.#splitter.push(bytes)
    for (let body = this.#splitter.next(); body !== undefined; body = this.#splitter.next()) {
      const fields = decodeMessage(body, REPLY_VALUES_MAX)
      if (fields.id === 0) this.#herd.failed(`${this.#address}: ${fields.message}`)
      this.#waiting.get(Number(fields.id))?.(fields)
    }
  }

  #later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      then()
    }, ms)
    this.#timers.add(timer)
  }

  #forgetTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}

/** The HTTP cache, as the snapshot names it. */
const SERVER = serverOf(`http://${CACHE}:${CACHE_PORT}`)

function serverOf(url: string): HttpAddress {
  const server = parseHttpAddress(url)
  if (server === undefined) throw new Error(`${url} is no URL`)
  return server
}

/** How long a body from the cache is. Throws where it gives none. */
async function lengthOf(asked: Omit<Parameters<typeof httpGet>[0], 'server'>): Promise<number> {
  return httpGet({ ...asked, server: SERVER }, async ({ status, body }) => {
    if (status !== 200) throw new Error(`status ${status}`)
    let length = 0
    for await (const piece of body as AsyncIterable<Buffer>) length += piece.length
    return length
  })
}

/** What ALIVE answers. */
interface Statement {
  readonly header: Uint8Array
  readonly known: boolean
  readonly conflict: boolean
  readonly signature: Uint8Array
}
