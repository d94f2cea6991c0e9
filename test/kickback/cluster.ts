/** A small cluster for the tests of this stage, and a server that serves it. */
import { join } from 'node:path'
import { type ClientOptions, KickbackClient } from '../../src/kickback/node/client.ts'
import { KickbackServer } from '../../src/kickback/service/server.ts'
import type { ServerOptions } from '../../src/kickback/service/server-options.ts'
import type { Place } from '../../src/kickback/transport/link.ts'
import { PUBLIC_DATABASES, type PublicContents } from '../../src/resolver/databases/contents.ts'
import type { HostEntry } from '../../src/resolver/databases/hosts.ts'
import type { PasswdEntry } from '../../src/resolver/databases/passwd.ts'
import { buildPublic, buildShadow, layout, Snapshot, stamp, USUAL_ZONES } from '../../src/resolver/index.ts'
import type { Log } from '../../src/values/index.ts'
import { monotonic } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'
import { folder, type Tap } from '../folder.ts'
import { pattern } from '../resolver/pattern.ts'

/** The user with this number: user1 and so on, uid 1000 more. */
export const user = (number: number): PasswdEntry => ({
  name: `user${number}`,
  passwd: '*',
  uid: 1000 + number,
  gid: 100,
  gecos: `User ${number}`,
  dir: `/home/user${number}`,
  shell: '/bin/sh',
})

const node = (number: number): HostEntry => ({
  kind: layout.HOST_KINDS.NODE,
  number,
  names: [`n${number}`],
  addresses: [ip(`10.0.0.${10 + number}`)],
})

const MASTER: HostEntry = {
  kind: layout.HOST_KINDS.MASTER,
  number: -1,
  names: ['master'],
  addresses: [ip('10.0.0.1')],
}

const STORAGE: HostEntry = {
  kind: layout.HOST_KINDS.HOST,
  number: -1,
  names: ['storage', 'nas'],
  addresses: [ip('10.0.0.9')],
}

/** Contents with this many users and nodes 0 to 9. */
export function contents(users: number): PublicContents {
  const all = Array.from({ length: users }, (_, i) => user(i + 1))
  return {
    inputs: new Map([['users', String(users)]]),
    domain: 'cluster.internal',
    patterns: [pattern('.')],
    ranges: [
      { kind: layout.RANGE_KINDS.NODES, first: ip('10.0.0.10'), last: ip('10.0.0.19'), name: '' },
      { kind: layout.RANGE_KINDS.HOSTS, first: ip('10.0.0.2'), last: ip('10.0.0.9'), name: '' },
    ],
    zones: USUAL_ZONES,
    // Nodes that take it dial it: a test leaves this machine alone.
    masterorder: [{ ranges: [{ first: 0, last: 9 }], addresses: [ip('127.0.0.9')] }],
    passwd: all,
    group: [
      { name: 'users', passwd: '*', gid: 100, members: [] },
      { name: 'wheel', passwd: '*', gid: 101, members: all.slice(0, 2).map(({ name }) => name) },
    ],
    initgroups: all.slice(0, 2).map(({ name }) => ({ name, gids: [101] })),
    hosts: [MASTER, STORAGE, ...Array.from({ length: 10 }, (_, i) => node(i))],
    ethers: [{ mac: Uint8Array.of(0, 0xa0, 0xd1, 0xe9, 0x87, 0xca), name: 'n1' }],
    networks: [{ names: ['private', 'cluster-net'], number: 0x0a000000 }],
    netgroup: [{ name: 'nodes', triples: [{ host: 'n1', user: undefined, domain: undefined }] }],
    complete: new Set(PUBLIC_DATABASES),
  }
}

/** The public snapshot of that, as this generation. */
export function publicSnapshot(generation: number, users = 5, sign?: (message: Uint8Array) => Uint8Array): Snapshot {
  const bytes = buildPublic(contents(users))
  stamp(bytes, { generation, contentTime: generation }, sign)
  return Snapshot.open(bytes)
}

/** A shadow snapshot with one user, as this generation. */
export function shadowSnapshot(generation: number): Snapshot {
  const entry = {
    name: 'user1',
    passwd: '$6$x',
    lastChange: 1,
    min: 0,
    max: 9,
    warn: 7,
    inactive: -1,
    expire: -1,
    flag: 0,
  }
  const bytes = buildShadow({ inputs: new Map(), shadow: [entry], complete: true })
  stamp(bytes, { generation })
  return Snapshot.open(bytes)
}

/** A log that keeps what it is told. */
export function logOf(lines: string[] = []): Log {
  const keep = (_fields: object, message: string): void => void lines.push(message)
  return { debug: keep, info: keep, warn: keep, error: keep }
}

/** What a server is made of where the test does not care. */
export function bare(): ServerOptions {
  return { role: 'master', software: 'kickback test', clock: monotonic, log: logOf(), policy: { allow: [] }, pid: 1 }
}

/** A server that serves generation 1 (or what `first` is) until the test ends. */
export function server(t: Tap, options: Partial<ServerOptions> = {}, first = publicSnapshot(1)): KickbackServer {
  const made = new KickbackServer({ ...bare(), ...options })
  made.serve(first)
  t.teardown(() => made.close())
  return made
}

/** A client of a place until the test ends. */
export async function client(t: Tap, place: Place, options: Partial<ClientOptions> = {}): Promise<KickbackClient> {
  const made = await KickbackClient.connect(place, {
    clock: monotonic,
    software: 'test',
    timeout: 20_000,
    ...options,
  })
  t.teardown(() => made.close())
  return made
}

/** A server on a Unix socket for everyone, and a client of it. */
export async function served(
  t: Tap,
  options: Partial<ServerOptions> = {},
  first = publicSnapshot(1),
): Promise<{ server: KickbackServer; client: KickbackClient; place: Place }> {
  const made = server(t, options, first)
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  return { server: made, client: await client(t, place), place }
}
