/** A whole snapshot over a connection: chunks, several on their way at once, into one array of bytes. */
import { type KickbackClient, ServiceError } from './client.ts'
import { CHUNK_MAX } from './protocol.ts'

/** How many chunks are asked for before the first of them has come. */
const IN_FLIGHT = 3
/** The largest snapshot that is fetched, in bytes: ten times what a million users take. */
const SNAPSHOT_MAX = 2 ** 31

/**
 * Fetches the current snapshot of a kind (1 public, 2 shadow). What comes is proved by its digest, not here. Throws
 * ServiceError: `generation` where newer ones came meanwhile and this one is gone.
 */
export async function fetchSnapshot(client: KickbackClient, kind: number): Promise<Buffer> {
  const first = await client.ask('SNAPSHOT', { kind, offset: 0 })
  const { size = 0, data = new Uint8Array(), generation } = first
  if (size > SNAPSHOT_MAX || data.length > size) throw new ServiceError('protocol', `a snapshot of ${size} bytes`)
  if (data.length === 0) throw new ServiceError('protocol', 'a snapshot of no bytes')
  const bytes = Buffer.alloc(size)
  bytes.set(data)
  let next = data.length
  const fetchOn = async (): Promise<void> => {
    while (next < size) {
      const offset = next
      const length = Math.min(CHUNK_MAX, size - offset)
      next += length
      await fetchChunk(client, { kind, generation, offset, length }, bytes)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, fetchOn))
  return bytes
}

/** One chunk into its place; asks again for what a shorter answer left out. */
async function fetchChunk(
  client: KickbackClient,
  chunk: { readonly kind: number; readonly generation: number; readonly offset: number; readonly length: number },
  into: Buffer,
): Promise<void> {
  const end = chunk.offset + chunk.length
  for (let offset = chunk.offset; offset < end; ) {
    const { data = new Uint8Array() } = await client.ask('SNAPSHOT', { ...chunk, offset, length: end - offset })
    if (data.length === 0 || offset + data.length > end) throw new ServiceError('protocol', 'a chunk of another length')
    into.set(data, offset)
    offset += data.length
  }
}
