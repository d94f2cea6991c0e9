/** The nodes of the configuration, and how each of them stands at a master. */
import { type NodeSet, parseNodeSet } from '../../../config/index.ts'
import {
  type KickbackClient,
  type NodeKeyReport,
  type NodeReport,
  nodeKeyReports,
  ServiceError,
} from '../../../kickback/index.ts'
import { wallClock } from '../../../values/index.ts'
import type { NodeState } from '../../settings/values.ts'
import type { ConfiguredNode, ConfiguredNodes } from './configured-nodes.ts'

/** How one node stands. */
export interface ListedNode {
  readonly number: number
  readonly name: string
  readonly address: string
  readonly state: NodeState
  /** What it has, or had when it was there last. */
  readonly generation?: number
  readonly software?: string
  /** When it was there last, in seconds since 1970; absent if it never was since the master started. */
  readonly seen?: number
  readonly certificate?: 'pending' | 'approved' | 'revoked'
}

/** All that is listed. */
export interface NodeList {
  /** What the master serves. */
  readonly generation: number
  readonly nodes: readonly ListedNode[]
  /** When it was asked, in seconds since 1970. */
  readonly time: number
}

/** Which nodes are listed. */
interface Wanted {
  readonly nodes: string | null
  readonly state: readonly NodeState[]
}

/** A daemon that has no list: it is a node itself. */
export class NoListError extends Error {
  override readonly name = 'NoListError'
}

/** Asks a master. Throws NoListError at a node. */
export async function nodeList(client: KickbackClient, configured: ConfiguredNodes, wanted: Wanted): Promise<NodeList> {
  const { role, generation = 0, other_keys: otherKeys = [], following } = await client.status()
  if (role !== 'master') {
    const master = following === undefined ? '' : `, such as ${following.master}, which this one follows`
    throw new NoListError(`this is a node, which knows no other nodes: ask on a master${master}`)
  }
  const nodes = await configured.of(client, generation)
  const standing = await standingsOf(client, new Set(otherKeys.map((machine) => machine.replace(/^\w+ /, ''))))
  const set = wanted.nodes === null ? undefined : parseNodeSet(wanted.nodes)
  const listed = nodes.filter(({ number }) => set === undefined || isIn(set, number)).map((node) => standing(node))
  const states = new Set(wanted.state)
  return {
    generation,
    nodes: states.size === 0 ? listed : listed.filter(({ state }) => states.has(state)),
    time: Math.floor(wallClock() / 1000),
  }
}

/** Whether a number is in a set. */
function isIn({ ranges }: NodeSet, number: number): boolean {
  return ranges.some(({ first, last = Number.POSITIVE_INFINITY }) => number >= first && number <= last)
}

/** How a node stands by what the master tells of addresses and keys. */
async function standingsOf(client: KickbackClient, otherKeys: ReadonlySet<string>) {
  const here = await byAddress(client, false)
  const gone = await byAddress(client, true)
  const certificates = certificatesOf(await keysOf(client))
  const now = Math.floor(wallClock() / 1000)
  return ({ number, name, addresses }: ConfiguredNode): ListedNode => {
    const there = addresses.flatMap((address) => here.get(address) ?? [])
    const node = there.find(({ behind }) => !behind) ?? there[0] ?? addresses.flatMap((a) => gone.get(a) ?? [])[0]
    const isOther = addresses.some((address) => otherKeys.has(address))
    const certificate = certificates.get(number)
    return {
      ...{ number, name, address: node?.address ?? addresses[0] ?? '' },
      state: stateOf(node, there.length > 0, isOther),
      ...(node && { generation: node.generation, software: node.software, seen: node.seen ?? now }),
      ...(certificate !== undefined && { certificate }),
    }
  }
}

function stateOf(node: NodeReport | undefined, isThere: boolean, isOther: boolean): NodeState {
  if (isThere) return node?.behind ? 'behind' : 'in-step'
  if (isOther) return 'other-key'
  return node === undefined ? 'missing' : 'gone'
}

/** The nodes that follow, or those that have gone, by their address; of several connections all. */
async function byAddress(client: KickbackClient, isGone: boolean): Promise<ReadonlyMap<string, readonly NodeReport[]>> {
  const found = new Map<string, NodeReport[]>()
  for await (const page of client.nodes(isGone)) {
    for (const node of page) {
      // An older master gives those that follow, whatever it is asked.
      if (isGone && node.seen === undefined) continue
      const there = found.get(node.address)
      if (there === undefined) found.set(node.address, [node])
      else there.push(node)
    }
  }
  return found
}

/** All keys of nodes; none where the master issues no certificates. */
async function keysOf(client: KickbackClient): Promise<readonly NodeKeyReport[]> {
  try {
    return nodeKeyReports((await client.ask('KEYS', {})).keys)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'operation') return []
    throw error
  }
}

/** Of several keys of a node a pending one is told before one that counts, and that before one that was revoked. */
function certificatesOf(keys: readonly NodeKeyReport[]): ReadonlyMap<number, NodeKeyReport['state']> {
  const found = new Map<number, NodeKeyReport['state']>()
  for (const wanted of ['revoked', 'approved', 'pending'] as const) {
    for (const { node, state } of keys) if (state === wanted) found.set(node, state)
  }
  return found
}
