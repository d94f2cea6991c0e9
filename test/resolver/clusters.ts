/** Clusters as the config stage would give them, written by hand or arbitrary. */
import {
  type Address,
  type Cluster,
  type ClusterHost,
  type ClusterNode,
  type Nodename,
  parseAddress,
  parseMac,
} from '../../src/config/index.ts'

const span = { line: 1, start: 0, end: 0 }

/** The address of a text that is one. */
export function ip(text: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

/** The MAC of a text that is one. */
export function mac(text: string): Uint8Array {
  const bytes = parseMac(text)
  if (bytes === undefined) throw new Error(`${text} is no MAC`)
  return bytes
}

/** A nodename line; by default it names the nodes. */
export function nodename(prefix: string, more: Partial<Nodename> = {}): Nodename {
  return {
    prefix,
    width: 0,
    suffix: '',
    kind: 'canonical',
    offset: undefined,
    base: undefined,
    netgroup: undefined,
    span,
    ...more,
  }
}

/** A node. */
export function node(number: number, address: string, macs: readonly string[] = [], className?: string): ClusterNode {
  return { number, address: ip(address), macs: macs.map(mac), class: className, sequence: [], stage: undefined, span }
}

/** A device. */
export function device(
  name: string,
  addresses: readonly string[],
  macs: readonly string[] = [],
  aliases: readonly string[] = [],
): ClusterHost {
  return { name, aliases, addresses: addresses.map(ip), macs: macs.map(mac), spans: [span] }
}

/** A cluster with nothing in it but what is given. */
export function cluster(parts: Partial<Cluster> = {}): Cluster {
  return {
    nodeCount: undefined,
    nodes: [],
    hosts: [],
    nodenames: [nodename('n')],
    masters: [],
    interface: undefined,
    nodeRanges: [],
    hostRanges: [],
    servers: new Map(),
    classes: new Map(),
    boot: [],
    ...parts,
  }
}

/** An inclusive range of addresses. */
export function range(first: string, last: string): { first: Address; last: Address; span: typeof span } {
  return { first: ip(first), last: ip(last), span }
}
