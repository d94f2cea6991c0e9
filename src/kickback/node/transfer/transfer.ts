/** A whole snapshot over a connection, each piece proved as it arrives: a liar's bytes are not kept. */
import type { Header } from '../../../resolver/index.ts'
import { type Clock, counted, sleep } from '../../../values/index.ts'
import { CHUNK_MAX } from '../../wire/protocol.ts'
import { type KickbackClient, ServiceError } from '../client.ts'
import { Body } from './body.ts'

/** How many chunks are asked for before the first of them has come. */
const IN_FLIGHT = 3
/**
 * Chunks are as large as comes in a second or two: what else is asked meanwhile waits behind those on their way, and must be
 * answered in time. Sizes are bytes, times milliseconds.
 */
const CHUNK = { first: 4096, least: 1024, quick: 1000, slow: 2000 } as const
/** The longest reply that a transfer needs, in bytes: a chunk and its envelope. */
export const TRANSFER_REPLY_MAX = CHUNK_MAX + 4096
/**
 * The slowest that a transfer may be, in bytes a second, after a time to begin in milliseconds: a tenth of what a node gets while
 * ten thousand fetch from one master at 1 Gbit/s. And how long the largest may take at all, in milliseconds.
 */
const PACE = { least: 1024, begin: 20_000, look: 5_000, longest: 3_600_000 } as const
/** How long one chunk may take, in milliseconds: the pace of the whole decides before. */
export const CHUNK_TIMEOUT = 120_000

/**
 * Fetches the snapshot of a header. What is kept at any time is what has come and no more, and it ends at the first section that
 * is not the one of this header. Throws ServiceError: `generation` where the master has newer ones and this
 * one is gone, `protocol` where something else comes, `timeout` where it comes too slowly. With the reason of `signal` once that aborts.
 */
export async function fetchBody(
  client: KickbackClient,
  header: Header,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Buffer> {
  const body = new Body(header)
  return atPace(body, clock, signal, (over) => fetchAll(client, header, body, clock, over))
}

/** What has come of a transfer. */
interface Arrived {
  /** How many bytes. */
  readonly length: number
}

/**
 * What comes of a transfer, or ServiceError `timeout` once it is slower than it may be. The transfer is told by its signal when its time is over, or
 * `signal` aborts: it ends then, and asks for nothing more.
 */
export async function atPace<T>(
  arrived: Arrived,
  clock: Clock,
  signal: AbortSignal | undefined,
  transfer: (over: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController()
  const over = signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal])
  try {
    return await Promise.race([transfer(over), keepPace(arrived, clock, ended.signal)])
  } finally {
    ended.abort()
  }
}

async function fetchAll(
  client: KickbackClient,
  { kind, generation, size }: Header,
  body: Body,
  clock: Clock,
  over: AbortSignal,
): Promise<Buffer> {
  const asked: Promise<() => Uint8Array>[] = []
  const chunks = new ChunkSize()
  let next = 0
  for (let last = clock.now(); ; ) {
    over.throwIfAborted()
    while (asked.length < IN_FLIGHT && next < size) {
      const length = Math.min(chunks.bytes, size - next)
      asked.push(outcomeOf(fetchChunk(client, { kind, generation, offset: next, length })))
      next += length
    }
    const first = asked.shift()
    if (first === undefined) return body.whole()
    const chunk = (await first)()
    const now = clock.now()
    chunks.took(chunk.length, now - last)
    last = now
    body.take(chunk)
  }
}

/** How many bytes are asked for at once: more where they come quickly, fewer where they come slowly. */
export class ChunkSize {
  #bytes: number = CHUNK.first

  /** The size of the next chunk. */
  get bytes(): number {
    return this.#bytes
  }

  /** A chunk of so many bytes came, so many milliseconds after the one before. */
  took(bytes: number, ms: number): void {
    // Those of another size were asked for before the last change, which shows only later.
    if (ms < CHUNK.quick && bytes === this.#bytes) this.#bytes = Math.min(CHUNK_MAX, 2 * this.#bytes)
    if (ms > CHUNK.slow && bytes >= this.#bytes) this.#bytes = Math.max(CHUNK.least, this.#bytes / 2)
  }
}

/** What comes of a chunk, given or thrown when it is its turn: it may fail while an earlier one is waited for. */
async function outcomeOf(chunk: Promise<Uint8Array>): Promise<() => Uint8Array> {
  try {
    const data = await chunk
    return () => data
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** One chunk. A service that gives less than it was asked for would have us ask for ever. */
async function fetchChunk(
  client: KickbackClient,
  chunk: { readonly kind: number; readonly generation: number; readonly offset: number; readonly length: number },
): Promise<Uint8Array> {
  const { data = new Uint8Array() } = await client.ask('SNAPSHOT', chunk, CHUNK_TIMEOUT)
  if (data.length === chunk.length) return data
  throw new ServiceError('protocol', `a chunk of ${counted(data.length, 'byte')} in place of ${chunk.length}`)
}

/** Throws once the transfer is slower than it may be. */
async function keepPace(arrived: Arrived, clock: Clock, ended: AbortSignal): Promise<never> {
  const start = clock.now()
  for (;;) {
    await sleep(clock, PACE.look, ended)
    if (ended.aborted) return new Promise<never>(() => {})
    const passed = clock.now() - start
    const least = ((passed - PACE.begin) / 1000) * PACE.least
    if (arrived.length < least || passed > PACE.longest) {
      throw new ServiceError(
        'timeout',
        `${counted(arrived.length, 'byte')} came in ${Math.round(passed / 1000)} s, which is too slow`,
      )
    }
  }
}
