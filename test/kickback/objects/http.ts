/** A service that gives objects by HTTP, and requests to it: for the tests of objects. */
import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { ObjectsListener, type ObjectsListenerParts } from '../../../src/kickback/objects/listener.ts'
import { Objects, type ObjectsParts } from '../../../src/kickback/objects/objects.ts'
import type { KickbackServer } from '../../../src/kickback/service/server.ts'
import { keyMark, type Snapshot } from '../../../src/resolver/index.ts'
import { type HostPort, monotonic } from '../../../src/values/index.ts'
import type { Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { logOf, publicSnapshot, server } from '../cluster.ts'

/** A response with all of its body. */
export interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A service, its listener, and its key. */
export interface Giver {
  readonly service: KickbackServer
  readonly objects: Objects
  readonly listener: ObjectsListener
  readonly place: HostPort
  readonly key: ReturnType<typeof clusterKey>
  readonly lines: readonly string[]
  /** Serves this generation and has the objects told. */
  readonly serve: (snapshot: Snapshot, delta?: Parameters<KickbackServer['serve']>[1]) => void
}

/** How large the snapshot is, and what the master had before. */
interface GiverOptions {
  readonly users?: number
  readonly history?: (generation: number, digest: Uint8Array) => boolean
}

/** A master's objects on loopback until the test ends. */
export async function giver(
  t: Tap,
  { history, ...more }: Partial<ObjectsParts & ObjectsListenerParts> & GiverOptions = {},
): Promise<Giver> {
  const { clock = monotonic, users = 5 } = more
  const key = clusterKey()
  const lines: string[] = []
  const service = server(
    t,
    { clock, sign: key.sign, keys: { signing: key.key, list: undefined }, ...(history && { history }) },
    publicSnapshot(1, users, key.sign),
  )
  const parts = {
    ...service.shared,
    clock,
    random: () => 0.5,
    signer: () => keyMark(key.key),
    log: logOf(lines),
    ...more,
  }
  const objects = new Objects(parts)
  const listener = await ObjectsListener.open({ host: '127.0.0.1', port: 0 }, { ...parts, objects })
  t.teardown(async () => {
    objects.close()
    await listener.close()
  })
  const serve: Giver['serve'] = (snapshot, delta) => {
    service.serve(snapshot, delta)
    objects.renew()
  }
  return { service, objects, listener, place: listener.place, key, lines, serve }
}

/** Asks on a connection of its own. */
export async function get(
  place: HostPort,
  path: string,
  { method = 'GET', ...headers }: Record<string, string> = {},
): Promise<Answer> {
  const asked = request({ ...place, path, method, headers, agent: new Agent() })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }
}
