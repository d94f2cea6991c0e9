/** The hosts database: masters, then devices, then nodes by number, each followed by its companions. */
import { type Address, allMasters, type Cluster, type ClusterHost, type ClusterNode } from '../config/index.ts'
import { recordAddress } from './addresses.ts'
import { byteString, type HostEntry } from './entries.ts'
import { HOST_KINDS, NO_NODE } from './layout.ts'
import { madeAddress, madeName, type NameMakers } from './nodenames.ts'

/** What the names of a cluster are made from. */
export interface NameSources {
  readonly cluster: Cluster
  /** The address of the master's private interface: the config's, else what the system says; undefined if unknown. */
  readonly interfaceAddress: Address | undefined
  readonly makers: NameMakers
}

/** Every machine that has a name, in enumeration order. */
export function hostEntries(sources: NameSources): HostEntry[] {
  const { cluster, makers } = sources
  const entries = [...masterEntries(sources), ...cluster.hosts.map(deviceEntry)]
  for (const node of cluster.nodes) {
    entries.push(nodeEntry(makers, node))
    if (makers.companions.length > 0) entries.push(...companionEntries(makers, node))
  }
  return entries
}

/**
 * The masters: `master0`, `master1`... of the masterorder lines, or `master` where only the interface is known.
 * Which of several is `master` depends on who asks, so that name is then no record.
 */
function masterEntries({ cluster, interfaceAddress }: NameSources): HostEntry[] {
  const ordered = allMasters(cluster.masters)
  if (ordered.length > 0) return ordered.map((address, i) => masterEntry(`master${i}`, address))
  return interfaceAddress === undefined ? [] : [masterEntry('master', interfaceAddress)]
}

function masterEntry(name: string, address: Address): HostEntry {
  return { kind: HOST_KINDS.MASTER, number: NO_NODE, names: [name], addresses: [recordAddress(address)] }
}

function deviceEntry(host: ClusterHost): HostEntry {
  return {
    kind: HOST_KINDS.HOST,
    number: NO_NODE,
    names: [host.name, ...host.aliases].map(byteString),
    addresses: host.addresses.map(recordAddress),
  }
}

function nodeEntry(makers: NameMakers, node: ClusterNode): HostEntry {
  const names = [madeName(makers.canonical, node.number)]
  for (const alias of makers.aliases) names.push(madeName(alias, node.number))
  return { kind: HOST_KINDS.NODE, number: node.number, names, addresses: [recordAddress(node.address)] }
}

function companionEntries(makers: NameMakers, node: ClusterNode): HostEntry[] {
  return makers.companions.flatMap((companion): HostEntry[] => {
    const address = madeAddress(companion.line, node.number, node.address)
    if (address === undefined) return []
    const names = [madeName(companion, node.number)]
    return [{ kind: HOST_KINDS.COMPANION, number: node.number, names, addresses: [recordAddress(address)] }]
  })
}
