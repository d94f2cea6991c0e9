/** The cache that a generation names, read of a master before the rest of that generation: a node without a copy needs no more to ask it. */
import { type Header, layout, objectsOf, provedSection, SnapshotError } from '../../../resolver/index.ts'
import type { Clock } from '../../../values/index.ts'
import { CHUNK_MAX } from '../../wire/protocol.ts'
import type { KickbackClient } from '../client.ts'
import { checkSize } from './body.ts'
import { atPace, CHUNK_TIMEOUT } from './transfer.ts'

/**
 * The URL of the cache in the generation of a header that was proved; undefined if it names none, and if the master tells something else:
 * then all is fetched of that master, which shows what it is. Rejects with ServiceError where it comes as slowly as no transfer may.
 */
export async function namedCache(
  client: KickbackClient,
  header: Header,
  clock: Clock,
  signal?: AbortSignal,
): Promise<string | undefined> {
  checkSize(header)
  const arrived = { length: 0 }
  try {
    return await atPace(arrived, clock, signal, (over) => settingIn(client, header, arrived, over))
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}

async function settingIn(
  client: KickbackClient,
  header: Header,
  arrived: { length: number },
  over: AbortSignal,
): Promise<string | undefined> {
  const table = await part(client, header, 0, header.tableEnd)
  over.throwIfAborted()
  arrived.length += table.length
  const section = provedSection(header, table, layout.SETTINGS.id)
  if (section === undefined || section.length > CHUNK_MAX) return undefined
  const bytes = await part(client, header, section.offset, section.length)
  return section.isOf(bytes) ? objectsOf(Buffer.from(bytes).toString('latin1')) : undefined
}

async function part(client: KickbackClient, header: Header, offset: number, length: number): Promise<Uint8Array> {
  const { kind, generation } = header
  const { data = new Uint8Array() } = await client.ask('SNAPSHOT', { kind, generation, offset, length }, CHUNK_TIMEOUT)
  return data
}
