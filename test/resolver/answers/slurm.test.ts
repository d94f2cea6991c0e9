import t from 'tap'
import { slurmLines } from '../../../src/resolver/answers/slurm.ts'
import type { HostEntry } from '../../../src/resolver/databases/hosts.ts'
import { buildPublic, layout, Snapshot, stamp } from '../../../src/resolver/index.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { contents } from '../../kickback/cluster.ts'

/** Nodes with these names and addresses, in this order, as a snapshot. */
function snapshot(nodes: readonly (readonly [name: string, ...addresses: readonly string[]])[]): Snapshot {
  const hosts = nodes.map(([name, ...addresses], number): HostEntry => {
    return { kind: layout.HOST_KINDS.NODE, number, names: [name], addresses: addresses.map(ip) }
  })
  const others = contents(1).hosts.filter(({ kind }) => kind !== layout.HOST_KINDS.NODE)
  const bytes = buildPublic({ ...contents(1), ethers: [], netgroup: [], hosts: [...others, ...hosts] })
  stamp(bytes, { generation: 1 })
  return Snapshot.open(bytes)
}

/** What Slurm makes of a host list with one range: the names, in order. */
function expanded(list: string): readonly string[] {
  const [, before = '', first = '', last = '', after = ''] = /^(.*)\[(\d+)-(\d+)\](.*)$/.exec(list) ?? []
  if (first === '') return [list]
  const width = first.length
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => {
    return `${before}${String(Number(first) + i).padStart(width, '0')}${after}`
  })
}

/** The nodes that lines tell Slurm of, each with its address. */
function told(lines: readonly string[]): readonly (readonly string[])[] {
  return lines.flatMap((line) => {
    const [, names = '', addresses = ''] = /^NodeName=(\S+) NodeAddr=(\S+)\n$/.exec(line) ?? []
    const all = expanded(addresses)
    return expanded(names).map((name, i) => [name, all[i] ?? ''])
  })
}

t.test('nodes in a row are one line, by name and by address', async (t) => {
  const row = Array.from({ length: 12 }, (_, i) => [`n${i}`, `10.0.0.${100 + i}`] as const)
  t.same([...slurmLines(snapshot(row))], ['NodeName=n[0-11] NodeAddr=10.0.0.[100-111]\n'])
})

t.test('a row ends where name or address goes on otherwise', async (t) => {
  const nodes = [
    ['n8', '10.0.0.254'],
    ['n9', '10.0.0.255'],
    ['n10', '10.0.1.0'],
    ['gpu09', '10.0.1.1'],
    ['gpu10', '10.0.1.2'],
    ['gpu099', '10.0.1.3'],
    ['gpu0100', '10.0.1.4'],
    ['login', '10.0.1.5'],
    ['r1-n1', '10.0.1.6'],
    ['r1-n2', '10.0.1.7'],
    ['r2-n3', '10.0.1.8'],
    ['a1x', '10.0.1.9'],
    ['a2x', '10.0.1.10'],
  ] as const
  const lines = [...slurmLines(snapshot(nodes))]
  t.same(told(lines), nodes, 'Slurm is told of the same nodes')
  t.same(lines.slice(0, 3), [
    'NodeName=n[8-9] NodeAddr=10.0.0.[254-255]\n',
    'NodeName=n10 NodeAddr=10.0.1.0\n',
    'NodeName=gpu[09-10] NodeAddr=10.0.1.[1-2]\n',
  ])
  t.ok(lines.includes('NodeName=a[1-2]x NodeAddr=10.0.1.[9-10]\n'))
})

t.test('the name is the short one, the address that of IPv4 where there is one', async (t) => {
  const lines = [
    ...slurmLines(
      snapshot([
        ['big.example.org', 'fd00::7', '10.0.0.7'],
        ['six', 'fd00::8'],
      ]),
    ),
  ]
  t.same(lines, ['NodeName=big NodeAddr=10.0.0.7\n', 'NodeName=six NodeAddr=fd00::8\n'])
})

t.test('masters, hosts and companions are no nodes of Slurm', async (t) => {
  t.same([...slurmLines(snapshot([]))], [])
})

t.test('Slurm is told of each node of a drawn cluster, and of no other', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    let state = seed
    const draw = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    const nodes: [string, string][] = []
    let [number, at] = [draw(120), draw(200)]
    for (let i = 0; i < 40; i++) {
      number += draw(6) === 0 ? 1 + draw(3) : 1
      at += draw(8) === 0 ? 2 : 1
      nodes.push([`n${String(number).padStart(draw(10) === 0 ? 4 : 0, '0')}`, `10.0.${at >> 8}.${at & 255}`])
    }
    const made = snapshot(nodes)
    const hosts = [...made.entries('hosts')].filter(({ kind }) => kind === layout.HOST_KINDS.NODE)
    const expected = hosts.map(({ names, addresses: [address] }) => [names[0], address && formatAddress(address)])
    t.same(told([...slurmLines(made)]), expected, `seed ${seed}`)
  }
})
