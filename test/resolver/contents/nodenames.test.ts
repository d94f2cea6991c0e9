import fc from 'fast-check'
import t from 'tap'
import { parseConfig } from '../../../src/config/index.ts'
import { exportedLines } from '../../../src/resolver/answers/export.ts'
import { foldCase } from '../../../src/values/index.ts'
import { configured, DOMAIN, snapshotOf, sourcesOf } from '../configs.ts'

const patterns = (config: string): string[] =>
  configured(config)
    .patterns()
    .map(
      ({ kind, prefix, suffix, targetPrefix, targetSuffix, targetWidth }) =>
        `${kind === 3 ? 'node' : 'companion'} ${prefix}%N${suffix} is ${targetPrefix}%${targetWidth}N${targetSuffix}`,
    )

t.test('without a nodename line the patterns are n and the dot', async (t) => {
  t.same(patterns(''), ['node n%N is n%0N', 'node .%N is n%0N'])
})

t.test(
  'each line that is matched by value is a pattern: nodes by their canonical name, companions by their own',
  async (t) => {
    t.same(
      patterns(
        'nodename rack%N-x\nnodename Alias%N\nnodename wide%3N\nnodename rack%N-bmc 0.1.0.0\nnodename ib%2N 10.9.0.0\n',
      ),
      [
        'node rack%N-x is rack%0N-x',
        'node Alias%N is rack%0N-x',
        'companion rack%N-bmc is rack%0N-bmc',
        'node .%N is rack%0N-x',
        'node n%N is rack%0N-x',
      ],
    )
  },
)

t.test('nN is no pattern of its own where a line makes such names, padded or not', async (t) => {
  t.same(patterns('nodename n%3N\n'), ['node .%N is n%3N'])
  t.same(patterns('nodename N%N\n'), ['node N%N is N%0N', 'node .%N is N%0N'])
})

t.test(
  'what is left of any lines that clash makes a snapshot in which no name, address or MAC is two machines’',
  async () => {
    const address = fc.constantFrom(
      '10.0.0.1',
      '10.0.0.3',
      '10.0.0.9',
      '10.1.0.1',
      '10.2.0.1',
      '10.2.0.2',
      '10.2.0.9',
      'fd00::1',
    )
    const name = fc.constantFrom('n0', 'N1', 'pdu', 'PDU', 'sw', 'b1', 'pdu.cluster.internal', 'x.y', 'cluster')
    const mac = fc.constantFrom('0:0:0:0:0:1', '0:0:0:0:0:2', '00-00-00-00-00-01')
    const line = fc.oneof(
      fc
        .tuple(mac, address, fc.array(name, { maxLength: 3 }))
        .map(([m, a, names]) => `host ${m} ${a} ${names.join(' ')}`),
      fc.tuple(address, address).map(([a, b]) => `iprange ${a} ${b}`),
      fc.tuple(fc.constantFrom('', 'pdus '), address, address).map(([n, a, b]) => `hostrange ${n}${a} ${b}`),
      fc.tuple(fc.nat(4), mac).map(([n, m]) => `node ${n} ${m}`),
      fc
        .tuple(
          fc.constantFrom('n%N', 'b%N', 'n%2N', 'pdu%N', 'n1%N', 'x%N.y'),
          fc.constantFrom('', ' 0.0.0.1', ' 10.1.0.0', ' 10.0.0.0 cluster'),
        )
        .map((words) => `nodename ${words.join('')}`),
      address.map((a) => `masterorder 0-2 ${a}`),
      address.map((a) => `interface eth1 ${a} 255.0.0.0`),
    )
    const text = fc
      .array(line, { maxLength: 14 })
      .map((lines) => `nodes 6\nhostrange 10.2.0.1 10.2.0.9\niprange 10.0.0.1 10.0.0.3\n${lines.join('\n')}\n`)
    fc.assert(
      fc.property(text, (config) => {
        const { cluster } = parseConfig(Buffer.from(config), { domain: DOMAIN })
        const snapshot = snapshotOf({
          ...sourcesOf(''),
          cluster,
          interfaceAddresses: cluster.interface?.addresses ?? [],
        })
        const hosts = [...snapshot.entries('hosts')]
        // A device has a record for each set of its aliases: they share the canonical name.
        const owned = hosts.flatMap(({ names: [name = '', ...aliases], addresses }) => [
          ...[name, ...aliases].map((each) => [`name ${foldCase(each)}`, foldCase(name)] as const),
          ...addresses.map(({ bytes }) => [`address ${bytes.join('.')}`, foldCase(name)] as const),
        ])
        const owners = new Map(owned)
        const macs = new Map(Array.from(snapshot.entries('ethers'), ({ mac, name }) => [mac.join(':'), name] as const))
        const canonical = (name: string) => owners.get(`name ${foldCase(name)}`)
        return (
          owned.every(([thing, owner]) => owners.get(thing) === owner) &&
          [...snapshot.entries('ethers')].every(
            ({ mac, name }) => canonical(macs.get(mac.join(':')) ?? '') === canonical(name),
          )
        )
      }),
      { numRuns: 2000 },
    )
  },
)

t.test('a bound line gives the canonical name, lines for all nodes are aliases, each name once', async (t) => {
  const lines = (config: string): string[] =>
    [...exportedLines(configured(`nodes 4\niprange 10.0.0.1 10.0.0.4\n${config}`), 'hosts')].map((line) =>
      line.trimEnd(),
    )
  t.same(lines('nodename 2-3=1 gpu%2N\nnodename n%3N\nnodename x%N\nnodename 3 login\nnodename 2-3 n%3N\n'), [
    '10.0.0.1 n000 x0',
    '10.0.0.2 n001 x1',
    '10.0.0.3 gpu01 n002 x2',
    '10.0.0.4 gpu02 login n003 x3',
  ])
  t.same(lines('nodename 2-3=1 gpu%2N\n'), ['10.0.0.1 n0', '10.0.0.2 n1', '10.0.0.3 gpu01', '10.0.0.4 gpu02'])
  t.same(lines('nodename 1=7 n%N-ib 10.9.0.0\n').slice(1, 3), ['10.0.0.2 n1', '10.9.0.1 n7-ib'])
})

t.test('a bound line’s netgroup holds its names alone, and cluster the canonical ones', async (t) => {
  const snapshot = configured(
    'nodes 4\niprange 10.0.0.1 10.0.0.4\nnodename 2-3=1 gpu%N gpus\nnodename 3 bmc 0.1.0.0\n',
    { domain: '' },
  )
  const members = (name: string) => snapshot.find('netgroup', { name })?.triples.map(({ host }) => host)
  t.same(members('gpus'), ['gpu1', 'gpu2'])
  t.same(members('cluster'), ['n0', 'n1', 'gpu1', 'gpu2', 'bmc'])
})
