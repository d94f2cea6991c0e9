import { networkInterfaces } from 'node:os'
import t from 'tap'
import type { HostEntry } from '../../src/resolver/databases/hosts.ts'
import { layout } from '../../src/resolver/index.ts'
import { ip } from '../addresses.ts'
import { contents } from './contents.ts'
import { answerOf, asked, noCompiler } from './programs.ts'
import { RunDir } from './rundir.ts'

/** Whether this machine's loopback has ::1, or why not. */
function noInet6(): string | false {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return own.some(({ address }) => address === '::1') ? false : 'needs IPv6'
}

t.test("self is who has one of this machine's addresses, while no daemon tells", { skip: noCompiler }, async (t) => {
  const own = new RunDir()
  t.teardown(() => own.remove())
  const { NODE, COMPANION, HOST } = layout.HOST_KINDS
  const here = [ip('127.0.0.1')]
  const other: HostEntry = { kind: HOST, number: layout.NO_NODE, names: ['gateway'], addresses: here }
  const companion: HostEntry = { kind: COMPANION, number: 15, names: ['n15-ib'], addresses: here }
  const machine: HostEntry = { kind: NODE, number: 7, names: ['n7'], addresses: [ip('192.0.2.7'), ...here] }
  // Addresses of documents (RFC 5737), which no machine can have.
  const n15: HostEntry = { kind: NODE, number: 15, names: ['n15', 'node-15'], addresses: [ip('192.0.2.15')] }
  const questions = ['hosts:4:self', 'hosts:chain:N-2.cluster.internal.', 'hosts:4:.-2', 'ethers:name:self']
  const told = (...hosts: readonly HostEntry[]): string[] => {
    own.publish(contents({ hosts: [n15, ...hosts] }))
    const lines = questions.map((question) => `ask 999 ${question}`)
    return asked(own.path, lines, 'address').map((line) => answerOf(line).text || answerOf(line).status)
  }
  const found = ':n15:[:node-15] 192.0.2.15'
  t.strictSame(told(companion), [found, ':n15 192.0.2.15', found, '02:00:00:00:00:0f:n15'], 'a companion is its node')
  const n7 = ':n7:[] 192.0.2.7 127.0.0.1'
  t.strictSame(told(machine), [n7, ':n7 192.0.2.7:n7 127.0.0.1', n7, 'UNAVAIL'], 'a node, with all its addresses')
  const gateway = ':gateway:[] 127.0.0.1'
  t.strictSame(told(other), [gateway, ':gateway 127.0.0.1', gateway, 'UNAVAIL'], 'any other host')
  t.strictSame(told(), ['UNAVAIL', 'UNAVAIL', 'UNAVAIL', 'UNAVAIL'], 'nobody')
  t.strictSame(told({ ...companion, number: 99 })[0], 'UNAVAIL', 'the companion of a node that there is not')
})

t.test('self by an IPv6 address, and by the address that tells most', { skip: noCompiler || noInet6() }, async (t) => {
  const own = new RunDir()
  t.teardown(() => own.remove())
  const { NODE, COMPANION, HOST } = layout.HOST_KINDS
  const [first, last] = [[ip('127.0.0.1')], [ip('::1')]]
  const self = (...hosts: readonly HostEntry[]): string => {
    own.publish(contents({ hosts }))
    return answerOf(asked(own.path, ['ask 999 hosts:chain:self'])[0]).text
  }
  const node = (addresses: HostEntry['addresses']): HostEntry => ({ kind: NODE, number: 6, names: ['n6'], addresses })
  const host = { kind: HOST, number: layout.NO_NODE, names: ['gateway'] }
  const companion = { kind: COMPANION, number: 15, names: ['n15-ib'] }
  const n15: HostEntry = { kind: NODE, number: 15, names: ['n15'], addresses: [ip('192.0.2.15')] }
  t.equal(self(node(last)), ':n6 ::1')
  t.equal(self(node(last), { ...host, addresses: first }), ':n6 ::1', 'a node before a host')
  t.equal(self(node(first), { ...host, addresses: last }), ':n6 127.0.0.1', 'the same the other way round')
  t.equal(self(node(last), n15, { ...companion, addresses: first }), ':n6 ::1', 'a node before a companion')
  t.equal(self(node(first), n15, { ...companion, addresses: last }), ':n6 127.0.0.1')
  t.equal(self(n15, { ...companion, addresses: first }, { ...host, addresses: last }), ':n15 192.0.2.15')
  t.equal(self(n15, { ...companion, addresses: last }, { ...host, addresses: first }), ':n15 192.0.2.15')
})

t.test(
  'master is the first of the masterorder that names this machine, while no daemon tells',
  { skip: noCompiler },
  async (t) => {
    const own = new RunDir()
    t.teardown(() => own.remove())
    const { NODE, COMPANION, MASTER } = layout.HOST_KINDS
    const here = [ip('127.0.0.1')]
    const masters: readonly HostEntry[] = ['192.0.2.1', '192.0.2.2', '2001:db8::3'].map((text, i) => ({
      ...{ kind: MASTER, number: layout.NO_NODE, names: [`master${i}`], addresses: [ip(text)] },
    }))
    const [first, second, third] = masters.map(({ addresses }) => addresses)
    const n15: HostEntry = { kind: NODE, number: 15, names: ['n15'], addresses: here }
    const companion: HostEntry = { ...n15, kind: COMPANION, names: ['n15-ib'] }
    const order = (from: number, to: number, ...addresses: (HostEntry['addresses'] | undefined)[]) => ({
      ranges: [
        { first: 90, last: 91 },
        { first: from, last: to },
      ],
      addresses: addresses.flatMap((one) => one ?? []),
    })
    const told = (machine: HostEntry | undefined, ...masterorder: ReturnType<typeof order>[]): string[] => {
      own.publish(contents({ hosts: [...masters, ...(machine ? [machine] : [])], masterorder }))
      const lines = ['hosts:chain:master', 'hosts:chain:.-1', 'hosts:chain:N-1.cluster.internal.']
      const answers = asked(
        own.path,
        lines.map((line) => `ask 999 ${line}`),
      )
      return answers.map((line) => answerOf(line).text || answerOf(line).status)
    }
    const same = (text: string): string[] => [text, text, text]
    const [m0, m1, m2] = [':master0 192.0.2.1', ':master1 192.0.2.2', ':master2 2001:db8::3']
    t.same(told(n15, order(0, 31, second, first)), same(m1))
    t.same(told(companion, order(0, 31, second, first)), same(m1), 'a companion is its node')
    t.same(told(n15, order(0, 31, first), order(15, 15, third)), same(m2), 'the last that names it, IPv6 too')
    t.same(told(n15, order(0, 14, first), order(16, 31, second)), same(m0), 'none names it')
    t.same(told(undefined, order(0, 31, second, first)), same(m1), 'who is no node has the first of all')
    t.same(told(undefined, order(-1, -1, third), order(0, 31, second)), same(m2), 'or its own')
    t.same(told(n15, order(0, 31, [ip('192.0.2.99')])), same('UNAVAIL'), 'one that is no host')
    t.same(told(n15), same('UNAVAIL'), 'nobody')
  },
)
