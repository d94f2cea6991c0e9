import t from 'tap'
import { NETWORK_LIMITS } from '../../../../src/kickback/service/shares/limits.ts'
import {
  denialFrame,
  localVisitor,
  networkVisitor,
  originOf,
  type Visitor,
} from '../../../../src/kickback/service/shares/visitor.ts'
import type { Peer } from '../../../../src/kickback/transport/link.ts'
import { decodeMessage, REPLY_VALUES_MAX } from '../../../../src/kickback/wire/message.ts'
import { addressKey } from '../../../../src/values/index.ts'
import { ip } from '../../../addresses.ts'
import { configured } from '../../../resolver/configs.ts'
import { publicSnapshot } from '../../cluster.ts'

const snapshot = publicSnapshot(1)
const allow = [
  { first: ip('192.0.2.0'), last: ip('192.0.2.255') },
  { first: ip('2001:db8::'), last: ip('2001:db8:ffff::') },
]

/** Who comes from there, from this port, to that address of ours. */
const visitor = (from: string, port = 40_000, to = '10.0.0.1'): Visitor => {
  const peer: Peer = { via: 'tcp', address: ip(from), port }
  return networkVisitor({ peer, localAddress: ip(to) }, snapshot, { allow })
}

t.test(
  'nodes and masters are configured; devices and what is allowed come in as guests; all else is denied',
  async (t) => {
    const told = ['10.0.0.11', '10.0.0.1', '10.0.0.9', '192.0.2.7', '10.0.0.99', '198.51.100.1'].map((from) => {
      const { source, denied } = visitor(from)
      return [source.isConfigured, denied === undefined]
    })
    t.same(told, [
      [true, true],
      [true, true],
      [false, true],
      [false, true],
      [false, false],
      [false, false],
    ])
    t.match(visitor('198.51.100.1').denied, /setting allow/)
  },
)

t.test('a node that nobody has approved is denied, and is told what approves it', async (t) => {
  const nodes = configured('nodes 2\niprange 10.0.0.1 10.0.0.2\nnode 1 unapproved 2:0:0:0:0:1\n')
  const from = (address: string) => {
    const peer: Peer = { via: 'tcp', address: ip(address), port: 600 }
    return networkVisitor({ peer, localAddress: ip('10.0.0.9') }, nodes, { allow })
  }
  t.match(from('10.0.0.2'), { denied: /nobody has approved.*set node NUMBER --class CLASS/, isRoot: false })
  t.match(from('10.0.0.1'), { denied: undefined, isRoot: true }, 'control')
})

t.test('the asker is the address of the transport, and nothing else', async (t) => {
  t.same(visitor('10.0.0.11').asker, { via: 'network', address: Uint8Array.of(10, 0, 0, 11) })
  for (const via of ['local', 'private', 'admin'] as const) {
    t.same(localVisitor(via), {
      asker: { via },
      source: { key: '', isConfigured: true },
      isFromLowPort: false,
      isRoot: false,
      denied: undefined,
    })
  }
  const strange = networkVisitor({ peer: { via: 'unix' }, localAddress: undefined }, snapshot, { allow })
  t.match(strange.denied, /setting allow/, 'a Unix peer at a network door is nobody')
})

t.test('without a snapshot nobody is a stranger, and nobody is configured', async (t) => {
  const peer: Peer = { via: 'tcp', address: ip('198.51.100.1'), port: 40_000 }
  const early = networkVisitor({ peer, localAddress: undefined }, undefined, { allow })
  t.equal(early.denied, undefined)
  t.equal(early.source.isConfigured, false)
})

t.test('a port below 1024 is a low one', async (t) => {
  t.same(
    [1, 600, 1023, 1024, 40_000].map((port) => visitor('10.0.0.11', port).isFromLowPort),
    [true, true, true, false, false],
  )
})

t.test(
  'the root of a node, of a master and of this machine is root; that of a device or of a machine of allow is not',
  async (t) => {
    const isRoot = (from: string, port: number): boolean => visitor(from, port, from).isRoot
    const trusted = ['10.0.0.11', '10.0.0.1', '127.0.0.1', '::1']
    const others = ['10.0.0.9', '192.0.2.7', '2001:db8::1', '198.51.100.1']
    for (const from of trusted) t.same([isRoot(from, 1023), isRoot(from, 1024)], [true, false], from)
    for (const from of others) {
      t.ok(visitor(from, 1023).isFromLowPort, 'control')
      t.notOk(isRoot(from, 1023), from)
    }
  },
)

t.test(
  'eight connections from low ports of an address are those of its root; a ninth is one of its ordinary ones',
  async (t) => {
    const { reserved } = NETWORK_LIMITS
    for (const from of ['10.0.0.11', '10.0.0.9', '127.0.0.1', '192.0.2.7']) {
      const [low, high] = [visitor(from, 1023), visitor(from, 1024)]
      const ordinary = low.source
      t.equal(high.source.key, ordinary.key)
      const held = new Map<string, number>()
      const keys = Array.from({ length: 10 }, () => {
        const { key } = originOf(low, (one) => held.get(one) ?? 0, reserved)
        held.set(key, (held.get(key) ?? 0) + 1)
        return key
      })
      const root = `${ordinary.key} root`
      t.same(keys, [...Array.from({ length: 8 }, () => root), ordinary.key, ordinary.key], from)
      held.set(root, 7)
      const origin = originOf(low, (one) => held.get(one) ?? 0, reserved)
      t.same(origin, { key: root, isConfigured: ordinary.isConfigured }, 'one of the eight has gone')
      t.equal(
        originOf(high, () => 0, reserved),
        high.source,
        'and no other port ever is',
      )
    }
  },
)

t.test('loopback is one source, and comes in on loopback alone', async (t) => {
  const keys = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map((from) => visitor(from).source.key)
  t.equal(new Set(keys).size, 1)
  for (const from of ['127.0.0.1', '127.9.9.9', '::1']) {
    t.match(visitor(from, 40_000, '10.0.0.1').denied, /must ask 127\.0\.0\.1/)
    t.equal(visitor(from, 40_000, '127.0.0.1').denied, undefined)
    t.equal(visitor(from).source.isConfigured, false)
  }
  t.equal(visitor('10.0.0.11', 40_000, '127.0.0.1').denied, undefined)
  const peer: Peer = { via: 'tcp', address: ip('127.0.0.1'), port: 40_000 }
  const unknown = networkVisitor({ peer, localAddress: undefined }, snapshot, { allow })
  t.equal(unknown.denied, undefined, 'nor is it denied where our own address is not known')
})

t.test('IPv4 guests are told apart by address, IPv6 guests by their /64', async (t) => {
  const key = (from: string): string => visitor(from).source.key
  t.not(key('192.0.2.7'), key('192.0.2.8'))
  t.equal(key('2001:db8:0:1::1'), key('2001:db8:0:1:ffff::2'))
  t.not(key('2001:db8:0:1::1'), key('2001:db8:0:2::1'))
  t.not(key('10.0.0.11'), key('10.0.0.12'))
  for (const from of ['192.0.2.7', '10.0.0.11']) t.equal(key(from), addressKey(ip(from)))
})

t.test('the frame for who is denied is a refusal with the id 0 that names the address', async (t) => {
  const frame = denialFrame({ peer: { via: 'tcp', address: ip('198.51.100.1'), port: 1 } }, 'because')
  t.same(decodeMessage(frame.subarray(4), REPLY_VALUES_MAX), {
    id: 0,
    status: -1,
    error: 'denied',
    message: '198.51.100.1 may not ask here: because',
  })
})
