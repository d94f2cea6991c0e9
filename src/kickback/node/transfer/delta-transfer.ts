/** A snapshot by a delta to what this node holds: a few hundred bytes of a change, in place of all. */
import { promisify } from 'node:util'
import { constants, zstdDecompress } from 'node:zlib'
import { type Header, patched, proveAgainst, type Room, type Snapshot, SnapshotError } from '../../../resolver/index.ts'
import { type Clock, inTurns, messageOf } from '../../../values/index.ts'
import type { Request } from '../../wire/protocol.ts'
import { type KickbackClient, ServiceError } from '../client.ts'
import type { Cache } from './cache.ts'
import { namedCache } from './named-cache.ts'
import { atPace, CHUNK_TIMEOUT, ChunkSize, fetchBody } from './transfer.ts'

const unzstd = promisify(zstdDecompress)
/** The window of zstd that is taken, as a power of two of bytes: masters make none beyond it. */
const UNPACKED = { params: { [constants.ZSTD_d_windowLogMax]: 23 } }

/** The most bytes of a delta that are fetched, of any snapshot, and as a part of a large one: a larger one saves little. */
const DELTA_MAX = { bytes: 4 * 1024 * 1024, part: 1 / 4 } as const

/** From where a node fetches. */
interface Sources {
  /** A connection to its master, which has proved the header. */
  readonly client: KickbackClient
  /** The cache that is asked first; undefined for none. */
  readonly cache?: Cache | undefined
  readonly clock: Clock
  /** Nothing more is fetched once it aborts. */
  readonly signal?: AbortSignal | undefined
  /** Gives the place of what deltas make; memory of Buffer unless set. */
  readonly room?: Room | undefined
}

/**
 * Fetches the snapshot of a header: by a delta to what this node holds, where there is one, else whole; of either from the cache first, where
 * one is named. Rejects as `fetchBody` does.
 */
export async function fetchSnapshot(sources: Sources, header: Header, held: Snapshot | undefined): Promise<Uint8Array> {
  const { client, clock, signal } = sources
  const made = held && ((await madeByCache(held, header, sources)) ?? (await madeOf(held, header, sources)))
  return made ?? (await cached(sources, header)) ?? fetchBody(client, header, clock, signal)
}

/** The whole snapshot of the cache that its generation names, or this node's own settings; undefined where that is of no use. */
async function cached({ client, cache, clock, signal }: Sources, header: Header): Promise<Uint8Array | undefined> {
  if (cache === undefined || cache.isResting) return undefined
  return cache.body(header, cache.isNamedHere ? undefined : await namedCache(client, header, clock, signal), signal)
}

/** The snapshot as the cache's delta makes it of another one, proved; undefined where there is no delta that does. */
async function madeByCache(
  held: Snapshot,
  header: Header,
  { cache, signal, room }: Sources,
): Promise<Uint8Array | undefined> {
  try {
    const delta = await cache?.delta(held, header, deltaMax(header), signal)
    return delta && (await made(held, await unpacked(delta, header), header, room))
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    cache?.lied(error.message)
    return undefined
  }
}

/** What deltas make of a snapshot, proved. Rejects with SnapshotError where that is not the snapshot of the header. */
async function made(held: Snapshot, deltas: Uint8Array, header: Header, room?: Room): Promise<Uint8Array> {
  const bytes = await inTurns(patched(held.bytes, deltas, header, room))
  await inTurns(proveAgainst(header, bytes, held))
  return bytes
}

function deltaMax({ size }: Header): number {
  return Math.max(DELTA_MAX.bytes, size * DELTA_MAX.part)
}

/** The snapshot as the master's delta makes it of another one, proved; undefined where there is no delta that does. */
async function madeOf(held: Snapshot, header: Header, sources: Sources): Promise<Uint8Array | undefined> {
  try {
    const delta = await fetchDelta(sources, held.digest, header)
    return delta && (await made(held, delta, header, sources.room))
  } catch (error) {
    // An older master does not know the operation. Whoever sends another delta has to send the whole snapshot, which is proved as well;
    // whoever is too slow for a delta is too slow for that.
    const isSlow = error instanceof ServiceError && error.code === 'timeout'
    if (!isSlow && (error instanceof ServiceError || error instanceof SnapshotError)) return undefined
    throw error
  }
}

/** The deltas from a content to that of the header, side by side; undefined where the master has none. */
async function fetchDelta(
  { client, clock, signal }: Sources,
  from: Uint8Array,
  header: Header,
): Promise<Uint8Array | undefined> {
  const pieces = new Pieces(deltaMax(header))
  const digests = { from, to: header.digest }
  const isThere = await atPace(pieces, clock, signal, (over) => fetchPieces(client, digests, pieces, clock, over))
  return isThere ? unpacked(pieces.whole(), header) : undefined
}

/** Fetches all pieces, as large as the link is quick: what else is asked waits behind a piece. False where there is no delta. */
async function fetchPieces(
  client: KickbackClient,
  digests: Pick<Request<'DELTA'>, 'from' | 'to'>,
  pieces: Pieces,
  clock: Clock,
  over: AbortSignal,
): Promise<boolean> {
  const chunks = new ChunkSize()
  for (;;) {
    over.throwIfAborted()
    const begun = clock.now()
    const asked = { ...digests, offset: pieces.length, length: chunks.bytes }
    const { data, size = 0 } = await client.ask('DELTA', asked, CHUNK_TIMEOUT)
    // A service that gives less than it was asked for would have us ask for ever.
    const length = Math.min(asked.length, size - asked.offset)
    if (data === undefined || size > pieces.max || length <= 0 || data.length !== length) return false
    pieces.add(data)
    chunks.took(length, clock.now() - begun)
    if (pieces.length === size) return true
  }
}

/** The pieces that have come. */
class Pieces {
  length = 0
  /** How many bytes there may be. */
  readonly max: number
  readonly #all: Uint8Array[] = []

  constructor(max: number) {
    this.max = max
  }

  add(piece: Uint8Array): void {
    this.#all.push(piece)
    this.length += piece.length
  }

  whole(): Uint8Array {
    return Buffer.concat(this.#all)
  }
}

/** Rejects with SnapshotError where the bytes are damaged, or stand for far more than the snapshot itself. */
async function unpacked(bytes: Uint8Array, { size }: Header): Promise<Uint8Array> {
  try {
    return await unzstd(bytes, { ...UNPACKED, maxOutputLength: Math.max(DELTA_MAX.bytes, size) })
  } catch (error) {
    throw new SnapshotError('delta', `the delta is damaged: ${messageOf(error)}`)
  }
}
