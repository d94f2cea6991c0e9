/** A cluster brought up to date after a change of lines side by side: the lines of machines that did not change are not read. */
import { foldCase, type Mac, macKey, mustBeLocal } from '../../values/index.ts'
import { buildCluster } from '../build.ts'
import type { Cluster, ClusterHost, ClusterNode } from '../cluster.ts'
import { Draft, type ReadLine } from '../draft.ts'
import { numberLines } from '../nodes/numbering.ts'
import { isOfFrame, type LinePlace } from '../outline.ts'
import { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import { SourceText } from '../text/source-text.ts'
import type { Span } from '../text/span.ts'
import { countedNodes, numbersOf } from './counted-nodes.ts'
import { type Difference, differenceOf, lastNodeNow, placeNow } from './difference.ts'
import type { FollowedConfig } from './followed-config.ts'
import { Neighbours } from './neighbours.ts'
import { readOf, readStretch, type StretchLine } from './stretch.ts'

/** Lines that say which nodes there are. */
const OF_ALL_NODES: ReadonlySet<string> = new Set(['nodes', 'iprange'])
/** For so many MACs all nodes are looked through: to make a table of them takes as long as for some ten. */
const LOOKED_FOR_MAX = 4

/**
 * The cluster of the configuration `after`, which is one without errors, made from that of `before`: only the lines between the first and the last difference are read. Throws
 * NotLocalError if all of `after` has to be read. `domain` is the domain of the cluster.
 */
export function withLines(before: FollowedConfig, after: Uint8Array, domain: string): FollowedConfig {
  return new ChangedLines(before, after, domain).made()
}

class ChangedLines {
  readonly #before: FollowedConfig
  readonly #after: Uint8Array
  readonly #domain: string
  readonly #neighbours: Neighbours
  readonly #difference: Difference
  /** How many MACs were asked for, and the numbers by MAC, once these were many. */
  #asked = 0
  #numbers: ReadonlyMap<number, number> | undefined

  constructor(before: FollowedConfig, after: Uint8Array, domain: string) {
    mustBeLocal(before.outline.isSound, 'a line of the configuration is left out')
    this.#before = before
    this.#after = after
    this.#domain = domain
    this.#neighbours = new Neighbours(before.bytes, domain)
    this.#difference = differenceOf(before.bytes, after)
  }

  made(): FollowedConfig {
    const { bytes, outline } = this.#before
    const { start, oldEnd, newEnd } = this.#difference
    const [old, now] = [this.#read(bytes, oldEnd), this.#read(this.#after, newEnd)]
    const counted = countedNodes({
      ...{ old: readOf(old), now: readOf(now), start, newEnd, numberOf: (mac) => this.#numberOf(mac) },
      before: this.#neighbours,
      after: new Neighbours(this.#after, this.#domain),
      isFollowed: outline.lastNode >= oldEnd,
    })
    const frame = this.#frame(now)
    const numbers = [...numbersOf(counted.old), ...numbersOf(counted.now)].sort((a, b) => a - b)
    const own = counted.now.filter(({ keyword }) => !isOfFrame(keyword))
    const cluster = this.#clusterOf(frame, own, numbers)
    const lastNode = lastNodeNow(outline.lastNode, this.#difference, { now, before: this.#neighbours })
    return {
      bytes: this.#after,
      cluster: { ...cluster, nodes: this.#nodes(cluster.nodes), hosts: this.#hosts(cluster.hosts) },
      outline: { frame, lastNode, isSound: true },
    }
  }

  #read(bytes: Uint8Array, end: number): readonly StretchLine[] {
    const lines = this.#lines(bytes, { number: this.#difference.head + 1, start: this.#difference.start, end })
    const isOfAllNodes = lines.some(({ read }) => read !== undefined && OF_ALL_NODES.has(read.keyword))
    mustBeLocal(!isOfAllNodes, 'a line changed that says which nodes there are')
    return lines
  }

  #lines(bytes: Uint8Array, place: LinePlace): StretchLine[] {
    // What is to be said about it is said by who judges it.
    const diagnostics = new ConfigDiagnostics(new SourceText('config', bytes))
    return readStretch({ bytes, diagnostics, domain: this.#domain }, place)
  }

  /** The lines about more than one machine, as they are now. */
  #frame(now: readonly StretchLine[]): readonly LinePlace[] {
    const kept = this.#before.outline.frame.flatMap((place) => placeNow(place, this.#difference) ?? [])
    const come = now.flatMap(({ line: { number, start, end }, read }): LinePlace[] =>
      read !== undefined && isOfFrame(read.keyword) ? [{ number, start, end }] : [],
    )
    return [...kept, ...come].sort((a, b) => a.start - b.start)
  }

  /** The lines about more than one machine, with these machines, as a configuration of their own. */
  #clusterOf(frame: readonly LinePlace[], own: readonly ReadLine[], numbers: readonly number[]): Cluster {
    const lines = [...frame.flatMap((place) => readOf(this.#lines(this.#after, place))), ...own]
    const diagnostics = new ConfigDiagnostics(new SourceText('config', this.#after))
    return buildCluster(new Draft(lines, numberLines(lines, diagnostics), diagnostics), new Set(numbers))
  }

  /** The node that has a MAC. Lines of nodes that do not exist may stand before one of a node that does: then many MACs are asked for. */
  #numberOf(mac: Mac): number | undefined {
    const { nodes } = this.#before.cluster
    const wanted = macKey(mac)
    if (++this.#asked > LOOKED_FOR_MAX) {
      this.#numbers ??= new Map(nodes.flatMap(({ macs, number }) => macs.map((one) => [macKey(one), number] as const)))
      return this.#numbers.get(wanted)
    }
    return nodes.find(({ macs }) => macs.some((one) => macKey(one) === wanted))?.number
  }

  #nodes(changed: readonly ClusterNode[]): readonly ClusterNode[] {
    const byNumber = new Map(changed.map((node) => [node.number, node]))
    return this.#before.cluster.nodes.map((node) => {
      const now = byNumber.get(node.number)
      if (now !== undefined) return now
      mustBeLocal(!this.#isIn(node.span), 'the line of a node is not read as it was')
      return this.#isMoved(node.span) ? { ...node, span: this.#moved(node.span) } : node
    })
  }

  #hosts(changed: readonly ClusterHost[]): readonly ClusterHost[] {
    const { hosts } = this.#before.cluster
    const kept = hosts.filter(({ lines }) => !lines.some(({ span }) => this.#isIn(span)))
    const going = hosts.filter(({ lines }) => lines.some(({ span }) => this.#isIn(span)))
    const isAlone = going.every(({ lines }) => lines.every(({ span }) => this.#isIn(span)))
    mustBeLocal(isAlone, 'a device has a line more that did not change')
    const names = new Set(changed.map(({ name }) => foldCase(name)))
    const isNew = names.size === 0 || !kept.some(({ name }) => names.has(foldCase(name)))
    mustBeLocal(isNew, 'a device has a line more that did not change')
    const behind = kept.findIndex(
      ({ lines: [first] }) => first !== undefined && first.span.line > this.#difference.head,
    )
    const moved = this.#by === 0 ? kept : kept.map((host) => this.#movedHost(host))
    return moved.toSpliced(behind < 0 ? moved.length : behind, 0, ...changed)
  }

  #movedHost(host: ClusterHost): ClusterHost {
    if (!host.lines.some(({ span }) => this.#isMoved(span))) return host
    return { ...host, lines: host.lines.map((line) => ({ ...line, span: this.#moved(line.span) })) }
  }

  /** By how many lines what is behind the change is further down. */
  get #by(): number {
    return this.#difference.come - this.#difference.gone
  }

  #isIn({ line }: Span): boolean {
    const { head, gone } = this.#difference
    return line > head && line <= head + gone
  }

  #isMoved({ line }: Span): boolean {
    const { head, gone } = this.#difference
    return this.#by !== 0 && line > head + gone
  }

  #moved(span: Span): Span {
    return this.#isMoved(span) ? { ...span, line: span.line + this.#by } : span
  }
}
