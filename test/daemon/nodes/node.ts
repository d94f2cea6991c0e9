/** Nodes in this process, with folders of their own. */
import { join } from 'node:path'
import { KickbackProxy, type ProxyOptions } from '../../../src/daemon/proxy.ts'
import type { Place } from '../../../src/kickback/index.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { quick } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { logOf } from '../../kickback/cluster.ts'
import { key } from '../../kickback/node/masters.ts'
import { until } from '../../patience.ts'

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
    trust: new Trust({ key }),
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
    addresses: () => [],
    localUsers: '/etc/passwd',
    accounts: { passwd: join(stateDir, 'passwd'), group: join(stateDir, 'group') },
    bootClock: { now: quick.now, boot: 'this boot' },
    shadowMaxAge: 604_800,
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
