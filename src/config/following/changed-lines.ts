/** A cluster brought up to date after a change of lines side by side: the lines of machines that did not change are not read. */
import { foldCase, lineEdit, linesIn, type Mac, macKey, mustBeLocal } from '../../values/index.ts'
import { buildCluster } from '../build.ts'
import type { Cluster, ClusterHost, ClusterNode } from '../cluster.ts'
import { Draft, type ReadLine } from '../draft.ts'
import { numberLines } from '../nodes/numbering.ts'
import { isOfFrame, type LinePlace } from '../outline.ts'
import { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import { SourceText } from '../text/source-text.ts'
import type { Span } from '../text/span.ts'
import { countedNodes } from './counted-nodes.ts'
import type { FollowedConfig } from './followed-config.ts'
import { Neighbours } from './neighbours.ts'
import { readStretch, type StretchLine } from './stretch.ts'

/** How many bytes may differ, counted in both versions. With more, a whole parse costs hardly more. */
const CHANGED_MAX = 256 * 1024
/** Lines that say which nodes there are. */
const OF_ALL_NODES: ReadonlySet<string> = new Set(['nodes', 'iprange'])

/**
 * The cluster of the configuration `after`, made from that of `before`: only the lines between the first and the last difference are read. Throws NotLocalError if all
 * of `after` has to be read, also if it has an error. `domain` is the domain of the cluster.
 */
export function withLines(before: FollowedConfig, after: Uint8Array, domain: string): FollowedConfig {
  return new ChangedLines(before, after, domain).made()
}

class ChangedLines {
  readonly #before: FollowedConfig
  readonly #after: Uint8Array
  readonly #domain: string
  readonly #edit
  readonly #head: number
  readonly #gone: number
  /** By how many lines what is behind the change is further down. */
  readonly #by: number

  constructor(before: FollowedConfig, after: Uint8Array, domain: string) {
    mustBeLocal(before.outline.isSound, 'a line of the configuration is left out')
    this.#before = before
    this.#after = after
    this.#domain = domain
    this.#edit = lineEdit(before.bytes, after)
    const { start, oldEnd, newEnd } = this.#edit
    mustBeLocal(oldEnd + newEnd - 2 * start <= CHANGED_MAX, 'many lines of the configuration changed')
    this.#head = linesIn(before.bytes, 0, start)
    this.#gone = linesIn(before.bytes, start, oldEnd)
    this.#by = linesIn(after, start, newEnd) - this.#gone
  }

  made(): FollowedConfig {
    const { bytes, outline } = this.#before
    const { start, oldEnd, newEnd } = this.#edit
    const [old, now] = [this.#read(bytes, oldEnd), this.#read(this.#after, newEnd)]
    const counted = countedNodes({
      ...{ old: readOf(old), now: readOf(now), start, newEnd, numberOf: (mac) => this.#numberOf(mac) },
      before: new Neighbours(bytes, this.#domain),
      after: new Neighbours(this.#after, this.#domain),
      isFollowed: outline.lastNode >= oldEnd,
    })
    const frame = this.#frame(now)
    const numbers = [...numbersOf(counted.old), ...numbersOf(counted.now)].sort((a, b) => a - b)
    const own = counted.now.filter(({ keyword }) => !isOfFrame(keyword))
    const cluster = this.#clusterOf(frame, own, numbers)
    return {
      bytes: this.#after,
      cluster: { ...cluster, nodes: this.#nodes(cluster.nodes), hosts: this.#hosts(cluster.hosts) },
      outline: { frame, lastNode: this.#lastNode(now), isSound: true },
    }
  }

  #read(bytes: Uint8Array, end: number): readonly StretchLine[] {
    const lines = this.#lines(bytes, { number: this.#head + 1, start: this.#edit.start, end })
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
    const { start, oldEnd, newEnd } = this.#edit
    const { frame } = this.#before.outline
    const by = newEnd - oldEnd
    const own = now.flatMap(({ line, read }) => (read !== undefined && isOfFrame(read.keyword) ? [line] : []))
    return [
      ...frame.filter((place) => place.start < start),
      ...own.map(({ number, start: from, end }) => ({ number, start: from, end })),
      ...frame
        .filter((place) => place.start >= oldEnd)
        .map((place) => ({ number: place.number + this.#by, start: place.start + by, end: place.end + by })),
    ]
  }

  /** The lines about more than one machine, with these machines, as a configuration of their own. */
  #clusterOf(frame: readonly LinePlace[], own: readonly ReadLine[], numbers: readonly number[]): Cluster {
    const lines = [...frame.flatMap((place) => readOf(this.#lines(this.#after, place))), ...own]
    const diagnostics = new ConfigDiagnostics(new SourceText('config', this.#after))
    return buildCluster(new Draft(lines, numberLines(lines, diagnostics), diagnostics), new Set(numbers))
  }

  /** The node that has a MAC. */
  #numberOf(mac: Mac): number | undefined {
    const wanted = macKey(mac)
    return this.#before.cluster.nodes.find(({ macs }) => macs.some((one) => macKey(one) === wanted))?.number
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
    const behind = kept.findIndex(({ lines: [first] }) => first !== undefined && first.span.line > this.#head)
    const moved = this.#by === 0 ? kept : kept.map((host) => this.#movedHost(host))
    return moved.toSpliced(behind < 0 ? moved.length : behind, 0, ...changed)
  }

  #movedHost(host: ClusterHost): ClusterHost {
    if (!host.lines.some(({ span }) => this.#isMoved(span))) return host
    return { ...host, lines: host.lines.map((line) => ({ ...line, span: this.#moved(line.span) })) }
  }

  /** Where the last node line starts now. */
  #lastNode(now: readonly StretchLine[]): number {
    const { start, oldEnd, newEnd } = this.#edit
    const { lastNode } = this.#before.outline
    if (lastNode >= oldEnd) return lastNode + newEnd - oldEnd
    const own = now.findLast(({ read }) => read?.keyword === 'node')
    if (own !== undefined) return own.line.start
    return lastNode < start ? lastNode : new Neighbours(this.#before.bytes, this.#domain).nodeLineBefore(start)
  }

  #isIn({ line }: Span): boolean {
    return line > this.#head && line <= this.#head + this.#gone
  }

  #isMoved({ line }: Span): boolean {
    return this.#by !== 0 && line > this.#head + this.#gone
  }

  #moved(span: Span): Span {
    return this.#isMoved(span) ? { ...span, line: span.line + this.#by } : span
  }
}

function readOf(lines: readonly StretchLine[]): ReadLine[] {
  return lines.flatMap(({ read }) => read ?? [])
}

function numbersOf(lines: readonly ReadLine[]): number[] {
  return lines.flatMap(({ entry }) => (entry?.kind === 'node' ? (entry.number ?? []) : []))
}
