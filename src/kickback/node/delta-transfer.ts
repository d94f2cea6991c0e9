/** A snapshot by a delta to what this node holds: a few hundred bytes of a change, in place of all. */
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { type Header, patched, proveAgainst, type Snapshot, SnapshotError } from '../../resolver/index.ts'
import { type Clock, inTurns, messageOf } from '../../values/index.ts'
import type { Request } from '../wire/protocol.ts'
import { type KickbackClient, ServiceError } from './client.ts'
import { atPace, CHUNK_TIMEOUT, ChunkSize, fetchBody } from './transfer.ts'

const unzstd = promisify(zstdDecompress)

/** The most bytes of a delta that are fetched: a larger one saves little. */
const DELTA_MAX = 4 * 1024 * 1024

/**
 * Fetches the snapshot of a header: by a delta to what this node holds, where the master has one, else whole. Rejects with ServiceError
 * as `fetchBody` does.
 */
export async function fetchSnapshot(
  client: KickbackClient,
  header: Header,
  held: Snapshot | undefined,
  clock: Clock,
): Promise<Uint8Array> {
  const made = held && (await madeOf(held, client, header, clock))
  return made ?? fetchBody(client, header, clock)
}

/** The snapshot as the master's delta makes it of another one, proved; undefined where there is no delta that does. */
async function madeOf(
  held: Snapshot,
  client: KickbackClient,
  header: Header,
  clock: Clock,
): Promise<Uint8Array | undefined> {
  try {
    const delta = await fetchDelta(client, held.digest, header, clock)
    if (delta === undefined) return undefined
    const bytes = await inTurns(patched(held.bytes, delta, header))
    await inTurns(proveAgainst(header, bytes, held))
    return bytes
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
  client: KickbackClient,
  from: Uint8Array,
  header: Header,
  clock: Clock,
): Promise<Uint8Array | undefined> {
  const pieces = new Pieces()
  const isThere = await atPace(pieces, clock, fetchPieces(client, { from, to: header.digest }, pieces, clock))
  return isThere ? unpacked(pieces.whole(), header.size) : undefined
}

/** Fetches all pieces, as large as the link is quick: what else is asked waits behind a piece. False where there is no delta. */
async function fetchPieces(
  client: KickbackClient,
  digests: Pick<Request<'DELTA'>, 'from' | 'to'>,
  pieces: Pieces,
  clock: Clock,
): Promise<boolean> {
  const chunks = new ChunkSize()
  for (;;) {
    const begun = clock.now()
    const asked = { ...digests, offset: pieces.length, length: chunks.bytes }
    const { data, size = 0 } = await client.ask('DELTA', asked, CHUNK_TIMEOUT)
    // A service that gives less than it was asked for would have us ask for ever.
    const length = Math.min(asked.length, size - asked.offset)
    if (data === undefined || size > DELTA_MAX || length <= 0 || data.length !== length) return false
    pieces.add(data)
    chunks.took(length, clock.now() - begun)
    if (pieces.length === size) return true
  }
}

/** The pieces that have come. */
class Pieces {
  length = 0
  readonly #all: Uint8Array[] = []

  add(piece: Uint8Array): void {
    this.#all.push(piece)
    this.length += piece.length
  }

  whole(): Uint8Array {
    return Buffer.concat(this.#all)
  }
}

/** Rejects with SnapshotError where the bytes are damaged, or stand for far more than the snapshot itself. */
async function unpacked(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    return await unzstd(bytes, { maxOutputLength: Math.max(DELTA_MAX, size) })
  } catch (error) {
    throw new SnapshotError('delta', `the delta is damaged: ${messageOf(error)}`)
  }
}
