/** Signed generations, and masters that serve them in this process, over loopback TCP. */

import type { KickbackServer } from '../../../src/kickback/service/server.ts'
import type { ServerOptions } from '../../../src/kickback/service/server-options.ts'
import type { Place } from '../../../src/kickback/transport/link.ts'
import type { PublicContents } from '../../../src/resolver/databases/contents.ts'
import { buildPublic, Snapshot, stamp } from '../../../src/resolver/index.ts'
import type { Stamp } from '../../../src/resolver/snapshot/builder.ts'
import type { Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { contents, server } from '../cluster.ts'

/** What signs with the cluster's key, and its public half. */
export const { sign, key } = clusterKey()

/** Contents as a signed generation; `with` holds what is not as usual. */
export function signed(generation: number, of: PublicContents | number, more: Partial<Stamp> = {}): Snapshot {
  const bytes = buildPublic(typeof of === 'number' ? contents(of) : of)
  stamp(bytes, { generation, contentTime: generation, ...more }, sign)
  return Snapshot.open(bytes)
}

/** A master over TCP, on a free port of loopback or where it was before. */
export async function master(
  t: Tap,
  first: Snapshot,
  options: Partial<ServerOptions> = {},
  where: Place = { host: '127.0.0.1', port: 0 },
): Promise<{ server: KickbackServer; place: Place }> {
  const one = server(t, { sign, ...options }, first)
  return { server: one, place: await one.listen('network', where) }
}
