import t from 'tap'
import type { DnsSettings } from '../../src/dns/index.ts'
import { Service } from '../../src/dns/service.ts'
import { HandClock } from '../clocks.ts'
import { opt, query, rcodeOf } from './client.ts'
import { endpoint, SILENT, settingsOf, snapshotOf } from './cluster.ts'
import { decode } from './decode.ts'

/** A name with so many addresses that its answer is long. */
const MANY = `hostrange 10.1.3.1 10.1.3.99\n${Array.from({ length: 60 }, (_, i) => `host 02:00:00:00:01:${(16 + i).toString(16)} 10.1.3.${1 + i} many\n`).join('')}`
const SNAPSHOT = snapshotOf(
  `nodes 10\niprange 10.1.1.0 10.1.1.9\nhostrange 10.1.2.0 10.1.2.9\nhost 02:00:00:00:00:01 10.1.2.3 dev\n${MANY}`,
)
const STRANGER = { address: '192.0.2.9', port: 4000 }

function serviceOf(more: Partial<DnsSettings> = {}) {
  const clock = new HandClock()
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
  clock.turn(500)
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
  clock.turn(3_601_000)
  t.equal(refusals(service, withCookie(cookie), 50).length, 10, 'too old')
})

/** Asks again and again from an address; the replies, whole or cut. */
function replies(service: Service, request: Buffer, count: number, address: string) {
  const all = Array.from({ length: count }, () => ask(service, request, { address, port: 4000 }))
  const sizes = all.map((reply) => reply?.length ?? 0)
  const isCut = (reply: Buffer | undefined) => ((reply?.[2] ?? 0) & 2) !== 0
  return { last: all.at(-1), bytes: sizes.reduce((sum, size) => sum + size, 0), cut: all.filter(isCut).length }
}
const LONG = query('many.cluster.internal', 'A', { opt: opt() })

t.test('long replies by UDP to an address that proves nothing are bounded, and then cut', async (t) => {
  const { service, clock } = serviceOf()
  const whole = replies(service, LONG, 1, '10.1.1.3')
  t.equal(whole.cut, 0)
  t.ok(whole.bytes > 900)
  const forged = replies(service, LONG, 5000, '10.1.1.3')
  t.ok(forged.cut > 4000)
  t.equal(forged.last && decode(forged.last).answers.length, 0)
  t.ok(forged.bytes < 5000 * 3 * LONG.length + 600_000, `${forged.bytes} bytes`)
  t.equal(service.counters.shortened, forged.cut)
  t.equal(replies(service, LONG, 1, '10.1.1.4').cut, 0, 'each machine of the configuration has its own')
  t.equal(
    replies(service, query('n1.cluster.internal', 'A', { opt: opt() }), 100, '10.1.1.3').cut,
    0,
    'short ones go on',
  )
  t.equal(service.tcp(LONG, { address: '10.1.1.3', port: 1 }) instanceof Buffer, true)
  const byTcp = service.tcp(LONG, { address: '10.1.1.3', port: 1 }) as Buffer
  t.ok(decode(byTcp).answers.length > 50, 'by TCP there is no such bound')
  clock.turn(1000)
  const later = replies(service, LONG, 1000, '10.1.1.3')
  t.ok(later.cut > 800 && later.cut < 1000)
})

t.test('who sends a cookie of ours back, and loopback, get long replies without that bound', async (t) => {
  const { service } = serviceOf()
  t.equal(replies(service, LONG, 5000, '127.0.0.1').cut, 0)
  const asking = (hex: string) =>
    query('many.cluster.internal', 'A', {
      opt: opt(1232, { options: Buffer.concat([Buffer.of(0, 10, 0, hex.length / 2), Buffer.from(hex, 'hex')]) }),
    })
  replies(service, LONG, 5000, '10.1.1.3')
  const first = replies(service, asking('0102030405060708'), 1, '10.1.1.3')
  t.equal(first.cut, 1)
  const cookie = cookieOf(first.last)
  t.equal(cookie.length, 48, 'the cut reply has the cookie')
  t.equal(replies(service, asking(cookie), 5000, '10.1.1.3').cut, 0)
  t.equal(replies(service, asking(cookie), 5000, '10.1.1.4').cut > 4000, true, 'it is for one address')
})

t.test('addresses that may ask and are not in the configuration share the bound of their network', async (t) => {
  const { service } = serviceOf({
    access: { allow: [{ first: endpoint('10.8.0.0', 0).address, last: endpoint('10.8.255.255', 0).address }] },
  })
  for (let i = 0; i < 200; i++) replies(service, LONG, 10, `10.8.1.${i}`)
  t.equal(replies(service, LONG, 10, '10.8.1.250').cut, 10)
  t.equal(replies(service, LONG, 10, '10.8.2.250').cut, 0)
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
