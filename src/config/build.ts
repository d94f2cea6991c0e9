/** The cluster that the lines of a configuration describe. */
import { addressKey, foldCase, macKey } from '../values/index.ts'
import type {
  Acknowledgement,
  BootClass,
  BootProperty,
  BootSetting,
  Cluster,
  ClusterHost,
  ClusterNode,
  HostLine,
  HostRange,
  MasterInterface,
  MasterOrder,
  Nodename,
  NodeRange,
  PrimaryInterface,
} from './cluster.ts'
import type { Draft, NumberedNode } from './draft.ts'
import type { ClassEntry, HostEntry, NodenameEntry } from './entries.ts'
import { DEFAULT_PATTERN, isOffset } from './names/nodename.ts'
import { hostKey } from './names/rules.ts'
import { NodeSpace } from './nodes/nodespace.ts'
import type { Span } from './text/span.ts'

/** The ports of services that no server line names. */
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['beonss', 3045],
  ['beonss-tls', 3046],
])

/** The cluster of the lines that are not left out; of its nodes only those with these numbers, where they are given, which ascend. */
export function buildCluster(draft: Draft, numbers?: Iterable<number>): Cluster {
  return {
    nodeCount: draft.nodeCount(),
    nodes: buildNodes(draft, numbers),
    hosts: buildHosts(draft),
    nodenames: buildNodenames(draft),
    masters: draft.of('masterorder').map(({ nodes, masters, span }): MasterOrder => {
      return {
        nodes,
        addresses: unique(
          masters.map(({ address }) => address),
          addressKey,
        ),
        span,
      }
    }),
    masterDelay: draft.of('masterdelay')[0]?.seconds,
    interface: buildPrimary(buildInterfaces(draft)),
    interfaces: buildInterfaces(draft),
    nodeRanges: buildNodeRanges(draft),
    hostRanges: draft.of('hostrange').map(({ name, first, last, span }): HostRange => {
      return { name: name?.value, first, last, span }
    }),
    servers: new Map([
      ...DEFAULT_PORTS,
      ...draft.of('server').map(({ service, port }) => [service.value, port] as const),
    ]),
    classes: buildClasses(draft),
    assignment: draft.of('nodeassign')[0]?.policy ?? 'locked',
    ignored: draft.writtenIgnores().flatMap(({ macs }) => macs.map(({ mac }) => mac)),
    boot: draft.of('boot').map(({ property, nodes, value, span }): BootSetting => ({ property, nodes, value, span })),
  }
}

function buildNodes(draft: Draft, numbers?: Iterable<number>): ClusterNode[] {
  const unapproved = draft.unapproved()
  const lines = new Map(draft.nodes().map((node) => [node.number, node]))
  const space = new NodeSpace(draft.ranges(), draft.nodeCount())
  const nodes: ClusterNode[] = []
  for (const { number, addresses, entry } of numbers === undefined ? space.all() : space.some(numbers)) {
    const line = lines.get(number)
    nodes.push(
      line === undefined
        ? unlinedNode(number, addresses, entry.span, !unapproved.has(number))
        : linedNode(addresses, line),
    )
  }
  return nodes
}

/** What a node without a line has of everything that a line gives. */
const NONE: readonly never[] = []

function unlinedNode(
  number: number,
  addresses: ClusterNode['addresses'],
  span: Span,
  isApproved: boolean,
): ClusterNode {
  return {
    number,
    addresses,
    macs: NONE,
    companionMacs: NONE,
    class: undefined,
    sequence: NONE,
    stage: undefined,
    isApproved,
    span,
  }
}

function linedNode(addresses: ClusterNode['addresses'], { number, entry }: NumberedNode): ClusterNode {
  const { class: name, sequence, stage, isApproved, span } = entry
  const macs = mapped(entry.macs, ({ mac }) => mac)
  const companionMacs = mapped(entry.companionMacs, ({ name, mac }) => ({ name, mac }))
  return { number, addresses, macs, companionMacs, class: name?.value, sequence, stage, isApproved, span }
}

/** As Array.map; but empty lists are all one: a hundred thousand would take memory for each. */
function mapped<From, To>(list: readonly From[], to: (one: From) => To): readonly To[] {
  return list.length === 0 ? NONE : list.map(to)
}

function buildHosts(draft: Draft): ClusterHost[] {
  const devices = new Map<string, HostEntry[]>()
  for (const host of draft.of('host')) {
    if (host.names.length === 0) continue
    const key = hostKey(host)
    const lines = devices.get(key)
    if (lines === undefined) devices.set(key, [host])
    else lines.push(host)
  }
  return [...devices.values()].map(buildHost)
}

/** The device of these lines, which have its name. */
export function buildHost(lines: readonly HostEntry[]): ClusterHost {
  const names = lines.flatMap((line) => line.names.map((name) => name.value))
  const [name = '', ...aliases] = unique(names, foldCase)
  return {
    name,
    aliases,
    addresses: unique(
      lines.map((line) => line.address),
      addressKey,
    ),
    macs: unique(
      lines.flatMap((line) => line.mac ?? []),
      macKey,
    ),
    lines: lines.map(buildHostLine),
  }
}

function buildHostLine({ names, address, mac, span }: HostEntry): HostLine {
  const [name = '', ...others] = names.map((each) => each.value)
  const aliases = unique([name, ...others], foldCase).slice(1)
  return { aliases, address, mac, span }
}

/** Each once, by key, in order. */
function unique<T>(items: readonly T[], keyOf: (item: T) => string | number): T[] {
  if (items.length < 2) return [...items]
  const byKey = new Map<string | number, T>()
  for (const item of items) if (!byKey.has(keyOf(item))) byKey.set(keyOf(item), item)
  return [...byKey.values()]
}

function buildNodenames(draft: Draft): Nodename[] {
  const entries = draft.of('nodename')
  const canonical = entries.find((entry) => entry.addresses.length === 0 && entry.segments === undefined)
  const nodenames = entries.map((entry) => buildNodename(entry, entry === canonical || entry.segments !== undefined))
  if (canonical !== undefined) return nodenames
  const common = {
    segments: undefined,
    kind: 'canonical',
    companions: [],
    netgroup: undefined,
    span: undefined,
  } as const
  return [{ ...DEFAULT_PATTERN, ...common }, ...nodenames]
}

function buildNodename(entry: NodenameEntry, isCanonical: boolean): Nodename {
  const { prefix, width, suffix, segments, addresses, netgroup, span } = entry
  return {
    prefix,
    width,
    suffix,
    segments,
    kind: addresses.length > 0 ? 'companion' : isCanonical ? 'canonical' : 'alias',
    companions: addresses.map((given) => ({ given, isOffset: isOffset(given) })),
    netgroup: netgroup?.value,
    span,
  }
}

function buildInterfaces(draft: Draft): MasterInterface[] {
  return draft.of('interface').map(({ name, address, prefixLength, span }) => {
    return { name, address, prefixLength, span }
  })
}

/** All lines of the first one's NAME are one interface. */
function buildPrimary(lines: readonly MasterInterface[]): PrimaryInterface | undefined {
  const [first] = lines
  if (first === undefined) return undefined
  const all = lines.flatMap(({ name, address }) => (name === first.name ? (address ?? []) : []))
  const addresses = [4, 6].flatMap((family) => all.find((address) => address.family === family) ?? [])
  return { name: first.name, addresses, span: first.span }
}

function buildNodeRanges(draft: Draft): NodeRange[] {
  return draft.ranges().map(({ entry, firstNode }) => {
    return { first: entry.first, last: entry.last, firstNode, span: entry.span }
  })
}

function buildClasses(draft: Draft): Map<string, BootClass> {
  const lines = Map.groupBy(draft.of('class'), (entry) => entry.name.value)
  return new Map([...lines].map(([name, entries]) => [name, buildClass(name, entries)]))
}

function buildClass(name: string, entries: readonly ClassEntry[]): BootClass {
  const properties: Map<BootProperty, { value: string | null; span: Span }> = new Map()
  let acknowledge: Acknowledgement = 'loaded'
  for (const { property, value, span } of entries) {
    if (property === 'acknowledge') acknowledge = value === 'installed' ? 'installed' : 'loaded'
    else properties.set(property, { value, span })
  }
  return { name, properties, acknowledge, spans: entries.map((entry) => entry.span) }
}
