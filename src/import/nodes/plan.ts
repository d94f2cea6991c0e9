/** What of a site becomes nodes: the lines for them, and the machines that are left. */
import { foldCase, formatAddress, formatMac } from '../../values/index.ts'
import type { Remark } from '../entry.ts'
import type { Device } from '../machines/inventory.ts'
import { familiesOf, type NodeChoice, nodeFamilies } from './families.ts'
import { aliasLines, companionLines, type SingleAlias } from './further-names.ts'
import { type Block, canonicalLine, countLine, countRuns, numberFamilies, rangeLines } from './numbering.ts'

/** The nodes of a configuration. */
export interface NodePlan {
  /** Lines of the configuration, without newlines. */
  readonly lines: readonly string[]
  /** The machines that are not nodes, in their order. */
  readonly others: readonly Device[]
  readonly remarks: readonly Remark[]
  readonly count: number
}

/** How much a plan tries to say by formats. */
interface PlanOptions {
  readonly choice: NodeChoice
  /** Whether machines that belong to nodes become companions. */
  readonly withCompanions: boolean
}

/** A configuration has at most 100 nodename lines; this many may be for aliases of one node. */
const SINGLES_MAX = 40
/** Nodes are no nodes if their addresses need more lines than a quarter of them, and more than this. */
const RUNS_FREE = 8

/** No nodes: each machine has a host line. */
export function withoutNodes(devices: readonly Device[]): NodePlan {
  return { lines: [], others: devices, remarks: [], count: 0 }
}

/** The machines as nodes and others. */
export function planNodes(devices: readonly Device[], { choice, withCompanions }: PlanOptions): NodePlan {
  const families = nodeFamilies(familiesOf(devices), choice, devices.length)
  const blocks = numberFamilies(families)
  const count = blocks.reduce((sum, { nodes }) => sum + nodes.length, 0)
  if (count === 0 || countRuns(blocks) > Math.max(RUNS_FREE, count / 4)) return withoutNodes(devices)
  const isAlone = blocks.length === 1
  const nodes = new Set(blocks.flatMap((block) => block.nodes.map(({ device }) => device)))
  let others = devices.filter((device) => !nodes.has(device))
  const names = blocks.map((block) => canonicalLine(block, isAlone))
  const aliases = blocks.map((block) => aliasLines(block, isAlone))
  const [singles, unwritable] = partitioned(aliases.flatMap((one) => one.singles))
  const companions: string[] = []
  const companionMacs = new Map<number, readonly string[]>()
  for (const block of withCompanions ? blocks : []) {
    const found = companionLines(block, others, isAlone)
    const taken = new Set(found.devices)
    others = others.filter((device) => !taken.has(device))
    companions.push(...found.lines)
    for (const [node, words] of found.words) companionMacs.set(node, words)
  }
  const lines = [
    ...countLine(blocks),
    ...rangeLines(blocks),
    ...names,
    ...aliases.flatMap((one) => one.lines),
    ...singles.slice(0, SINGLES_MAX).map(({ node, name }) => `nodename ${node.node} ${name}`),
    ...companions,
    ...blocks.flatMap((block) => nodeLines(block, companionMacs)),
  ]
  return { lines, others, remarks: [...unwritable, ...singles.slice(SINGLES_MAX)].map(singleRemark), count }
}

/** The aliases that a nodename line can say, and those that it cannot: `%` starts a conversion there. */
function partitioned(all: readonly SingleAlias[]): readonly [singles: SingleAlias[], unwritable: SingleAlias[]] {
  return [all.filter(({ name }) => !name.includes('%')), all.filter(({ name }) => name.includes('%'))]
}

function singleRemark({ node, name }: SingleAlias): Remark {
  const line = node.device.lines[0]
  const place = line?.told.get(foldCase(name)) ?? line?.place ?? { file: '', line: 0 }
  const address = line === undefined ? '' : ` of ${formatAddress(line.address)}`
  return {
    place,
    text: `${name}${address}: ${name.includes('%') ? 'no alias of a node can have a %' : `only ${SINGLES_MAX} aliases of single nodes are carried over`}`,
  }
}

function nodeLines({ nodes }: Block, companionMacs: ReadonlyMap<number, readonly string[]>): string[] {
  return nodes.flatMap(({ device, node }) => {
    const macs = device.lines.flatMap((line) => line.macs).map(({ mac }) => formatMac(mac))
    const words = [...macs, ...(companionMacs.get(node) ?? [])]
    return words.length === 0 ? [] : [`node ${node} ${words.join(' ')}`]
  })
}
