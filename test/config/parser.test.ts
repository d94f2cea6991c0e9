import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseConfig } from '../../src/config/index.ts'
import { CODES } from '../../src/config/text/codes.ts'
import { formatAddress, formatMac } from '../../src/values/index.ts'
import { brief, parse } from './reading.ts'

const example = readFileSync(new URL('../../examples/config', import.meta.url))
const faults = readFileSync(new URL('../fixtures/config/faults.config', import.meta.url))

t.test("the guide's example is read without a word, and says what the guide says", async (t) => {
  const { cluster, diagnostics, leftOut } = parseConfig(example)
  t.same(diagnostics, [])
  t.same(leftOut, [])
  t.equal(cluster.nodeCount, 32)
  t.same(
    cluster.nodes.map((node) => `${node.number} ${node.addresses.map(formatAddress).join(' ')}`),
    Array.from({ length: 32 }, (_, i) => `${i} 10.20.30.${100 + i}`),
  )
  t.same(
    cluster.hosts.map((host) => [host.name, host.aliases, host.addresses.map(formatAddress), host.macs.map(formatMac)]),
    [
      ['smartswitch', [], ['10.20.30.5'], ['0:a0:d1:e9:87:ca']],
      ['pdu1', [], ['10.20.30.90'], ['0:a0:d1:e3:fc:e2']],
      ['pdu2', [], ['10.20.30.91'], ['0:a0:d1:e3:fd:4a']],
    ],
  )
  t.same(
    cluster.hostRanges.map(({ name, first, last }) => [name, formatAddress(first), formatAddress(last)]),
    [
      [undefined, '10.20.30.4', '10.20.30.9'],
      [undefined, '10.20.30.90', '10.20.30.99'],
    ],
  )
})

t.test("the example's classes and defaults add up, and none is nothing", async (t) => {
  const { cluster } = parseConfig(example)
  const properties = (name: string) =>
    Object.fromEntries([...(cluster.classes.get(name)?.properties ?? [])].map(([each, { value }]) => [each, value]))
  t.same([...cluster.classes.keys()], ['memtest', 'genericboot', 'centos5u4'])
  t.same(properties('memtest'), {
    kernelimage: '/var/beowulf/boot/memtest86+-4.00.bin',
    initrdimage: null,
    kernelcommandline: null,
  })
  t.same(properties('genericboot'), { kernelimage: null, initrdimage: null, kernelcommandline: null })
  t.equal(
    properties('centos5u4').kernelcommandline,
    'initrd=initrd-centos5u4_amd64.img ks=nfs:10.20.30.1:/home/os/kickstarts/n5-ks.cfg ksdevice=eth0',
  )
  t.same(
    cluster.boot.map(({ property, nodes, value }) => [property, nodes, value]),
    [
      ['kernelimage', undefined, '/boot/vmlinuz-2.6.18-164.2.1.el5.540g0000'],
      ['initrdimage', undefined, '/var/beowulf/boot/computenode.initrd'],
      ['kernelcommandline', undefined, 'rw root=/dev/ram0 image=/var/beowulf/boot/computenode.rootfs'],
    ],
  )
})

t.test("the example's default names, ports and masters are there without a line", async (t) => {
  const { cluster } = parseConfig(example)
  const { prefix, width, suffix, kind, span } = cluster.nodenames[0] ?? {}
  t.same(
    { prefix, width, suffix, kind, span },
    { prefix: 'n', width: 0, suffix: '', kind: 'canonical', span: undefined },
  )
  t.equal(cluster.nodenames.length, 1)
  t.same(
    [...cluster.servers],
    [
      ['beonss', 3045],
      ['beonss-tls', 3046],
    ],
  )
  t.same(cluster.masters, [])
  t.equal(cluster.interface, undefined)
})

const MACHINES = ['nodes 32', 'iprange 10.20.30.100 10.20.30.131']

/** The node lines after the two lines above, by number: class, sequence, stage, MACs and line. */
function nodesOf(...lines: string[]): Record<number, unknown> {
  const { cluster } = parse(...MACHINES, ...lines)
  const lined = cluster.nodes.filter((node) => node.span.line > MACHINES.length)
  return Object.fromEntries(
    lined.map(({ number, class: name, sequence, stage, macs, span }) => {
      return [number, [name, sequence.join('+'), stage, macs.map(formatMac).join(' '), span.line]]
    }),
  )
}

t.test('the node lines of the example', async (t) => {
  const lines = example
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('node '))
  t.same(nodesOf(...lines), {
    0: [undefined, '', undefined, '0:a0:d1:e5:c4:6e 0:a0:d1:e5:c4:6f', 3],
    15: ['centos5u4', 'pxe+local', 'pxe', '0:a0:d1:e5:c4:70 0:a0:d1:e5:c4:71', 4],
  })
})

t.test('a node line without a number is for the node after the last one; a number sets the count', async (t) => {
  t.same(nodesOf('node 0:0:0:0:0:1', 'node', 'node 7 0:0:0:0:0:7', 'node off', 'node 0:0:0:0:0:9', 'node 3 off'), {
    0: [undefined, '', undefined, '0:0:0:0:0:1', 3],
    1: [undefined, '', undefined, '', 4],
    7: [undefined, '', undefined, '0:0:0:0:0:7', 5],
    8: [undefined, '', undefined, '', 6],
    9: [undefined, '', undefined, '0:0:0:0:0:9', 7],
    3: [undefined, '', undefined, '', 8],
  })
})

t.test('classes, sequences and stages of node lines', async (t) => {
  t.same(
    nodesOf(
      'node 1 memtest 0:0:0:0:0:1',
      'node 2 scyld pxe pxe 0:0:0:0:0:2',
      'node 3 genericboot pxe+local local 0:0:0:0:0:3 0-0-0-0-0-33',
      'node 4 centos5u4 pxe+local pxe',
      'node 5 0:0:0:0:0:5 memtest pxe 00.00.00.00.00.55',
      'node memtest',
    ),
    {
      1: ['memtest', '', undefined, '0:0:0:0:0:1', 3],
      2: ['scyld', 'pxe', 'pxe', '0:0:0:0:0:2', 4],
      3: ['genericboot', 'pxe+local', 'local', '0:0:0:0:0:3 0:0:0:0:0:33', 5],
      4: ['centos5u4', 'pxe+local', 'pxe', '', 6],
      5: ['memtest', 'pxe', undefined, '0:0:0:0:0:5 0:0:0:0:0:55', 7],
      6: ['memtest', '', undefined, '', 8],
    },
  )
})

t.test('an image for a range of nodes, and the sets that name nodes', async (t) => {
  const sets = ['15', '0-31', '1,2,4-10', '5-', '-', 'all', 'n3', '.3']
  const { cluster, diagnostics } = parse(...MACHINES, ...sets.map((set) => `kernelimage ${set} /boot/${set}`))
  t.same(diagnostics, [])
  t.same(
    cluster.boot.map(({ nodes, value }) => [value, nodes?.ranges]),
    [
      ['/boot/15', [{ first: 15, last: 15 }]],
      ['/boot/0-31', [{ first: 0, last: 31 }]],
      [
        '/boot/1,2,4-10',
        [
          { first: 1, last: 1 },
          { first: 2, last: 2 },
          { first: 4, last: 10 },
        ],
      ],
      ['/boot/5-', [{ first: 5, last: undefined }]],
      ['/boot/-', [{ first: 0, last: undefined }]],
      ['/boot/all', [{ first: 0, last: undefined }]],
      ['/boot/n3', [{ first: 3, last: 3 }]],
      ['/boot/.3', [{ first: 3, last: 3 }]],
    ],
  )
})

t.test('a file of deliberate faults yields every diagnostic, each at its line and column', async (t) => {
  const expected = readFileSync(new URL('../fixtures/config/faults.expected', import.meta.url), 'utf8')
  const { diagnostics } = parseConfig(faults)
  const told = diagnostics.map(({ line, column, end, severity, code, related }) => {
    const others = related.map((other) => ` ${other.line}:${other.column}`).join('')
    return `${line}:${column}-${end} ${severity} ${code}${others}`
  })
  t.same(told, expected.trimEnd().split('\n'))
  // One code needs a file without node 0.
  const elsewhere = parse('nodes 2', 'iprange 1 10.0.0.1 10.0.0.2').diagnostics
  t.same(new Set([...diagnostics, ...elsewhere].map(({ code }) => code)), new Set(Object.keys(CODES)))
})

t.test('with errors the cluster is that of the lines without them', async (t) => {
  const { cluster, leftOut } = parseConfig(faults)
  t.equal(cluster.nodeCount, 8)
  t.same(
    cluster.hosts.map((host) => host.name),
    ['pdu1', 'pdu_3', 'dev'],
  )
  t.same(
    cluster.nodenames.map((name) => name.prefix + name.width + name.suffix),
    ['n0'],
  )
  t.ok(leftOut.includes(18) && !leftOut.includes(2), 'of two nodes lines the first stands')
})

t.test('leaving lines out moves no node to another number', async (t) => {
  t.same(Object.keys(nodesOf('node 0:0:0:0:0', 'node 0:0:0:0:0:1')), ['1'], 'a bad MAC uses up its number')
  t.same(nodesOf('node 4294967296 0:0:0:0:0:1', 'node 0:0:0:0:0:2', 'node 4 0:0:0:0:0:4'), {
    4: [undefined, '', undefined, '0:0:0:0:0:4', 5],
  })
  const { cluster } = parse('iprange 10.0.0.1 10.0.0.', 'iprange 10.0.1.1 10.0.1.2', 'iprange 7 10.0.2.1 10.0.2.2')
  t.same(
    cluster.nodes.map((node) => node.number),
    [7, 8],
  )
})

t.test('leaving a format out lets the default hold again, and its clashes are told too', async (t) => {
  const lines = [...MACHINES, 'hostrange 10.0.0.1 10.0.0.9', 'host 0:0:0:0:0:1 10.0.0.1 N7']
  t.same(brief([...lines, 'nodename n%3N']), [], 'n%3N makes n007 and never n7')
  t.same(brief([...lines, 'nodename n%3N cluster']), ['4:27 name-clash 2', '5:15 netgroup-clash'])
})

t.test('an empty file is an empty cluster', async (t) => {
  const { cluster, diagnostics } = parse('')
  t.same([cluster.nodes, cluster.hosts, diagnostics], [[], [], []])
})

t.test('unknown keywords are notes, with the keyword they may be meant for', async (t) => {
  const { diagnostics, leftOut } = parse('hostrnage a', 'Nodes 3', 'frobnicate', 'x')
  t.same(
    diagnostics.map(({ severity }) => severity),
    ['note', 'note', 'note', 'note'],
  )
  t.same(
    diagnostics.map(({ message }) => /did you mean (.*)\?/.exec(message)?.[1]),
    ['hostrange', 'nodes', undefined, undefined],
  )
  t.same(leftOut, [])
})
