/** The outline of a configuration: what has to be known of all of it to follow a change of a few lines about single machines. */
import { addressKey, foldCase } from '../values/index.ts'
import type { Cluster, ClusterHost } from './cluster.ts'
import { directiveOf } from './directives/table.ts'
import type { Draft } from './draft.ts'

/** Where a line is. */
export interface LinePlace {
  /** Counts from 1. */
  readonly number: number
  readonly start: number
  /** Where the next line starts. */
  readonly end: number
}

/** What is remembered of a configuration. Plain data; its size grows with what is not a `host` or `node` line. */
export interface ConfigOutline {
  /** The lines that mean something for more than one machine, in file order. */
  readonly frame: readonly LinePlace[]
  /** The numbers of the nodes that have a line: one bit each, as `isLined` reads them. */
  readonly lined: Uint8Array
  /** Where the last node line starts; -1 if there is none. */
  readonly lastNode: number
  /** How many host lines give a device a name. */
  readonly named: number
  /** The addresses of host lines without a name, by their keys. */
  readonly unnamed: readonly string[]
  /** The devices that several lines give one and the same address, by their names in small letters: their records do not tell how many lines there are. */
  readonly repeated: readonly string[]
  /** Whether no line is left out. */
  readonly isSound: boolean
}

/** Where the lines are that an outline tells, noted while they are read: their words are not kept. */
export class OutlinePlaces {
  readonly frame: LinePlace[] = []
  lastNode = -1

  /** The next line of the file, whose keyword we know. */
  note(keyword: string, { number, start, end }: LinePlace): void {
    if (keyword === 'node') this.lastNode = start
    else if (isOfFrame(keyword)) this.frame.push({ number, start, end })
  }
}

/** The outline of a file, after its lines were judged, and were built to a cluster. */
export function outlineOf(
  { frame, lastNode }: OutlinePlaces,
  { draft, cluster }: { readonly draft: Draft; readonly cluster: Cluster },
): ConfigOutline {
  const hosts = draft.of('host')
  const unnamed = hosts.filter(({ names }) => names.length === 0)
  const nodes = draft.nodes()
  return {
    frame,
    lined: withLined(new Uint8Array(0), { come: nodes.map(({ number }) => number) }),
    lastNode,
    named: hosts.length - unnamed.length,
    unnamed: unnamed.map(({ address }) => addressKey(address)),
    repeated: cluster.hosts.filter(isRepeated).map(({ name }) => foldCase(name)),
    isSound: draft.diagnostics.leftOut.size === 0,
  }
}

/** Whether several lines give a device one and the same address. */
export function isRepeated({ lines, addresses }: ClusterHost): boolean {
  return lines.length > 1 && addresses.length === 1
}

/** Whether lines of a keyword mean something for more than one machine. */
export function isOfFrame(keyword: string): boolean {
  return keyword !== 'host' && keyword !== 'node' && directiveOf(keyword)?.actedOn === true
}

/** Whether a node has a line. */
export function isLined(lined: Uint8Array, number: number): boolean {
  return ((lined[number >>> 3] ?? 0) & (1 << (number & 7))) !== 0
}

/** The nodes that have a line where some of before have none any more, and others have one. No zero bytes stand at the end. */
export function withLined(
  lined: Uint8Array,
  { gone = [], come = [] }: { readonly gone?: readonly number[]; readonly come?: readonly number[] },
): Uint8Array {
  const highest = come.reduce((most, number) => Math.max(most, number), 8 * lined.length - 1)
  const bits = new Uint8Array((highest >>> 3) + 1)
  if (highest < 0) return lined
  bits.set(lined)
  for (const number of gone) bits[number >>> 3] = (bits[number >>> 3] ?? 0) & ~(1 << (number & 7))
  for (const number of come) bits[number >>> 3] = (bits[number >>> 3] ?? 0) | (1 << (number & 7))
  let end = bits.length
  while (end > 0 && bits[end - 1] === 0) end--
  return bits.slice(0, end)
}
