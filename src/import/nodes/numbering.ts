/** The numbers of nodes, and the lines that give them their addresses and names. */
import { type Address, addressDistance, formatAddress } from '../../values/index.ts'
import type { Device } from '../machines/inventory.ts'
import type { Family } from './families.ts'
import { formatText, type NameFormat } from './numbered.ts'

/** A machine with its number as a node. */
export interface NumberedNode {
  readonly device: Device
  readonly node: number
  /** The number in its name. */
  readonly number: number
}

/** The nodes of one format of names. */
export interface Block {
  readonly format: NameFormat
  /** Ascending. */
  readonly nodes: readonly NumberedNode[]
  /** What the number in a name is greater than that of the node. */
  readonly shift: number
}

/** Nodes of a block that follow each other there. */
export interface Stretch {
  readonly first: NumberedNode
  readonly last: NumberedNode
}

/**
 * The families as blocks of nodes. One family keeps the numbers of its names; several follow each other, since each number is one node.
 */
export function numberFamilies(families: readonly Family[]): Block[] {
  let next = 0
  return families.map(({ format, members }) => {
    const first = members[0]?.number ?? 0
    const shift = families.length === 1 ? 0 : first - next
    const nodes = members.map(({ device, number }) => ({ device, number, node: number - shift }))
    next = (nodes.at(-1)?.node ?? -1) + 1
    return { format, nodes, shift }
  })
}

/** `nodes N`, if there is a node of each number below N. */
export function countLine(blocks: readonly Block[]): string[] {
  const count = blocks.reduce((sum, { nodes }) => sum + nodes.length, 0)
  const last = blocks.at(-1)?.nodes.at(-1)?.node
  return last === count - 1 ? [`nodes ${count}`] : []
}

/** The iprange lines: a line for addresses in a row that belong to nodes in a row. */
export function rangeLines(blocks: readonly Block[]): string[] {
  return ([4, 6] as const).flatMap((family) => {
    const placed = blocks.flatMap(({ nodes }) =>
      nodes.flatMap(({ device, node }) => {
        const line = device.lines.find(({ address }) => address.family === family)
        return line === undefined ? [] : [{ node, address: line.address }]
      }),
    )
    return runsOf(placed).map(({ first, from, to }) => `iprange ${first} ${formatAddress(from)} ${formatAddress(to)}`)
  })
}

interface AddressRun {
  readonly first: number
  readonly from: Address
  to: Address
  last: number
}

function runsOf(placed: readonly { readonly node: number; readonly address: Address }[]): AddressRun[] {
  const runs: AddressRun[] = []
  for (const { node, address } of placed) {
    const run = runs.at(-1)
    if (run !== undefined && node === run.last + 1 && addressDistance(run.to, address) === 1n) {
      run.to = address
      run.last = node
    } else runs.push({ first: node, from: address, to: address, last: node })
  }
  return runs
}

/** How many iprange lines the nodes need. */
export function countRuns(blocks: readonly Block[]): number {
  return rangeLines(blocks).length
}

/** The nodes of a stretch as a nodename line says them, with a space behind; empty for all nodes of a single block. */
export function boundTo(block: Block, { first, last }: Stretch, isAlone: boolean): string {
  if (isAlone && first === block.nodes[0] && last === block.nodes.at(-1)) return ''
  const nodes = first === last ? String(first.node) : `${first.node}-${last.node}`
  return block.shift === 0 ? `${nodes} ` : `${nodes}=${first.number} `
}

/** The nodename line of a block's canonical names. */
export function canonicalLine(block: Block, isAlone: boolean): string {
  const [first, last] = [block.nodes[0], block.nodes.at(-1)]
  if (first === undefined || last === undefined) throw new Error('a block without nodes')
  return `nodename ${boundTo(block, { first, last }, isAlone)}${formatText(block.format)}`
}
