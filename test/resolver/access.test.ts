import t from 'tap'
import {
  type AccessPolicy,
  type Asked,
  type Asker,
  isConfigured,
  mayAsk,
  nodeAt,
  standingOf,
  unapprovedNodes,
  verdict,
} from '../../src/resolver/access.ts'
import { ip } from '../addresses.ts'
import { range } from './clusters.ts'
import { configured } from './configs.ts'

const snapshot = configured(`
nodes 4
iprange 10.0.0.1 10.0.0.9
nodename n%N
nodename n%N-bmc 0.1.0.0
hostrange 10.2.0.1 10.2.0.9
hostrange fd00::1 fd00::9
host 0:0:0:0:0:1 10.2.0.1 switch
interface eth1 10.0.3.1 255.255.0.0
masterorder - 10.0.3.2 10.0.3.3
`)
const policy: AccessPolicy = { allow: [range('192.168.7.0', '192.168.7.255')] }
const network = (address: string, node?: number): Asker => ({
  via: 'network',
  address: ip(address).bytes,
  node,
  ...(node !== undefined && { shown: 'node' as const }),
})

const ALL: readonly Asked[] = [
  'dns',
  'hosts',
  'ethers',
  'passwd',
  'group',
  'initgroups',
  'netgroup',
  'snapshot',
  'alive',
  'join',
  'status',
  'shadow',
  'shadow-snapshot',
  'nodes',
  'history',
  'reload',
  'token',
]
const DEVICE = ['dns', 'hosts', 'ethers']
const PUBLIC = [...DEVICE, 'passwd', 'group', 'initgroups', 'netgroup', 'snapshot', 'alive', 'join', 'status']
const SHADOW = ['shadow', 'shadow-snapshot']
const allowed = (asker: Asker): Asked[] => ALL.filter((asked) => mayAsk(snapshot, asker, asked, policy))

t.test(
  "root's socket may ask everything, group shadow's shadow alone, the public one all that is public",
  async (t) => {
    t.same(allowed({ via: 'admin' }), ALL)
    t.same(allowed({ via: 'private' }), SHADOW)
    t.same(allowed({ via: 'local' }), PUBLIC)
  },
)

t.test('without a snapshot who is known is told, and nobody can say of the others', async (t) => {
  const told = (asker: Asker): string[] => ALL.map((asked) => verdict(undefined, asker, asked, policy))
  const expected = (granted: readonly string[]): string[] =>
    ALL.map((asked) => (granted.includes(asked) ? 'granted' : 'denied'))
  t.same(told({ via: 'admin' }), expected(ALL))
  t.same(told({ via: 'private' }), expected(SHADOW))
  t.same(told({ via: 'local' }), expected(PUBLIC))
  for (const address of ['127.0.0.1', '192.168.7.9']) t.same(told(network(address)), expected(PUBLIC), address)
  const known = ['nodes', 'history', 'reload', 'token', ...SHADOW]
  t.same(
    told(network('10.0.0.1')),
    ALL.map((asked) => (known.includes(asked) ? 'denied' : 'unknown')),
  )
})

t.test(
  'without a snapshot shadow is denied to who proved nothing, and nobody can say of a node that did',
  async (t) => {
    t.equal(verdict(undefined, network('10.0.0.3'), 'shadow', policy), 'denied')
    t.equal(verdict(undefined, network('10.0.0.3', 2), 'shadow-snapshot', policy), 'unknown')
    t.equal(verdict(undefined, network('10.0.0.3', 2), 'shadow', policy), 'denied')
  },
)

t.test('what is not granted is denied, and who is nobody is a stranger', async (t) => {
  for (const asked of ['passwd', 'shadow', 'reload'] as const) {
    t.equal(verdict(snapshot, network('8.8.8.8', 2), asked, policy), 'denied', asked)
  }
  t.equal(standingOf(snapshot, ip('8.8.8.8').bytes, policy), 'stranger')
  t.equal(standingOf(snapshot, ip('10.2.0.1').bytes, policy), 'device')
  t.equal(standingOf(snapshot, ip('10.0.0.1').bytes, policy), 'member')
})

t.test('one range of `allow` is enough, and without any only the snapshot says who is a member', async (t) => {
  const two = { allow: [range('192.168.7.0', '192.168.7.9'), range('192.168.9.0', '192.168.9.9')] }
  for (const address of ['192.168.7.1', '192.168.9.1']) {
    t.equal(standingOf(undefined, ip(address).bytes, two), 'member', address)
  }
  t.equal(standingOf(undefined, ip('192.168.8.1').bytes, two), undefined)
  t.equal(standingOf(undefined, ip('192.168.7.1').bytes, { allow: [] }), undefined)
})

t.test('nodes and masters of the configuration are configured; loopback, devices and strangers are not', async (t) => {
  for (const address of ['10.0.0.1', '10.0.0.4', '10.0.3.1', '10.0.3.3']) {
    t.ok(isConfigured(snapshot, ip(address).bytes), address)
  }
  for (const address of ['127.0.0.1', '::1', '10.2.0.1', '10.1.0.1', '10.0.0.5', '192.168.7.9', '8.8.8.8']) {
    t.notOk(isConfigured(snapshot, ip(address).bytes), address)
  }
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1)
  t.ok(isConfigured(snapshot, mapped), 'a mapped address counts as IPv4')
})

t.test('nodes, masters, loopback and allowed addresses may ask all that is public', async (t) => {
  for (const address of [
    '10.0.0.1',
    '10.0.0.4',
    '10.0.3.1',
    '10.0.3.3',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '192.168.7.0',
    '192.168.7.255',
  ]) {
    t.same(allowed(network(address)), PUBLIC, address)
  }
})

t.test('devices of hostranges, with a name or not, and companions may ask DNS, hosts and ethers', async (t) => {
  for (const address of ['10.2.0.1', '10.2.0.9', 'fd00::5', '10.1.0.1'])
    t.same(allowed(network(address)), DEVICE, address)
})

t.test('everyone else may ask nothing, nodes that do not exist included', async (t) => {
  for (const address of [
    '10.0.0.5',
    '10.0.0.10',
    '10.1.0.5',
    '10.2.0.10',
    '192.168.8.0',
    'fd00::10',
    '8.8.8.8',
    '::',
    '128.0.0.1',
    'fd00:1::1',
    'fd00:1::ffff:a00:1',
    '64:ff9b::ffff:10.0.0.1',
  ]) {
    t.same(allowed(network(address)), [], address)
  }
})

t.test('a mapped address counts as IPv4', async (t) => {
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1)
  t.same(allowed({ via: 'network', address: mapped }), PUBLIC)
})

t.test(
  'a node that a certificate proves may ask for its shadow snapshot from its own address, and looks up no entry',
  async (t) => {
    t.same(allowed(network('10.0.0.3', 2)), [...PUBLIC, 'shadow-snapshot'])
    t.same(allowed(network('10.0.0.3')), PUBLIC, 'no certificate')
    t.same(allowed(network('10.0.0.2', 2)), PUBLIC, 'another node’s address')
    t.same(allowed(network('10.1.0.3', 2)), DEVICE, 'a companion’s address')
    t.same(allowed(network('8.8.8.8', 2)), [], 'from elsewhere')
    const master: Asker = { via: 'network', address: ip('10.0.0.3').bytes, node: 2, shown: 'master' }
    t.notOk(mayAsk(snapshot, master, 'shadow-snapshot', policy), 'the certificate of a master is that of no node')
  },
)

t.test('a node that nobody has approved may ask what a stranger may, and is no node by its address', async (t) => {
  const lines = (word: string) =>
    configured(`nodes 2\niprange 10.0.0.1 10.0.0.2\niprange fd00::1 fd00::2\nnode 1 ${word} 2:0:0:0:0:1\n`)
  const all = { allow: [range('10.0.0.2', '10.0.0.2')] }
  for (const address of ['10.0.0.2', 'fd00::2']) {
    const { bytes } = ip(address)
    const asked = (one: ReturnType<typeof lines>) =>
      ALL.filter((each) => mayAsk(one, network(address, 1), each, policy))
    t.same(asked(lines('c')), [...PUBLIC, 'shadow-snapshot'], 'control')
    t.same(asked(lines('unapproved')), [])
    t.equal(standingOf(lines('unapproved'), bytes, policy), 'unapproved')
    t.equal(isConfigured(lines('unapproved'), bytes), false)
    t.equal(nodeAt(lines('unapproved'), bytes), undefined)
  }
  t.equal(standingOf(lines('unapproved'), ip('10.0.0.1').bytes, policy), 'member', 'the other node')
  t.equal(standingOf(lines('unapproved'), ip('10.0.0.2').bytes, all), 'member', 'allow is the word of an administrator')
  t.same([...unapprovedNodes(lines('unapproved'))], [1])
})

t.test('the devices of a node that nobody has approved may ask as little as the node', async (t) => {
  const asked = (word: string, address: string) => {
    const one = configured(
      `nodes 2\niprange 10.0.0.1 10.0.0.2\nnodename n%N-ipmi 0.1.0.0 bmcs\nnode 1 ${word} 2:0:0:0:0:1 n1-ipmi=2:0:0:0:0:2\n`,
    )
    return ALL.filter((each) => mayAsk(one, network(address), each, policy))
  }
  t.same(asked('c', '10.1.0.2'), DEVICE, 'control')
  t.same(asked('unapproved', '10.1.0.2'), [])
  t.same(asked('unapproved', '10.1.0.1'), DEVICE, 'that of another node')
})
