/** Masters and nodes for the tests of the node side: in this process, over loopback TCP, with folders of their own. */

import { KickbackProxy, type ProxyOptions } from '../../../src/daemon/proxy.ts'
import type { KickbackServer, ServerOptions } from '../../../src/kickback/service/server.ts'
import type { Place } from '../../../src/kickback/transport/link.ts'
import type { PublicContents } from '../../../src/resolver/databases/contents.ts'
import {
  buildPublic,
  newSigningKeys,
  privateKeyOf,
  publicKeyOf,
  Snapshot,
  signerOf,
  stamp,
} from '../../../src/resolver/index.ts'
import type { Stamp } from '../../../src/resolver/snapshot/builder.ts'
import { type Clock, monotonic } from '../../../src/values/index.ts'
import { until } from '../../patience.ts'
import { contents, folder, logOf, server, type Tap } from '../cluster.ts'

const KEYS = newSigningKeys()
/** The cluster's key. */
export const sign = signerOf(privateKeyOf(KEYS.privateKey))
/** Its public half. */
export const key = publicKeyOf(KEYS.publicKey)

/** A clock that runs ten times as fast: back-off and heartbeats come sooner. */
export const quick: Clock = {
  now: () => monotonic.now() * 10,
  after: (ms, then) => monotonic.after(ms / 10, then),
}

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

/** What a test sees of a node. */
export interface TestNode {
  readonly proxy: KickbackProxy
  /** What it logged: message, and fields as JSON. */
  readonly lines: readonly string[]
  readonly runDir: string
  readonly stateDir: string
  /** Why it follows nobody, as it tells now. */
  readonly reason: () => string
}

/** A node of these masters. */
export async function node(t: Tap, masters: readonly Place[], options: Partial<ProxyOptions> = {}): Promise<TestNode> {
  const lines: string[] = []
  const keep = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const runDir = options.runDir ?? folder(t)
  const stateDir = options.stateDir ?? folder(t)
  const proxy = await KickbackProxy.start({
    masters,
    trust: { key },
    ids: { uidMin: 100, gidMin: 100, users: [], groups: [] },
    runDir,
    stateDir,
    software: 'proxy test',
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    clock: quick,
    log: { ...logOf(), info: keep, warn: keep, error: keep },
    random: Math.random,
    wallClock: Date.now,
    ...options,
  })
  t.teardown(() => proxy.close())
  return { proxy, lines, runDir, stateDir, reason: () => proxy.report().following?.reason ?? '' }
}

/** Waits until a node is in step with a master that it follows. */
export const follows = ({ proxy }: TestNode): Promise<void> =>
  until(() => proxy.report().following?.state === 'following')

/** Waits until a node says why it follows nobody, in such words. */
export const says = ({ reason }: TestNode, words: RegExp): Promise<void> => until(() => words.test(reason()))
