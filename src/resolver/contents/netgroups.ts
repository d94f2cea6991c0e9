/** The netgroup database: `cluster`, the netgroups of nodename lines, classes, and named hostranges. */

import type { Cluster, ClusterHost, HostRange } from '../../config/index.ts'
import { compareAddress, insideRange, lastBefore, rangeSize } from '../../values/index.ts'
import type { FileNetgroup } from '../accounts/netgroups.ts'
import type { NetgroupEntry, Triple } from '../databases/netgroup.ts'
import { type ByteString, byteString } from '../records/entries.ts'
import { canonicalName, madeAddresses, madeName, type NameMaker, type NameMakers } from './nodenames.ts'

/** The netgroup of all nodes. */
export const CLUSTER_NETGROUP = 'cluster'

/**
 * Every netgroup, in that order, each kind in file order. A machine stands in it by its name and by the name with the
 * domain, since reverse DNS gives the long one. They have machines and no users: the user is `-`, which is not a user name
 * (netgroup(5)); domains are wildcards.
 */
export function netgroupEntries(cluster: Cluster, makers: NameMakers, domain: ByteString): NetgroupEntry[] {
  const members = new NetgroupMembers(domain)
  addNodes(members, cluster, makers)
  addClasses(members, cluster, makers)
  addHostRanges(members, cluster)
  return members.entries()
}

/** By how many names a machine stands in a netgroup: with the domain and without it. */
const NAMES_EACH = 2

/** The names of the netgroups that a configuration makes, and how many triples each has at most. */
export function netgroupSizes({
  nodenames,
  classes,
  nodes,
  hosts,
  hostRanges,
}: Cluster): ReadonlyMap<ByteString, number> {
  const machines = new Map<string, number>()
  const add = (name: string | undefined, count: number): void => {
    if (name !== undefined) machines.set(name, (machines.get(name) ?? 0) + count)
  }
  const others = nodenames.filter(({ kind, netgroup }) => kind === 'companion' && netgroup === undefined)
  add(CLUSTER_NETGROUP, nodes.length * (1 + others.length))
  for (const { netgroup } of nodenames) add(netgroup, nodes.length)
  for (const name of classes.keys()) add(name, 0)
  for (const node of nodes) add(node.class, 1)
  for (const range of hostRanges) add(range.name, Math.min(hosts.length, Number(rangeSize(range))))
  return new Map(Array.from(machines, ([name, count]) => [byteString(name), NAMES_EACH * count]))
}

/** The netgroups of the configuration, and behind them those of the master's file, with what they include of the others. */
export function withFileNetgroups(made: readonly NetgroupEntry[], file: readonly FileNetgroup[]): NetgroupEntry[] {
  const triplesOf = new Map(made.map(({ name, triples }) => [name, triples]))
  const own = file.map(({ name, triples, includes }) => ({
    name,
    triples: [...triples, ...includes.flatMap((one) => triplesOf.get(one) ?? [])],
  }))
  return [...made, ...own]
}

/** The user field of a triple without a user: an absent field would match every user. */
const NO_USER = '-'

/** The triples of a machine in a netgroup; `suffix` is a dot and the domain, or empty. */
export function triplesOf(host: ByteString, suffix: ByteString): readonly Triple[] {
  const own = { host, user: NO_USER, domain: undefined }
  if (suffix === '' || host.includes('.')) return [own]
  return [own, { host: host + suffix, user: NO_USER, domain: undefined }]
}

/** Netgroups as they fill. */
class NetgroupMembers {
  readonly #triples = new Map<ByteString, Triple[]>()
  readonly #suffix: ByteString

  constructor(domain: ByteString) {
    this.#suffix = domain === '' ? '' : `.${domain}`
  }

  /** The adder of a netgroup, which exists from now on even if it stays empty. */
  of(netgroup: ByteString): (host: ByteString) => void {
    const triples = this.#triples.get(netgroup) ?? []
    this.#triples.set(netgroup, triples)
    return (host) => {
      for (const triple of triplesOf(host, this.#suffix)) triples.push(triple)
    }
  }

  entries(): NetgroupEntry[] {
    return Array.from(this.#triples, ([name, triples]) => ({ name, triples }))
  }
}

/** `cluster`, with the companions whose line names no netgroup, and the netgroups that nodename lines name: of the nodes that are approved. */
function addNodes(members: NetgroupMembers, cluster: Cluster, makers: NameMakers): void {
  const all = members.of(CLUSTER_NETGROUP)
  const own = ({ line }: NameMaker) => (line.netgroup === undefined ? undefined : members.of(byteString(line.netgroup)))
  const ofNodes = [...makers.bound, ...makers.unbound].map((line) => ({ line, add: own(line) }))
  const ofCompanions = makers.companions.map((line) => ({ line, add: own(line) ?? all }))
  for (const node of cluster.nodes) {
    if (!node.isApproved) continue
    all(canonicalName(makers, node.number))
    for (const { line, add } of ofNodes) addName(add, line, node.number)
    for (const { line, add } of ofCompanions) {
      if (madeAddresses(line.line, node).length > 0) addName(add, line, node.number)
    }
  }
}

function addName(add: ((host: ByteString) => void) | undefined, line: NameMaker, number: number): void {
  const name = add === undefined ? undefined : madeName(line, number)
  if (name !== undefined) add?.(name)
}

/** A netgroup for each class that a class line defines or a node line names. */
function addClasses(members: NetgroupMembers, cluster: Cluster, makers: NameMakers): void {
  for (const name of cluster.classes.keys()) members.of(byteString(name))
  for (const node of cluster.nodes) {
    if (node.class === undefined) continue
    members.of(byteString(node.class))(canonicalName(makers, node.number))
  }
}

/** A netgroup for each name of hostranges, of the devices with an address in one of them. */
function addHostRanges(members: NetgroupMembers, cluster: Cluster): void {
  const ranges = cluster.hostRanges.toSorted((a, b) => compareAddress(a.first, b.first))
  for (const { name } of cluster.hostRanges) if (name !== undefined) members.of(byteString(name))
  for (const host of cluster.hosts) {
    for (const name of rangeNames(ranges, host)) members.of(byteString(name))(byteString(host.name))
  }
}

/** The names of the ranges that a device has addresses in, each once. `ranges` are sorted and do not overlap. */
export function rangeNames(ranges: readonly HostRange[], host: ClusterHost): Set<string> {
  const names = host.addresses.map((address) => {
    const range = lastBefore(ranges, (one) => compareAddress(one.first, address) > 0)
    return range !== undefined && insideRange(range, address) ? range.name : undefined
  })
  return new Set(names.filter((name) => name !== undefined))
}
