/** The facts of `kickback status` as a daemon and this machine tell them. */
import { type KickbackClient, type NodeReport, type Place, ranked, warningsOf } from '../../../kickback/index.ts'
import { wallClock } from '../../../values/index.ts'
import type { Settings } from '../../settings/table.ts'
import { type ConfiguredNode, ConfiguredNodes } from '../nodes/configured-nodes.ts'
import type { Census, Facts } from './facts.ts'
import { LocalFactsReader, ownIdWarnings } from './local-facts.ts'

/** Asks one daemon, over and over if need be: what does not change with each answer is asked once a generation. */
export class StatusAsker {
  readonly #local: LocalFactsReader
  readonly #configured = new ConfiguredNodes()

  constructor(settings: Settings) {
    this.#local = new LocalFactsReader(settings)
  }

  /** The facts now. `withNodes`: this socket gives the list of nodes; `isHere`: the daemon is one of this machine. */
  async ask(client: KickbackClient, withNodes: boolean, isHere: boolean): Promise<Facts> {
    const report = await client.status()
    const now = Math.floor(wallClock() / 1000)
    const local = isHere ? await this.#local.read(report.role === 'proxy') : undefined
    const told = { report, local, now }
    const warnings = (nodes?: Facts['nodes']): Facts['warnings'] =>
      ranked([...warningsOf(report, nodes), ...ownIdWarnings(local?.ids ?? [])])
    if (!withNodes) return { ...told, warnings: warnings() }
    const nodes: NodeReport[] = []
    for await (const page of client.nodes()) nodes.push(...page)
    if (report.role !== 'master') return { ...told, nodes, warnings: warnings(nodes) }
    const configured = await this.#configured.of(client, report.generation)
    const names = new Map(configured.flatMap(({ name, addresses }) => addresses.map((address) => [address, name])))
    const named = nodes.map((node) => {
      const name = names.get(node.address)
      return name === undefined ? node : { ...node, name }
    })
    return { ...told, nodes: named, census: censusOf(configured, nodes), warnings: warnings(named) }
  }
}

/** Whether the place is one that gives the list of nodes: root's socket. */
export function isRootsSocket(place: Place): boolean {
  return 'path' in place && place.path.endsWith('/admin/socket')
}

/** The newest report of a node counts: one that lost its connection may have an old one still. */
function censusOf(configured: readonly ConfiguredNode[], nodes: readonly NodeReport[]): Census {
  const behind = new Map<string, boolean>()
  for (const node of nodes) behind.set(node.address, (behind.get(node.address) ?? true) && node.behind)
  const census = { inStep: [] as string[], behind: [] as string[], missing: [] as string[] }
  for (const { name, addresses } of configured) {
    const there = addresses.flatMap((address) => behind.get(address) ?? [])
    const state = there.length === 0 ? 'missing' : there.every((one) => one) ? 'behind' : 'inStep'
    census[state].push(name)
  }
  return { configured: configured.length, ...census }
}
