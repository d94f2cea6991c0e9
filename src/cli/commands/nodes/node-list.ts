/** The nodes of the configuration, and how each of them stands at a master. */
import { type NodeSet, parseNodeSet } from '../../../config/index.ts'
import {
  type KickbackClient,
  type NodeKeyReport,
  type NodeStateReport,
  nodeKeyReports,
  nodeStateReports,
  ServiceError,
  type StatusReport,
} from '../../../kickback/index.ts'
import { printable, wallClock } from '../../../values/index.ts'
import type { NodeFilter } from '../../settings/values.ts'
import type { WrittenNodes } from './boot-stages.ts'

/** How one node stands. */
export interface ListedNode extends NodeStateReport {
  /** The boot stage that the configuration gives it. */
  readonly stage?: string
  readonly certificate?: 'pending' | 'approved' | 'revoked'
}

/** All that is listed. */
export interface NodeList {
  /** What the master serves. */
  readonly generation: number
  readonly nodes: readonly ListedNode[]
  /** The numbers of those that nobody has approved, by the configuration itself: the master does not count them among its nodes. */
  readonly unapproved: readonly number[]
  /** Whether all nodes of the configuration were asked for. */
  readonly isWhole: boolean
  /** When it was asked, in seconds since 1970. */
  readonly time: number
}

/** Which nodes are listed. */
interface Wanted {
  readonly nodes: string | null
  readonly state: readonly NodeFilter[]
}

/** A daemon that has no list: it is a node itself, or older than this program. */
export class NoListError extends Error {
  override readonly name = 'NoListError'
}

/** Asks a master; `written` is what the configuration itself says. Throws NoListError at a node. */
export async function nodeList(
  client: KickbackClient,
  { stages, unapproved }: WrittenNodes,
  wanted: Wanted,
): Promise<NodeList> {
  const { generation = 0 } = await masterStatus(client)
  const certificates = certificatesOf(await keysOf(client))
  const set = wanted.nodes === null ? undefined : parseNodeSet(wanted.nodes)
  const chosen = (await statesOf(client)).filter(
    (node) => (set === undefined || isIn(set, node.number)) && isWanted(node, wanted.state),
  )
  const listed = (node: NodeStateReport): ListedNode => {
    const [stage, certificate] = [stages.get(node.number), certificates.get(node.number)]
    return { ...node, ...(stage !== undefined && { stage }), ...(certificate !== undefined && { certificate }) }
  }
  return {
    generation,
    nodes: chosen.map(listed).sort((a, b) => a.number - b.number),
    unapproved: wanted.state.length > 0 ? [] : unapproved.filter((number) => set === undefined || isIn(set, number)),
    isWhole: set === undefined && wanted.state.length === 0,
    time: Math.floor(wallClock() / 1000),
  }
}

/** The report of a master. Throws NoListError at a node. */
export async function masterStatus(client: KickbackClient): Promise<StatusReport> {
  const report = await client.status()
  if (report.role === 'master') return report
  const { following } = report
  const master = following === undefined ? '' : `, such as ${following.master}, which this one follows`
  throw new NoListError(`this is a node, which knows no other nodes: ask on a master${master}`)
}

/** Whether a number is in a set. */
function isIn({ ranges }: NodeSet, number: number): boolean {
  return ranges.some(({ first, last = Number.POSITIVE_INFINITY }) => number >= first && number <= last)
}

/** What a filter means where the word is none of a node. */
const MEANT: { readonly [F in NodeFilter]?: NodeStateReport['state'] } = { gone: 'down', missing: 'never' }

function isWanted({ state, content }: NodeStateReport, filters: readonly NodeFilter[]): boolean {
  return filters.length === 0 || filters.some((filter) => filter === content || (MEANT[filter] ?? filter) === state)
}

/** How often the list is begun again where the configuration changes meanwhile. */
const TRIES = 5

/** How all nodes stand. */
async function statesOf(client: KickbackClient): Promise<readonly NodeStateReport[]> {
  return wholeList(client, {}, ({ nodes }) => nodeStateReports(nodes).map(shown))
}

/** All pages of STATES. Throws NoListError where the service is older than this program. */
export async function wholeList<Row>(
  client: KickbackClient,
  asked: { readonly hosts?: boolean },
  rowsOf: (page: Awaited<ReturnType<typeof pageOf>>) => readonly Row[],
): Promise<readonly Row[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await allPages(client, asked, rowsOf)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      if (error.code === 'operation')
        throw new NoListError('the service is older than this program: restart it, so that it is the installed one')
      if (error.code !== 'cursor' || tries === TRIES) throw error
    }
  }
}

async function allPages<Row>(
  client: KickbackClient,
  asked: { readonly hosts?: boolean },
  rowsOf: (page: Awaited<ReturnType<typeof pageOf>>) => readonly Row[],
): Promise<readonly Row[]> {
  const found: Row[] = []
  let cursor: { readonly generation: number; readonly position: number } | undefined
  do {
    const page = await pageOf(client, { ...asked, ...(cursor && { cursor }) })
    found.push(...rowsOf(page))
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}

function pageOf(
  client: KickbackClient,
  request: { readonly hosts?: boolean; readonly cursor?: { readonly generation: number; readonly position: number } },
) {
  return client.ask('STATES', request)
}

/** A node with its texts printable. */
function shown({ name, software, sent, machine, ...rest }: NodeStateReport): NodeStateReport {
  return {
    ...rest,
    name: printable(name),
    ...(software !== undefined && { software: printable(software) }),
    ...(sent !== undefined && { sent: printable(sent) }),
    ...(machine && { machine: { ...machine, kernel: printable(machine.kernel), boot: printable(machine.boot) } }),
  }
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
