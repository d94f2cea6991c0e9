// Works out by brute force who has which name, address and MAC in a cluster, to hold the checks against.

import { type Cluster, companionAddresses, type Nodename, PLAIN } from '../../src/config/index.ts'
import { nameIn, nodeNamed } from '../../src/config/names/nodename.ts'
import { addressKey, foldCase, macKey } from '../../src/values/index.ts'

/** Everything of a cluster that two machines have in common, and every name that could mean two of them. */
export function sharedThings(cluster: Cluster): string[] {
  const owners = new Map<string, string>()
  const shared: string[] = []
  const claim = (thing: string, owner: string): void => {
    const before = owners.get(thing)
    if (before !== undefined && before !== owner) shared.push(`${thing}: ${before} and ${owner}`)
    owners.set(thing, owner)
  }
  claimMasters(cluster, claim)
  claimNodes(cluster, claim)
  claimHosts(cluster, claim)
  return [...shared, ...twoMeanings(cluster)]
}

type Claim = (thing: string, owner: string) => void

/** A host at a master's address is that master. */
function claimMasters({ masters, interfaces, hosts }: Cluster, claim: Claim): void {
  const named = new Set(hosts.flatMap(({ addresses }) => addresses.map(addressKey)))
  const own = interfaces.flatMap(({ address }) => address ?? [])
  for (const key of [...masters.flatMap((order) => order.addresses), ...own].map(addressKey)) {
    if (!named.has(key)) claim(`address ${key}`, `master ${key}`)
  }
}

function claimNodes({ nodes, nodenames }: Cluster, claim: Claim): void {
  for (const { number, addresses: own, macs, companionMacs } of nodes) {
    for (const address of own) claim(`address ${addressKey(address)}`, `node ${number}`)
    for (const mac of macs) claim(`mac ${macKey(mac)}`, `node ${number}`)
    for (const { name, mac } of companionMacs) claim(`mac ${macKey(mac)}`, `device ${foldCase(name)} of ${number}`)
    for (const [i, nodename] of nodenames.entries()) {
      const isCompanion = nodename.kind === 'companion'
      const owner = isCompanion ? `companion ${i} of ${number}` : `node ${number}`
      const name =
        nodename.span === undefined && isNamedOtherwise(nodenames, number) ? undefined : nameIn(nodename, number)
      if (name === undefined) continue
      claim(`name ${foldCase(name)}`, owner)
      const companions = isCompanion ? companionAddresses(nodename, number, own) : own
      for (const address of companions) claim(`address ${addressKey(address)}`, owner)
      // A companion is without an address where its node has none of the family, and nowhere else.
      const wanted = nodename.companions.filter(
        ({ given, isOffset }) => !isOffset || own.some(({ family }) => family === given.family),
      )
      if (!isCompanion || companions.length === wanted.length) continue
      claim(`address of ${owner}`, 'nobody')
      claim(`address of ${owner}`, owner)
    }
  }
}

/** Whether some line names a node, so that it has not the default name. */
function isNamedOtherwise(nodenames: readonly Nodename[], number: number): boolean {
  return nodenames.some(
    (one) => one.span !== undefined && one.kind !== 'companion' && nameIn(one, number) !== undefined,
  )
}

function claimHosts({ hosts }: Cluster, claim: Claim): void {
  for (const { name, aliases, addresses, macs } of hosts) {
    for (const each of [name, ...aliases]) claim(`name ${foldCase(each)}`, `host ${foldCase(name)}`)
    for (const address of addresses) claim(`address ${addressKey(address)}`, `host ${foldCase(name)}`)
    for (const mac of macs) claim(`mac ${macKey(mac)}`, `host ${foldCase(name)}`)
  }
}

/** Names that are there and that a pattern matches as something else, `nN` included. */
function twoMeanings({ nodes, hosts, nodenames }: Cluster): string[] {
  const numbers = new Set(nodes.map((node) => node.number))
  const rules = nodenames.some((line) => line.span !== undefined && isDefault(line))
  const lines = rules || nodenames.some(isDefault) ? nodenames : [...nodenames, DEFAULT_LINE]
  const meanings = (name: string): Set<string> => {
    const machines = lines.flatMap((line, i) => {
      const node = nodeNamed(line, name)
      if (node === undefined || !numbers.has(node)) return []
      if (rules && line.span === undefined && isNamedOtherwise(nodenames, node)) return []
      return [line.kind === 'companion' ? `companion ${i} of ${node}` : `node ${node}`]
    })
    return new Set(machines)
  }
  const ofHosts = hosts.flatMap(({ name, aliases }) => [name, ...aliases]).filter((name) => meanings(name).size > 0)
  const ofNodes = nodes.flatMap(({ number }) => nodenames.flatMap((line) => nameIn(line, number) ?? []))
  return [...ofHosts, ...ofNodes.filter((name) => meanings(name).size > 1)].map((name) => `${name} has two meanings`)
}

const DEFAULT_LINE = { prefix: 'n', width: 0, suffix: '', segments: undefined, kind: 'alias', span: undefined } as const

function isDefault({ prefix, suffix, width }: Pick<Nodename, 'prefix' | 'suffix' | 'width'>): boolean {
  return foldCase(prefix) === 'n' && suffix === '' && width !== PLAIN
}
