/** A process full of simulated nodes, which its parent commands: node herd-process.ts, with a channel of messages. */
import { readFileSync } from 'node:fs'
import { headerOf, publicKeyOf } from '../../src/resolver/index.ts'
import { hex } from '../../src/values/index.ts'
import { PORT } from './cluster.ts'
import { type Herd, SimulatedNode } from './simulated-node.ts'

/** What the parent says. */
export type Order =
  | {
      readonly kind: 'begin'
      /** The addresses of each master: a node has one of them. */
      readonly masters: readonly (readonly string[])[]
      readonly keyFile: string
      /** The snapshot that all hold at first; none where they are empty. */
      readonly copy: string | undefined
      /** Whether empty nodes ask the HTTP cache first. */
      readonly cache: boolean
      readonly first: number
      readonly count: number
      /** Every how manieth node proves what it takes. */
      readonly sampleEvery: number
      /** How many begin in 100 ms. */
      readonly pace: number
    }
  | { readonly kind: 'count'; readonly digest: string }
  | { readonly kind: 'times'; readonly digest: string }
  | { readonly kind: 'mark' }

/** What comes back for each order. */
export interface Account {
  /** How many hold the digest, and follow a master. */
  readonly there: number
  /** When each came to hold it, was told of news last, and followed the master of now first; milliseconds since the boot. */
  readonly since: readonly number[]
  readonly told: readonly number[]
  readonly follows: readonly number[]
  /** How many bytes came to each since the mark. */
  readonly received: readonly number[]
  /** The same through the cache, and how many asked the master after the cache failed. */
  readonly cached: readonly number[]
  readonly passed: number
  readonly failures: readonly string[]
}

const failures: string[] = []
const nodes: SimulatedNode[] = []

function begin(order: Extract<Order, { kind: 'begin' }>): void {
  const copy = order.copy === undefined ? undefined : readFileSync(order.copy)
  const header = copy === undefined ? undefined : headerOf(copy)
  const whole = header === undefined || copy === undefined ? undefined : copy.subarray(0, header.size)
  const herd: Herd = {
    masters: order.masters.map((hosts) => hosts.map((host) => ({ host, port: PORT }))),
    key: publicKeyOf(readFileSync(order.keyFile, 'latin1')),
    proved: new Map(whole === undefined || header === undefined ? [] : [[hex(header.digest), whole]]),
    making: new Set(),
    deltas: new Map(),
    cache: order.cache,
    failed: (reason) => failures.push(reason),
  }
  for (let at = 0; at < order.count; at++) {
    const isOfSample = at % order.sampleEvery === 0
    nodes.push(new SimulatedNode(herd, order.first + at, header?.bytes, isOfSample))
  }
  startSome(0, order.pace)
}

function startSome(from: number, pace: number): void {
  for (const node of nodes.slice(from, from + pace)) node.start()
  if (from + pace < nodes.length) setTimeout(() => startSome(from + pace, pace), 100)
}

function account(digest: string, isLong: boolean): Account {
  const there = nodes.filter((node) => node.digest === digest && node.followsSince > 0)
  const all = isLong ? there : []
  return {
    there: there.length,
    since: all.map((node) => node.since),
    told: all.map((node) => node.told),
    follows: all.map((node) => node.followsSince),
    received: all.map((node) => node.received),
    cached: all.map((node) => node.cached),
    passed: nodes.filter((node) => node.hasPassed).length,
    failures: failures.slice(0, 5),
  }
}

process.on('message', (order: Order) => {
  if (order.kind === 'begin') begin(order)
  if (order.kind === 'mark') for (const node of nodes) node.received = 0
  const digest = 'digest' in order ? order.digest : ''
  process.send?.(account(digest, order.kind === 'times'))
})
process.on('disconnect', () => process.exit())
