import t from 'tap'
import { configured } from '../../resolver/configs.ts'
import { commentsOf, imported, linesOf, lost } from '../carried.ts'
import { FACTS } from '../facts.ts'

/** Names of a number, with addresses in a row. */
function row(count: number, name: (i: number) => string, address: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${address(i)} ${name(i)}\n`).join('')
}

const padded = (i: number, width: number): string => String(i).padStart(width, '0')

t.test('machines whose names differ by a number are nodes of that number', async (t) => {
  const text = row(
    12,
    (i) => `node${padded(i + 1, 2)} n${i + 1}`,
    (i) => `10.0.0.${i + 11}`,
  )
  t.same(linesOf(imported('hosts', { hosts: text })), [
    'iprange 1 10.0.0.11 10.0.0.22',
    'nodename node%2N',
    'nodename n%N',
  ])
  const fromZero = row(
    12,
    (i) => `n${i}`,
    (i) => `10.0.0.${i + 11}`,
  )
  t.same(linesOf(imported('hosts', { hosts: fromZero })), ['nodes 12', 'iprange 0 10.0.0.11 10.0.0.22', 'nodename n%N'])
})

t.test('racks follow each other, each with its own numbers', async (t) => {
  const rack = (r: number) =>
    row(
      4,
      (i) => `r${r}n${padded(i + 1, 2)}`,
      (i) => `10.0.${r}.${i + 1}`,
    )
  const text = rack(1) + rack(2)
  const written = imported('hosts', { hosts: text })
  t.same(linesOf(written), [
    'nodes 8',
    'iprange 0 10.0.1.1 10.0.1.4',
    'iprange 4 10.0.2.1 10.0.2.4',
    'nodename 0-3=1 r1n%2N',
    'nodename 4-7=1 r2n%2N',
  ])
  t.same(lost(written, FACTS.hosts('hosts', text)), [])
})

t.test('nodes of both families have an iprange of each', async (t) => {
  const text =
    row(
      3,
      (i) => `n${i}`,
      (i) => `10.0.0.${i + 1}`,
    ) +
    row(
      2,
      (i) => `n${i}`,
      (i) => `fd00::${i + 1}`,
    )
  t.same(linesOf(imported('hosts', { hosts: text })), [
    'nodes 3',
    'iprange 0 10.0.0.1 10.0.0.3',
    'iprange 0 fd00::1 fd00::2',
    'nodename n%N',
  ])
})

t.test('companions follow from the addresses of nodes, or from a base', async (t) => {
  const text =
    row(
      3,
      (i) => `n${i}`,
      (i) => `192.168.7.${i + 10}`,
    ) +
    row(
      3,
      (i) => `n${i}-bmc`,
      (i) => `192.168.8.${i + 10}`,
    ) +
    row(
      3,
      (i) => `n${i}-ib`,
      (i) => `10.9.0.${i + 1}`,
    )
  const written = imported('hosts', { hosts: text })
  t.same(linesOf(written).slice(2), ['nodename n%N', 'nodename n%N-bmc 0.0.1.0 bmcs', 'nodename n%N-ib 10.9.0.1'])
  t.same(lost(written, FACTS.hosts('hosts', text)), [])
})

t.test('a companion of a node that is none is a host, and one with a MAC has it on the line of its node', async (t) => {
  const text =
    row(
      3,
      (i) => `n${i}`,
      (i) => `10.0.0.${i + 1}`,
    ) +
    row(
      4,
      (i) => `n${i}-ib`,
      (i) => `10.1.0.${i + 1}`,
    ) +
    '0:0:0:0:0:1 n1-ib\n'
  const written = imported('hosts', { hosts: text })
  t.same(linesOf(written), [
    'nodes 3',
    'iprange 0 10.0.0.1 10.0.0.3',
    'nodename n%N',
    'nodename n%N-ib 0.1.0.0',
    'node 1 n1-ib=0:0:0:0:0:1',
    'hostrange 10.1.0.4 10.1.0.4',
    'host - 10.1.0.4 n3-ib',
  ])
})

t.test('devices are no nodes, though there are many of them, and --node-names decides otherwise', async (t) => {
  const text =
    row(
      6,
      (i) => `pdu${i}`,
      (i) => `10.0.0.${i + 1}`,
    ) +
    row(
      3,
      (i) => `gpu${i + 1}`,
      (i) => `10.0.1.${i + 1}`,
    ) +
    row(
      2,
      (i) => `cpu${i + 1}`,
      (i) => `10.0.2.${i + 1}`,
    )
  const kinds = (options: object) =>
    linesOf(imported('hosts', { hosts: text }, options)).filter((line) => line.startsWith('nodename'))
  t.same(kinds({}), ['nodename gpu%N'])
  t.same(kinds({ nodeNames: ['gpu%N', 'cpu%2N'] }), ['nodename 0-2=1 gpu%N', 'nodename 3-4=1 cpu%N'])
  t.same(kinds({ nodeNames: ['pdu%N'] }), ['nodename pdu%N'])
  t.same(kinds({ nodeNames: [] }), [])
})

t.test('a pair among many machines is no cluster, and places that nobody uses are none', async (t) => {
  const many = (count: number) =>
    row(
      count,
      (i) => `${String.fromCharCode(97 + (i % 26))}${'x'.repeat(1 + Math.floor(i / 26))}`,
      (i) => `10.0.3.${i + 1}`,
    )
  const named = (prefix: string, count = 2) =>
    row(
      count,
      (i) => `${prefix}${i + 1}`,
      (i) => `10.0.1.${i + 1}`,
    )
  const nodes = (text: string) => imported('hosts', { hosts: text }).nodes
  t.equal(nodes(named('resolver') + many(18)), 2, 'a tenth')
  t.equal(nodes(named('resolver') + many(19)), 0, 'less')
  t.equal(nodes(named('c', 8) + many(100)), 8, 'eight are a cluster anyway')
  for (const prefix of ['unused', 'free', 'spare', 'CCTV_SERVER']) t.equal(nodes(named(prefix)), 0, prefix)
})

t.test('machines whose addresses are in no order have host lines', async (t) => {
  const text = row(
    60,
    (i) => `n${i}`,
    (i) => `10.0.${(i * 7) % 60}.1`,
  )
  const lines = linesOf(imported('hosts', { hosts: text }))
  t.equal(lines.filter((line) => line.startsWith('host ')).length, 60)
  t.notOk(lines.some((line) => line.startsWith('iprange')))
})

t.test('formats that clash are given up: all machines keep their names', async (t) => {
  const text =
    row(
      3,
      (i) => `n1${i} n${i}`,
      (i) => `10.0.0.${i + 1}`,
    ) +
    row(
      3,
      (i) => `n1${i}1`,
      (i) => `10.0.1.${i + 1}`,
    )
  const written = imported('hosts', { hosts: text })
  configured(written.text)
  t.same(lost(written, FACTS.hosts('hosts', text)), [])
})

t.test('more aliases of single nodes than a configuration has lines for are comments', async (t) => {
  const text = row(
    60,
    (i) => `n${i} animal-${String.fromCharCode(97 + (i % 26))}${'x'.repeat(i)}`,
    (i) => `10.0.0.${i + 1}`,
  )
  const written = imported('hosts', { hosts: text })
  t.equal(linesOf(written).filter((line) => line.includes('animal')).length, 40)
  t.equal(commentsOf(written).length, 20)
  t.same(lost(written, FACTS.hosts('hosts', text)), [])
})
