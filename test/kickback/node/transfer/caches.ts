/** A cache in front of a master, in this process, that does what a test says with what it is asked for. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { zstdCompressSync } from 'node:zlib'
import { layout, type Snapshot } from '../../../../src/resolver/index.ts'
import { hex } from '../../../../src/values/index.ts'
import type { Tap } from '../../../folder.ts'
import { contents } from '../../cluster.ts'
import { signed } from '../masters.ts'

/** What a cache does with a request. */
export type Conduct = (request: IncomingMessage, response: ServerResponse) => void

/** A cache that runs until the test ends. What it does may be changed. */
export interface FakeCache {
  readonly url: string
  /** The paths that were asked for. */
  readonly asked: string[]
  conduct: Conduct
}

/** Starts a cache. */
export async function fakeCache(t: Tap, conduct: Conduct): Promise<FakeCache> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    made.conduct(request, response)
  })
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const made: FakeCache = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, conduct }
  return made
}

/** A signed generation of so many users that names this cache. */
export function naming(url: string, generation: number, users: number): Snapshot {
  return signed(generation, { ...contents(users), objects: url })
}

/** The body of a snapshot, as the objects of a master have it. */
export function bodyOf({ bytes }: Snapshot): Buffer {
  return Buffer.from(bytes.subarray(layout.HEADER.size))
}

/** Gives these snapshots as a good cache does, in zstd; 404 for all else. */
export function honestly(...snapshots: readonly Snapshot[]): Conduct {
  return (request, response) => {
    const found = snapshots.find(({ digest }) => request.url === `/1/object/${hex(digest)}`)
    if (found === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-encoding': 'zstd' }).end(zstdCompressSync(bodyOf(found)))
  }
}
