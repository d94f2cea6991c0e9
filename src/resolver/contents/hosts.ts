/** The hosts database: masters, then devices, then nodes by number, each followed by its companions. */

import type { Cluster, ClusterHost, ClusterNode } from '../../config/index.ts'
import { type Address, addressKey } from '../../values/index.ts'
import type { HostEntry } from '../databases/hosts.ts'
import { HOST_KINDS, NO_NODE } from '../layout.ts'
import { deviceEntries } from './devices.ts'
import { type MasterSources, masterNames, mastersByName } from './master-names.ts'
import { madeAddress, madeName, type NameMakers, nodeNames } from './nodenames.ts'

/** What the names of a cluster are made from. */
export interface NameSources extends MasterSources {
  readonly cluster: Cluster
  readonly makers: NameMakers
}

/** Every machine that has a name, in enumeration order. */
export function hostEntries(sources: NameSources): HostEntry[] {
  const { cluster, makers } = sources
  const entries = [...masterEntries(sources), ...deviceRecords(sources)]
  for (const node of cluster.nodes) {
    entries.push(nodeEntry(makers, node))
    if (makers.companions.length > 0) entries.push(...companionEntries(makers, node))
  }
  return entries
}

/** The masters that no host line names. */
function masterEntries(sources: NameSources): HostEntry[] {
  const named = new Set(sources.cluster.hosts.flatMap(({ addresses }) => addresses.map(addressKey)))
  return mastersByName(sources)
    .filter(([, address]) => !named.has(addressKey(address)))
    .map(([name, address]) => masterEntry(name, address))
}

function masterEntry(name: string, address: Address): HostEntry {
  return { kind: HOST_KINDS.MASTER, number: NO_NODE, names: [name], addresses: [address] }
}

/** The devices, those first that are masters by their own name. */
function deviceRecords(sources: NameSources): HostEntry[] {
  const names = masterNames(sources)
  const isMaster = ({ addresses }: ClusterHost): boolean => addresses.some((address) => names.has(addressKey(address)))
  const { hosts } = sources.cluster
  const ordered = [...hosts.filter(isMaster), ...hosts.filter((host) => !isMaster(host))]
  return ordered.flatMap((host) => deviceEntries(host, names))
}

function nodeEntry(makers: NameMakers, node: ClusterNode): HostEntry {
  const names = nodeNames(makers, node.number)
  return { kind: HOST_KINDS.NODE, number: node.number, names, addresses: [node.address] }
}

function companionEntries(makers: NameMakers, node: ClusterNode): HostEntry[] {
  return makers.companions.flatMap((companion): HostEntry[] => {
    const address = madeAddress(companion.line, node.number, node.address)
    const name = madeName(companion, node.number)
    if (address === undefined || name === undefined) return []
    const names = [name]
    return [{ kind: HOST_KINDS.COMPANION, number: node.number, names, addresses: [address] }]
  })
}
