import t from 'tap'
import { buildCluster } from '../../src/config/build.ts'
import type { Cluster } from '../../src/config/cluster.ts'
import { Draft } from '../../src/config/draft.ts'
import { numberLines } from '../../src/config/nodes/numbering.ts'
import { parseConfig, readConfig } from '../../src/config/parser.ts'
import { ConfigDiagnostics } from '../../src/config/text/config-diagnostics.ts'
import { SourceText } from '../../src/config/text/source-text.ts'
import { formatAddress, formatMac } from '../../src/values/index.ts'

/** The cluster of lines that no check has looked at, without those of some numbers. */
function built(lines: readonly string[], leftOut: readonly number[] = []): Cluster {
  const bytes = Buffer.from(lines.join('\n'))
  const diagnostics = new ConfigDiagnostics(new SourceText('config', bytes))
  const { read } = readConfig(bytes, diagnostics)
  const draft = new Draft(read, numberLines(read, diagnostics), diagnostics)
  if (diagnostics.list.length > 0) throw new Error(JSON.stringify(diagnostics.list))
  for (const line of leftOut) diagnostics.leftOut.add(line)
  return buildCluster(draft)
}

/** Nodes in short: number, addresses, and the line that the span is of. */
function nodesOf({ nodes }: Cluster): string[] {
  return nodes.map(({ number, addresses, span }) => `${number} ${addresses.map(formatAddress)} @${span.line}`)
}

t.test('a file that says nothing is a cluster of default names and ports', async (t) => {
  t.strictSame(built([]), {
    nodeCount: undefined,
    nodes: [],
    hosts: [],
    nodenames: [
      {
        prefix: 'n',
        width: 0,
        suffix: '',
        segments: undefined,
        kind: 'canonical',
        companions: [],
        netgroup: undefined,
        span: undefined,
      },
    ],
    masters: [],
    masterDelay: undefined,
    interface: undefined,
    interfaces: [],
    nodeRanges: [],
    hostRanges: [],
    servers: new Map([
      ['beonss', 3045],
      ['beonss-tls', 3046],
    ]),
    classes: new Map(),
    assignment: 'locked',
    ignored: [],
    boot: [],
  })
})

t.test('the nodes are those below the count that have an address, ascending by number', async (t) => {
  const lines = ['nodes 6', 'iprange 4 10.0.0.14 10.0.0.19', 'iprange 0 10.0.0.10 10.0.0.11', 'node 2', 'node 5']
  t.same(nodesOf(built(lines)), ['0 10.0.0.10 @3', '1 10.0.0.11 @3', '4 10.0.0.14 @2', '5 10.0.0.15 @5'])
  t.equal(built(lines).nodeCount, 6)
  t.same(
    built(lines).nodeRanges.map(({ first, last, firstNode, span }) => {
      return `${firstNode} ${formatAddress(first)} ${formatAddress(last)} @${span.line}`
    }),
    ['4 10.0.0.14 10.0.0.19 @2', '0 10.0.0.10 10.0.0.11 @3'],
    'the ranges are in file order, and whole',
  )
})

t.test('a node with an address of each family has that of IPv4 first, wherever its line stands', async (t) => {
  const cluster = built(['nodes 3', 'iprange fd00::10 fd00::11', 'iprange 1 10.0.0.1 10.0.0.2'])
  t.same(nodesOf(cluster), ['0 fd00::10 @2', '1 10.0.0.1,fd00::11 @3', '2 10.0.0.2 @3'])
})

t.test('a node has what its line says, and nothing where it has none', async (t) => {
  const lines = ['nodes 3', 'iprange 10.0.0.1 10.0.0.3', 'node 1 fast pxe+local pxe 2:0:0:0:0:2 2:0:0:0:0:1', 'node 2']
  const [none, full, empty] = built(lines).nodes
  const nothing = { macs: [], companionMacs: [], class: undefined, sequence: [], stage: undefined, isApproved: true }
  t.match(none, nothing)
  t.match(empty, { ...nothing, span: { line: 4 } })
  t.match(full, { class: 'fast', sequence: ['pxe', 'local'], stage: 'pxe', span: { line: 3 } })
  t.same(full?.macs.map(formatMac), ['2:0:0:0:0:2', '2:0:0:0:0:1'], 'in the order of the line')
})

t.test('a node that nobody has approved has its addresses and its MACs, and no class, sequence or stage', async (t) => {
  const lines = [
    'nodes 2',
    'iprange 10.0.0.1 10.0.0.2',
    'node 1 unapproved pxe+local pxe 2:0:0:0:0:2',
    'node Unapproved',
  ]
  const nodes = built(lines.slice(0, 3)).nodes
  t.same(
    nodes.map(({ isApproved, macs }) => [isApproved, macs.map(formatMac)]),
    [
      [true, []],
      [false, ['2:0:0:0:0:2']],
    ],
  )
  t.match(nodes[1], { class: undefined, sequence: [], stage: undefined, addresses: [{ family: 4 }] })
  const other = built([...lines.slice(0, 2), 'node 0 Unapproved']).nodes[0]
  t.match(other, { class: 'Unapproved', isApproved: true }, 'names of classes are exact')
})

t.test('a node stays unapproved where its line has an error and is left out', async (t) => {
  const text = (lines: readonly string[]) => ['nodes 3', 'iprange 10.0.0.1 10.0.0.3', ...lines]
  const clusterOf = (...lines: readonly string[]) => parseConfig(Buffer.from(text(lines).join('\n'))).cluster
  const approved = (...lines: readonly string[]) => clusterOf(...lines).nodes.map(({ isApproved }) => isApproved)
  t.same(approved('node 1 unapproved 2:0:0:0:0:zz'), [true, false, true], 'no MAC')
  t.same(approved('node 0 c 2:0:0:0:0:1', 'node 1 unapproved 2:0:0:0:0:1'), [true, false, true], 'the MAC of another')
  t.same(approved('node 1 unapproved 2:0:0:0:0:1', 'node 1 c 2:0:0:0:0:2'), [true, false, true], 'two lines')
  t.same(approved('node 1 c 2:0:0:0:0:1', 'node 1 unapproved 2:0:0:0:0:2'), [true, true, true], 'a line stands')
  t.same(approved('node 1 c 2:0:0:0:0:zz'), [true, true, true], 'nobody is unapproved')
})

t.test('a machine stays ignored where the line has an error and is left out', async (t) => {
  const { cluster, leftOut } = parseConfig(Buffer.from('ignore 2:0:0:0:0:1 2:0:0:0:0:zz 2:0:0:0:0:2\n'))
  t.same(leftOut, [1])
  t.same(cluster.ignored.map(formatMac), ['2:0:0:0:0:1', '2:0:0:0:0:2'])
})

t.test('host lines of one first name are one device, at the place of the first of them', async (t) => {
  const { hosts } = built([
    'host 2:0:0:0:0:1 10.0.0.1 Switch core',
    'host 2:0:0:0:0:9 10.0.0.9 pdu',
    'host 2:0:0:0:0:2 10.0.0.2 SWITCH CORE edge Edge switch',
    'host 2:0:0:0:0:1 10.0.0.1 switch last',
    'host - 10.0.0.3 switch',
  ])
  t.same(
    hosts.map(({ name, aliases, addresses, macs }) => {
      return { name, aliases, addresses: addresses.map(formatAddress), macs: macs.map(formatMac) }
    }),
    [
      {
        name: 'Switch',
        aliases: ['core', 'edge', 'last'],
        addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
        macs: ['2:0:0:0:0:1', '2:0:0:0:0:2'],
      },
      { name: 'pdu', aliases: [], addresses: ['10.0.0.9'], macs: ['2:0:0:0:0:9'] },
    ],
  )
})

t.test('each line of a device keeps its own aliases, address and MAC together', async (t) => {
  const [host] = built([
    'host 2:0:0:0:0:1 10.0.0.1 switch core',
    'host - 10.0.0.2 Switch Core edge EDGE switch',
    'host 2:0:0:0:0:1 10.0.0.1 switch',
  ]).hosts
  t.same(
    host?.lines.map(({ aliases, address, mac, span }) => {
      return [aliases, formatAddress(address), mac && formatMac(mac), span.line]
    }),
    [
      [['core'], '10.0.0.1', '2:0:0:0:0:1', 1],
      [['Core', 'edge'], '10.0.0.2', undefined, 2],
      [[], '10.0.0.1', '2:0:0:0:0:1', 3],
    ],
  )
})

t.test('a device without a name is none of the hosts', async (t) => {
  t.same(
    built(['host 2:0:0:0:0:1 10.0.0.1', 'host - 10.0.0.2 pdu']).hosts.map(({ name }) => name),
    ['pdu'],
  )
})

t.test(
  'the first name line for all nodes is canonical, as are those bound to nodes; later ones are aliases',
  async (t) => {
    const kinds = (...lines: string[]) =>
      built(lines).nodenames.map(({ prefix, kind, span }) => `${prefix} ${kind} ${span?.line}`)
    t.same(
      kinds('nodename ipmi%N 0.1.0.0', 'nodename 3-5=1 gpu%N', 'nodename c%N', 'nodename 6 login', 'nodename node%N'),
      ['ipmi companion 1', 'gpu canonical 2', 'c canonical 3', 'login canonical 4', 'node alias 5'],
    )
    t.same(
      kinds('nodename ipmi%N 0.1.0.0', 'nodename 3-5=1 gpu%N'),
      ['n canonical undefined', 'ipmi companion 1', 'gpu canonical 2'],
      'the default comes first where no line names all nodes',
    )
  },
)

t.test('an address of a name line whose first octet is 0 is an offset', async (t) => {
  const [, ipmi, ib] = built(['nodename n%3N-ipmi 0.1.0.0 fd00::1 bmcs', 'nodename n%N-ib 10.1.0.0']).nodenames
  const companions = (of: typeof ipmi) =>
    of?.companions.map(({ given, isOffset }) => `${formatAddress(given)} ${isOffset}`)
  t.match(ipmi, { prefix: 'n', width: 3, suffix: '-ipmi', netgroup: 'bmcs' })
  t.same(companions(ipmi), ['0.1.0.0 true', 'fd00::1 false'])
  t.match(ib, { width: 0, netgroup: undefined })
  t.same(companions(ib), ['10.1.0.0 false'])
})

t.test('the masters of a line are each named once, first choice first', async (t) => {
  const { masters } = built(['masterorder 0-3 10.0.0.2 10.0.0.1 10.0.0.2', 'masterorder all fd00::1 fd00:0::1'])
  t.same(
    masters.map(({ nodes, addresses, span }) => [nodes.ranges, addresses.map(formatAddress), span.line]),
    [
      [[{ first: 0, last: 3 }], ['10.0.0.2', '10.0.0.1'], 1],
      [[{ first: 0, last: undefined }], ['fd00::1'], 2],
    ],
  )
})

t.test('the primary interface is that of the first line, with the first address of each family', async (t) => {
  const lines = [
    'interface eth1 fd00::1 64',
    'interface eth0 10.0.0.9 255.255.255.0',
    'interface eth1 10.0.0.1 255.255.0.0',
    'interface eth1 10.0.0.2 255.255.0.0',
    'interface eth1 fd00::2 64',
  ]
  const { interface: primary, interfaces } = built(lines)
  t.match(primary, { name: 'eth1', span: { line: 1 } })
  t.same(primary?.addresses.map(formatAddress), ['10.0.0.1', 'fd00::1'])
  t.same(
    interfaces.map(({ name, address, prefixLength, span }) => {
      return `${name} ${address && formatAddress(address)}/${prefixLength} @${span.line}`
    }),
    ['eth1 fd00::1/64 @1', 'eth0 10.0.0.9/24 @2', 'eth1 10.0.0.1/16 @3', 'eth1 10.0.0.2/16 @4', 'eth1 fd00::2/64 @5'],
  )
})

t.test('an interface without an address has none of another interface', async (t) => {
  const { interface: primary } = built(['interface eth1', 'interface eth0 10.0.0.9 255.255.255.0'])
  t.same(primary, { name: 'eth1', addresses: [], span: primary?.span })
})

t.test('host ranges are in file order, those of one name apart', async (t) => {
  const { hostRanges } = built([
    'hostrange pdus 10.0.0.8 10.0.0.9',
    'hostrange 10.0.0.1 10.0.0.2',
    'hostrange pdus 10.0.0.4 10.0.0.5',
  ])
  t.same(
    hostRanges.map(({ name, first, last, span }) => {
      return [name, formatAddress(first), formatAddress(last), span.line]
    }),
    [
      ['pdus', '10.0.0.8', '10.0.0.9', 1],
      [undefined, '10.0.0.1', '10.0.0.2', 2],
      ['pdus', '10.0.0.4', '10.0.0.5', 3],
    ],
  )
})

t.test('a server line overrules a default port, and the other default stays', async (t) => {
  t.same(
    [...built(['server tftp 69', 'server beonss 4000']).servers],
    [
      ['beonss', 4000],
      ['beonss-tls', 3046],
      ['tftp', 69],
    ],
  )
})

t.test('the lines of a class add up, and a later one overrules', async (t) => {
  const { classes } = built([
    'class b kernelimage /boot/b',
    'class a initrdimage none',
    'class b kernelcommandline quiet',
    'class b kernelimage none',
  ])
  t.same([...classes.keys()], ['b', 'a'], 'in order of their first lines')
  const valuesOf = (name: string) =>
    [...(classes.get(name)?.properties ?? [])].map(([property, { value, span }]) => [property, value, span.line])
  const b = classes.get('b')
  t.equal(b?.name, 'b')
  t.same(valuesOf('b'), [
    ['kernelimage', null, 4],
    ['kernelcommandline', 'quiet', 3],
  ])
  t.same(
    b?.spans.map(({ line }) => line),
    [1, 3, 4],
  )
  t.same(valuesOf('a'), [['initrdimage', null, 2]])
})

t.test('boot lines are in file order, for the nodes that they name or for all', async (t) => {
  const { boot } = built(['kernelimage 0-3 /boot/k', 'kernelimage /boot/all', 'initrdimage none'])
  t.match(boot, [
    { property: 'kernelimage', nodes: { ranges: [{ first: 0, last: 3 }] }, value: '/boot/k', span: { line: 1 } },
    { property: 'kernelimage', nodes: undefined, value: '/boot/all', span: { line: 2 } },
    { property: 'initrdimage', nodes: undefined, value: null, span: { line: 3 } },
  ])
})

t.test('lines that are left out are in no part of the cluster', async (t) => {
  const lines = [
    'nodes 2',
    'iprange 10.0.0.1 10.0.0.2',
    'node 0 fast',
    'hostrange 10.0.0.8 10.0.0.9',
    'host - 10.0.0.8 pdu',
    'nodename c%N',
    'masterorder all 10.0.0.9',
    'interface eth0 10.0.0.9 255.255.255.0',
    'server beonss 4000',
    'class fast kernelimage none',
    'kernelimage none',
  ]
  t.notSame(built(lines), built([]), 'control')
  t.strictSame(
    built(
      lines,
      Array.from(lines, (_, i) => i + 1),
    ),
    built([]),
  )
  t.same(nodesOf(built(lines, [3])), ['0 10.0.0.1 @2', '1 10.0.0.2 @2'], 'a node without its line')
})
