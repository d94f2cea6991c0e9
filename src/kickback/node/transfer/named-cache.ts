/** The cache that a generation names, read of a master before the rest of that generation: a node without a copy needs no more to ask it. */
import { type Header, layout, objectsOf, provedSection, SnapshotError } from '../../../resolver/index.ts'
import { CHUNK_MAX } from '../../wire/protocol.ts'
import { type KickbackClient, ServiceError } from '../client.ts'

/** The URL of the cache in the generation of a header that was proved; undefined if it names none. Rejects with ServiceError. */
export async function namedCache(client: KickbackClient, header: Header): Promise<string | undefined> {
  const section = sectionIn(header, await part(client, header, 0, header.tableEnd))
  if (section === undefined || section.length > CHUNK_MAX) return undefined
  const bytes = await part(client, header, section.offset, section.length)
  if (!section.isOf(bytes)) throw new ServiceError('protocol', 'the snapshot is damaged: its settings are others')
  const text = Buffer.from(bytes).toString('latin1')
  return objectsOf(text)
}

function sectionIn(header: Header, table: Uint8Array): ReturnType<typeof provedSection> {
  try {
    return provedSection(header, table, layout.SETTINGS.id)
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    throw new ServiceError('protocol', `the snapshot is damaged: ${error.message}`, error)
  }
}

async function part(client: KickbackClient, header: Header, offset: number, length: number): Promise<Uint8Array> {
  const { kind, generation } = header
  const { data = new Uint8Array() } = await client.ask('SNAPSHOT', { kind, generation, offset, length })
  return data
}
