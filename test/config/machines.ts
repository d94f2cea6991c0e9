// Works out by brute force who has which name, address and MAC in a cluster, to hold the checks against.
import {
  addressKey,
  type Cluster,
  companionAddress,
  expandNodename,
  foldCase,
  macKey,
  matchNodename,
} from '../../src/config/index.ts'

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
  for (const { number, address, macs } of nodes) {
    claim(`address ${addressKey(address)}`, `node ${number}`)
    for (const mac of macs) claim(`mac ${macKey(mac)}`, `node ${number}`)
    for (const [i, nodename] of nodenames.entries()) {
      const isCompanion = nodename.kind === 'companion'
      const owner = isCompanion ? `companion ${i} of ${number}` : `node ${number}`
      claim(`name ${foldCase(expandNodename(nodename, number))}`, owner)
      const companion = isCompanion ? companionAddress(nodename, number, address) : address
      if (companion === undefined) claim(`address of ${owner}`, 'nobody')
      if (companion === undefined) claim(`address of ${owner}`, owner)
      else claim(`address ${addressKey(companion)}`, owner)
    }
  }
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
  const rules = nodenames.some(({ prefix, suffix }) => foldCase(prefix) === 'n' && suffix === '')
  const patterns = rules ? nodenames : [...nodenames, { prefix: 'n', width: 0, suffix: '' }]
  const meanings = (name: string): number => {
    return patterns.filter((pattern) => numbers.has(matchNodename(pattern, name) ?? -1)).length
  }
  const ofHosts = hosts.flatMap(({ name, aliases }) => [name, ...aliases]).filter((name) => meanings(name) > 0)
  const ofNodes = nodes.flatMap(({ number }) => nodenames.map((nodename) => expandNodename(nodename, number)))
  return [...ofHosts, ...ofNodes.filter((name) => meanings(name) > 1)].map((name) => `${name} has two meanings`)
}
