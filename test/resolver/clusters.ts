/** Clusters as the config stage would give them, written by hand or arbitrary. */

import fc from 'fast-check'
import type { Cluster, ClusterHost, ClusterNode, HostLine, Nodename } from '../../src/config/index.ts'
import type { Address } from '../../src/values/index.ts'
import { ip, mac } from '../addresses.ts'

const span = { line: 1, start: 0, end: 0 }

/** A nodename line; by default it names the nodes. */
export function nodename(prefix: string, more: Partial<Nodename> = {}): Nodename {
  return {
    prefix,
    width: 0,
    suffix: '',
    segments: undefined,
    kind: 'canonical',
    companions: [],
    netgroup: undefined,
    span,
    ...more,
  }
}

/** A node. Its addresses are separated by a space. */
export function node(number: number, address: string, macs: readonly string[] = [], className?: string): ClusterNode {
  const [first = '', ...more] = address.split(' ')
  const addresses = [ip(first), ...more.map(ip)] as const
  return {
    number,
    addresses,
    macs: macs.map(mac),
    companionMacs: [],
    class: className,
    sequence: [],
    stage: undefined,
    isApproved: true,
    span,
  }
}

/** A device. */
export function device(
  name: string,
  addresses: readonly string[],
  macs: readonly string[] = [],
  aliases: readonly string[] = [],
): ClusterHost {
  const count = Math.max(addresses.length, macs.length)
  const lines = Array.from({ length: count }, (_, i): HostLine => {
    const [address = ''] = [addresses[i] ?? addresses[0]]
    return { aliases, address: ip(address), mac: macs[i] === undefined ? undefined : mac(macs[i]), span }
  })
  return { name, aliases, addresses: addresses.map(ip), macs: macs.map(mac), lines }
}

/** A cluster with nothing in it but what is given. */
export function cluster(parts: Partial<Cluster> = {}): Cluster {
  return {
    nodeCount: undefined,
    nodes: [],
    hosts: [],
    nodenames: [nodename('n')],
    masters: [],
    masterDelay: undefined,
    interface: undefined,
    interfaces: [],
    nodeRanges: [],
    hostRanges: [],
    servers: new Map(),
    classes: new Map(),
    boot: [],
    assignment: 'locked',
    ignored: [],
    ...parts,
  }
}

/** An inclusive range of addresses. */
export function range(first: string, last: string): { first: Address; last: Address; span: typeof span } {
  return { first: ip(first), last: ip(last), span }
}

const MAX_NODES = 40

/** Node numbers with gaps, ascending. */
const numbers = fc.uniqueArray(fc.nat(5000), { maxLength: MAX_NODES }).map((list) => list.sort((a, b) => a - b))

/** Which of an address of IPv4 and one of IPv6 there are: the one, the other, or both. */
const PART = [
  [0, 1],
  [1, 2],
  [0, 2],
]

/** Nodename lines that can't make one name: each has letters of its own. */
const nodenames = fc
  .record({
    width: fc.nat(5),
    aliases: fc.array(fc.nat(5), { maxLength: 2 }),
    companions: fc.array(
      fc.record({ width: fc.nat(5), base: fc.boolean(), netgroup: fc.boolean(), families: fc.nat(2) }),
      { maxLength: 2 },
    ),
    prefix: fc.constantFrom('n', 'N', 'node', 'rack-', 'a.b'),
    suffix: fc.constantFrom('', '-x', '.eth0'),
  })
  .map(({ width, aliases, companions, prefix, suffix }): Nodename[] => [
    nodename(prefix, { width, suffix }),
    ...aliases.map((one, i) => nodename(`alias${'ab'[i]}`, { width: one, kind: 'alias' })),
    ...companions.map(({ width: one, base, netgroup, families }, i) =>
      nodename(`dev${'ab'[i]}`, {
        width: one,
        kind: 'companion',
        companions: [
          { given: ip(base ? `10.${200 + i}.0.0` : `0.${100 + i}.0.0`), isOffset: !base },
          { given: ip(base ? `fd00:${200 + i}::` : `::${1 + i}:0`), isOffset: !base },
        ].slice(...(PART[families] ?? [])),
        netgroup: netgroup ? `group${i}` : undefined,
      }),
    ),
  ])

const hostCount = fc.nat(8)
const families = fc.array(fc.nat(2), { minLength: MAX_NODES, maxLength: MAX_NODES })
const macCount = fc.array(fc.nat(2), { minLength: MAX_NODES, maxLength: MAX_NODES })

/** Any cluster without clashes, small enough for thousands of runs. */
export const anyCluster: fc.Arbitrary<Cluster> = fc
  .record({ numbers, nodenames, hostCount, macCount, families, dotted: fc.boolean(), masters: fc.nat(3) })
  .map(({ numbers, nodenames, hostCount, macCount, families, dotted, masters }) =>
    cluster({
      nodenames,
      nodes: numbers.map((number, i) =>
        node(
          number,
          [`10.1.${number >> 8}.${number & 255}`, `fd00:1::${number.toString(16)}`]
            .slice(...(PART[(families[i] ?? 0) % 3] ?? []))
            .join(' '),
          Array.from({ length: macCount[i] ?? 0 }, (_, k) =>
            [0, 1, number >> 8, number & 255, 0, k].map((octet) => octet.toString(16)).join(':'),
          ),
          i % 3 === 0 ? 'diskless' : undefined,
        ),
      ),
      hosts: Array.from({ length: hostCount }, (_, i) =>
        device(
          dotted && i % 2 === 0 ? `sw.${i}` : `Switch${i}`,
          i % 3 === 0 ? [`10.250.0.${i}`, `fd00::${i}`] : [`10.250.0.${i}`],
          [`0:2:0:0:0:${i}`],
          i % 2 === 0 ? [`also${i}`] : [],
        ),
      ),
      hostRanges: [
        { ...range('10.250.0.0', '10.250.0.3'), name: 'switches' },
        { ...range('10.250.0.4', '10.250.0.9'), name: undefined },
      ],
      masters: Array.from({ length: masters }, (_, i) => ({
        nodes: { ranges: [{ first: i * 10, last: i === 0 ? undefined : i * 1000 }] },
        addresses: [ip(`10.251.0.${i}`), ip(`10.251.0.${i + 1}`)],
        span,
      })),
    }),
  )
