/** A snapshot by a delta to what this node holds: a few hundred bytes of a change, in place of all. */
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { type Header, patched, proveAgainst, type Snapshot, SnapshotError } from '../../resolver/index.ts'
import { type Clock, inTurns, messageOf } from '../../values/index.ts'
import { type KickbackClient, ServiceError } from './client.ts'
import { fetchBody } from './transfer.ts'

const unzstd = promisify(zstdDecompress)

/** The most bytes of a delta that are fetched: a larger one saves little. */
const DELTA_MAX = 4 * 1024 * 1024

/**
 * Fetches the snapshot of a header: by a delta to what this node holds, where the master has one, else whole. Throws ServiceError as
 * `fetchBody` does.
 */
export async function fetchSnapshot(
  client: KickbackClient,
  header: Header,
  held: Snapshot | undefined,
  clock: Clock,
): Promise<Uint8Array> {
  const made = held && (await madeOf(held, client, header))
  return made ?? fetchBody(client, header, clock)
}

/** The snapshot as the master's delta makes it of another one, proved; undefined where there is no delta that does. */
async function madeOf(held: Snapshot, client: KickbackClient, header: Header): Promise<Uint8Array | undefined> {
  try {
    const delta = await fetchDelta(client, held.digest, header)
    if (delta === undefined) return undefined
    const bytes = await inTurns(patched(held.bytes, delta, header))
    await inTurns(proveAgainst(header, bytes, held))
    return bytes
  } catch (error) {
    // An older master does not know the operation. Whoever sends another delta has to send the whole snapshot, which is proved as well.
    if (error instanceof ServiceError || error instanceof SnapshotError) return undefined
    throw error
  }
}

/** The deltas from a content to that of the header, side by side; undefined where the master has none. */
async function fetchDelta(client: KickbackClient, from: Uint8Array, header: Header): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  for (let offset = 0; ; ) {
    const { data, size = 0 } = await client.ask('DELTA', { from, to: header.digest, offset })
    if (data === undefined || data.length === 0 || size > DELTA_MAX) return undefined
    chunks.push(data)
    offset += data.length
    if (offset >= size) return unpacked(Buffer.concat(chunks), header.size)
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
