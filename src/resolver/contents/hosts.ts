/** The hosts database: masters, then devices, then nodes by number, each followed by its companions. */

import type { Cluster, ClusterHost, ClusterNode, HostLine } from '../../config/index.ts'
import { addressKey, sameAddress } from '../../values/index.ts'
import type { HostEntry } from '../databases/hosts.ts'
import { HOST_KINDS, NO_NODE } from '../layout.ts'
import { deviceEntries } from './devices.ts'
import { type MasterSources, masterNames, namedMasters } from './master-names.ts'
import { companionsOf, type NameMakers, nodeNames } from './nodenames.ts'

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
  return namedMasters(sources)
    .filter(({ addresses }) => !addresses.some((address) => named.has(addressKey(address))))
    .map(({ name, addresses }) => ({ kind: HOST_KINDS.MASTER, number: NO_NODE, names: [name], addresses }))
}

/** The devices, those first that are masters by their own name. */
function deviceRecords(sources: NameSources): HostEntry[] {
  const names = masterNames(sources)
  const isMaster = ({ addresses }: ClusterHost): boolean => addresses.some((address) => names.has(addressKey(address)))
  const hosts = withAllAddresses(sources)
  const ordered = [...hosts.filter(isMaster), ...hosts.filter((host) => !isMaster(host))]
  return ordered.flatMap((host) => deviceEntries(host, names))
}

/** The devices. One that a host line names at one address of a master has the master's other address too, where no line says whose that is. */
function withAllAddresses(sources: NameSources): readonly ClusterHost[] {
  const named = new Map<string, ClusterHost>()
  for (const host of sources.cluster.hosts) for (const one of host.addresses) named.set(addressKey(one), host)
  const more = new Map<ClusterHost, HostLine[]>()
  for (const { addresses } of namedMasters(sources)) {
    const host = addresses.map((address) => named.get(addressKey(address))).find((one) => one !== undefined)
    const [line] = host?.lines.filter((one) => addresses.some((address) => sameAddress(address, one.address))) ?? []
    if (host === undefined || line === undefined) continue
    const unnamed = addresses.filter((address) => !named.has(addressKey(address)))
    more.set(
      host,
      unnamed.map((address) => ({ ...line, address, mac: undefined })),
    )
  }
  return sources.cluster.hosts.map((host) => withLines(host, more.get(host) ?? []))
}

function withLines(host: ClusterHost, more: readonly HostLine[]): ClusterHost {
  const addresses = [...host.addresses, ...more.map(({ address }) => address)]
  return more.length === 0 ? host : { ...host, addresses, lines: [...host.lines, ...more] }
}

function nodeEntry(makers: NameMakers, node: ClusterNode): HostEntry {
  const names = nodeNames(makers, node.number)
  const kind = node.isApproved ? HOST_KINDS.NODE : HOST_KINDS.UNAPPROVED
  return { kind, number: node.number, names, addresses: node.addresses }
}

function companionEntries(makers: NameMakers, node: ClusterNode): HostEntry[] {
  return companionsOf(makers, node).map(({ name, addresses }): HostEntry => {
    return { kind: HOST_KINDS.COMPANION, number: node.number, names: [name], addresses }
  })
}
