import t from 'tap'
import type { DnsSettings } from '../../src/dns/index.ts'
import { Service } from '../../src/dns/service.ts'
import { opt, query, rcodeOf } from './client.ts'
import { endpoint, SILENT, settingsOf, snapshotOf } from './cluster.ts'
import { decode } from './decode.ts'
import { ManualClock } from './manual-clock.ts'

const SNAPSHOT = snapshotOf(
  'nodes 10\niprange 10.1.1.0 10.1.1.9\nhostrange 10.1.2.0 10.1.2.9\nhost 02:00:00:00:00:01 10.1.2.3 dev\n',
)
const STRANGER = { address: '192.0.2.9', port: 4000 }

function serviceOf(more: Partial<DnsSettings> = {}) {
  const clock = new ManualClock()
  const time = () => 1_700_000_000 + clock.now() / 1000
  return { clock, service: new Service({ settings: settingsOf(more), snapshot: SNAPSHOT, log: SILENT, clock, time }) }
}

/** The reply that is sent at once; undefined for none. */
function ask(service: Service, request: Buffer, peer = STRANGER): Buffer | undefined {
  let sent: Buffer | undefined
  service.udp(request, peer, (reply) => {
    sent = reply
  })
  return sent
}

const withCookie = (hex: string) =>
  query('n1.cluster.internal', 'A', {
    opt: opt(1232, { options: Buffer.concat([Buffer.of(0, 10, 0, hex.length / 2), Buffer.from(hex, 'hex')]) }),
  })
/** The cookie that a reply has. */
const cookieOf = (reply: Buffer | undefined) => (reply && decode(reply).additionals[0]?.data.slice(8)) ?? ''
const refusals = (service: Service, request: Buffer, count: number, peer = STRANGER) =>
  Array.from({ length: count }, () => ask(service, request, peer)).filter((reply) => reply !== undefined)

t.test('strangers are refused with no more bytes than they sent, ten times a second for their network', async (t) => {
  const { service, clock } = serviceOf()
  const request = query('n1.cluster.internal', 'A', { opt: opt() })
  const replies = refusals(service, request, 50)
  t.equal(replies.length, 10)
  t.ok(replies.every((reply) => rcodeOf(reply) === 5 && reply.length <= request.length))
  t.equal(refusals(service, request, 50, { address: '192.0.2.77', port: 1 }).length, 0, 'the network is the same')
  clock.advance(500)
  t.equal(refusals(service, request, 50).length, 5)
})

t.test('a cookie of ours lifts the bound for the address that it was made for, while it is good', async (t) => {
  const { service, clock } = serviceOf()
  const [first] = refusals(service, withCookie('0102030405060708'), 50)
  const cookie = cookieOf(first)
  t.equal(cookie.length, 48)
  t.equal(refusals(service, withCookie('0102030405060708'), 50).length, 0)
  t.equal(refusals(service, withCookie(cookie), 50).length, 50)
  t.equal(refusals(service, withCookie(cookie), 50, { address: '192.0.2.10', port: 1 }).length, 0, 'another address')
  const forged = `${cookie.slice(0, -1)}${cookie.endsWith('0') ? '1' : '0'}`
  t.equal(refusals(service, withCookie(forged), 50).length, 0)
  clock.advance(3_601_000)
  t.equal(refusals(service, withCookie(cookie), 50).length, 10, 'too old')
})

t.test('what is no request gets nothing, from anybody', async (t) => {
  const { service } = serviceOf()
  const reply = query('n1.cluster.internal', 'A', { flags: 0x8180 })
  for (const peer of [STRANGER, { address: '127.0.0.1', port: 53 }]) {
    for (const bytes of [reply, Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(512, 0xff)]) {
      t.equal(ask(service, bytes, peer), undefined)
    }
  }
})

t.test(
  'machines that are named have connections of their own, others that may ask have not, strangers have none',
  async (t) => {
    const secondaries = [{ endpoint: endpoint('127.0.0.77', 53), key: undefined }]
    const { service } = serviceOf({
      secondaries,
      access: { allow: [{ first: endpoint('10.8.0.0', 0).address, last: endpoint('10.8.255.255', 0).address }] },
    })
    t.equal(service.guest('127.0.0.77'), 'member')
    t.equal(service.guest('10.8.0.1'), 'other')
    t.equal(service.guest('127.0.0.1'), 'other')
    t.equal(service.guest('10.1.1.3'), 'member')
    t.equal(service.guest('10.1.2.3'), 'member')
    t.equal(service.guest('10.1.2.4'), 'other', 'a device without a line')
    t.equal(service.guest('192.0.2.9'), 'stranger')
    t.equal(service.guest('nonsense'), 'stranger')
  },
)

t.test('addresses without end are not remembered without end', async (t) => {
  const { service } = serviceOf()
  for (let i = 0; i < 70_000; i++) service.guest(`192.0.${i >> 8}.${i & 255}`)
  t.ok(service.remembered <= 65_536)
})
