/** A client without a key, as docs/protocol.md describes it: it takes the current snapshot, whoever made it. */
import { type KickbackClient, ServiceError } from '../../src/kickback/node/client.ts'
import { fetchBody } from '../../src/kickback/node/transfer/transfer.ts'
import { headerOf, layout, SnapshotError } from '../../src/resolver/index.ts'
import { monotonic } from '../../src/values/index.ts'

/** The current snapshot of a kind (1 public, 2 shadow): proved whole, and nothing more. */
export async function fetchSnapshot(client: KickbackClient, kind: number): Promise<Buffer> {
  const { data = new Uint8Array() } = await client.ask('SNAPSHOT', { kind, offset: 0, length: layout.HEADER.size })
  try {
    return await fetchBody(client, headerOf(Buffer.from(data)), monotonic)
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    throw new ServiceError('protocol', error.message, error)
  }
}
