import { createHmac } from 'node:crypto'
import t from 'tap'
import { Responder } from '../../../src/dns/answer/responder.ts'
import { newCounters } from '../../../src/dns/counters.ts'
import type { DnsSettings } from '../../../src/dns/index.ts'
import type { TsigKey } from '../../../src/dns/settings.ts'
import { Transfers } from '../../../src/dns/transfer/transfers.ts'
import { wireName } from '../../../src/dns/wire/name.ts'
import { signRequest } from '../../../src/dns/wire/tsig.ts'
import { ip } from '../../addresses.ts'
import { HandClock } from '../../clocks.ts'
import { opt, query } from '../client.ts'
import { endpoint, SILENT, settingsOf, snapshotOf } from '../cluster.ts'
import { decode } from '../decode.ts'

const NOW = 1_700_000_000
const KEY: TsigKey = { name: 'transfer.cluster.internal', secret: Buffer.from('not a secret') }
const OTHER: TsigKey = { name: 'other.key', secret: Buffer.from('another one') }
/** On loopback: it is told of generations. */
const PEER = '127.0.0.2'
const config = (nodes: number, first = 0) => `nodes ${nodes}\niprange 10.1.${first}.0 10.1.255.255\n`
/** Work that is put off. */
type Work = () => void

/** Transfers of a generation, and what asks them. */
function transferring(serial: number, more: Partial<DnsSettings> = {}, nodes = 5) {
  const settings = settingsOf({
    secondaries: [{ endpoint: endpoint(PEER, 9), key: KEY }],
    tsig: [KEY, OTHER],
    ...more,
  })
  const waiting: Work[] = []
  const responder = new Responder(snapshotOf(config(nodes), serial), settings)
  const counters = newCounters()
  const transfers = new Transfers(responder.zones, {
    settings,
    counters,
    log: SILENT,
    clock: new HandClock(),
    time: () => NOW,
    defer: (work) => void waiting.push(work),
  })
  t.teardown(() => transfers.close())
  // The first notification is not what these tests are about.
  waiting.length = 0
  let current = responder
  return {
    counters,
    waiting,
    /** Does all that was put off. */
    work(): void {
      for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) each()
    },
    close: () => transfers.close(),
    publish(next: number, count: number, first = 0) {
      current = new Responder(snapshotOf(config(count, first), next), settings)
      transfers.serve(current.zones)
    },
    /** The messages of a request's reply; undefined where it is refused. */
    ask(request: Buffer, from = PEER, transport: 'tcp' | 'udp' = 'tcp'): Buffer[] | undefined {
      const verdict = current.respond(request, {
        transport,
        time: () => NOW,
        cookie: () => undefined,
        room: () => 1232,
      })
      if (verdict?.kind !== 'transfer') throw new Error(`${verdict?.kind}`)
      const messages = transfers.messages(verdict.asked, verdict.zone, ip(from))
      if (messages === undefined) return undefined
      return messages instanceof Uint8Array
        ? [Buffer.from(messages)]
        : [...messages].flatMap((each) => (each === undefined ? [] : [Buffer.from(each)]))
    },
  }
}

const AXFR = query('cluster.internal', 'AXFR')
const open = { secondaries: [{ endpoint: endpoint(PEER, 9), key: undefined }] }

/** A request for the difference from a serial. */
function ixfr(serial: number): Buffer {
  const request = query('cluster.internal', 'IXFR')
  request[9] = 1
  const soa = Buffer.alloc(1 + 10 + 22)
  soa.writeUInt16BE(6, 1)
  soa.writeUInt16BE(1, 3)
  soa.writeUInt16BE(22, 9)
  soa.writeUInt32BE(serial, 13)
  return Buffer.concat([request, soa])
}

/** The serials of the SOA records that a reply has, and how many other records. */
function told(messages: readonly Buffer[] | undefined): string {
  if (messages === undefined) return 'refused'
  const records = messages.flatMap((message) => decode(message).answers)
  const serials = records.filter(({ type }) => type === 6).map(({ data }) => data.split(' ')[2])
  return `${serials.join(' ')} and ${records.length - serials.length}`
}

t.test('a secondary copies from its own address, with its own key', async (t) => {
  const { ask } = transferring(7)
  t.match(told(ask(signRequest(AXFR, KEY, NOW))), /^7 7 and/)
  t.equal(told(ask(AXFR)), 'refused', 'not signed')
  t.equal(told(ask(signRequest(AXFR, OTHER, NOW))), 'refused', "with somebody else's key")
  t.equal(told(ask(signRequest(AXFR, KEY, NOW), '127.0.0.3')), 'refused', 'from another address')
  t.equal(told(ask(signRequest(AXFR, KEY, NOW), '::ffff:127.0.0.2')), told(ask(signRequest(AXFR, KEY, NOW))))
  for (const request of [ixfr(6), ixfr(7)]) {
    t.equal(told(ask(request)), 'refused', 'a difference is a copy too')
    t.equal(told(ask(request, PEER, 'udp')), 'refused')
  }
})

t.test('who has no key copies from its address, and nobody else', async (t) => {
  const { ask } = transferring(7, open)
  t.match(told(ask(AXFR)), /^7 7 and/)
  t.equal(told(ask(AXFR, '127.0.0.3')), 'refused')
  t.equal(told(ask(AXFR, '127.0.0.1')), 'refused')
  t.equal(told(transferring(7, { secondaries: [] }).ask(AXFR)), 'refused')
})

t.test('serials are compared in a circle (RFC 1982)', async (t) => {
  const half = 2 ** 31
  const soaAlone = (served: number, asked: number) =>
    told(transferring(served, open).ask(ixfr(asked))) === `${served} and 0`
  t.notOk(soaAlone(5, 4), 'one older')
  t.ok(soaAlone(5, 5), 'the same')
  t.ok(soaAlone(5, 6), 'one newer')
  t.ok(soaAlone(5, 5 + half - 1), 'newer by the most that there is')
  t.ok(soaAlone(5, 5 + half), 'neither older nor newer')
  t.notOk(soaAlone(5, 5 + half + 1), 'older by the most that there is')
  t.notOk(soaAlone(1, 2 ** 32 - 1), 'over the end of the numbers')
  t.ok(soaAlone(2 ** 32 - 1, 1))
})

t.test('a difference is never given while it ends at a generation that is not served any more', async (t) => {
  const { ask, publish, work, counters } = transferring(1, open)
  publish(2, 6)
  work()
  t.equal(told(ask(ixfr(1))), '2 1 2 2 and 1')
  publish(3, 7)
  t.match(told(ask(ixfr(1))), /^3 3 and [^1]/, 'the comparison with 3 has not ended: the zone as a whole')
  t.match(told(ask(ixfr(2))), /^3 3 and [^1]/)
  work()
  t.equal(told(ask(ixfr(1))), '3 1 2 2 3 3 and 2')
  t.match(counters, { ixfr: 2, axfr: 2 })
})

t.test('by UDP and for who is up to date there is the SOA alone', async (t) => {
  const { ask, counters } = transferring(5, open)
  t.equal(told(ask(ixfr(4), PEER, 'udp')), '5 and 0')
  t.equal(told(ask(ixfr(5))), '5 and 0')
  t.match(counters, { ixfr: 0, axfr: 0 })
})

t.test('a difference that is longer than the zone is no help', async (t) => {
  const { ask, publish, work } = transferring(1, open, 30)
  publish(2, 3)
  work()
  t.match(told(ask(ixfr(1))), /^2 2 and/, 'what is left is less than what went')
  publish(3, 5)
  work()
  t.equal(told(ask(ixfr(2))), '3 2 3 3 and 2', 'two more')
  publish(4, 5, 1)
  work()
  t.match(told(ask(ixfr(3))), /^4 4 and/, 'each of five nodes has another address')
  publish(5, 30, 1)
  publish(6, 30, 1)
  work()
  publish(7, 15, 1)
  work()
  t.equal(told(ask(ixfr(6))), '7 6 7 7 and 15', 'as long as the zone')
})

t.test('whole zones and differences are counted apart', async (t) => {
  const { ask, publish, work, counters } = transferring(1, open)
  publish(2, 6)
  work()
  for (const request of [AXFR, AXFR, AXFR, ixfr(1)]) ask(request)
  t.match(counters, { axfr: 3, ixfr: 1, transfersRefused: 0 })
})

t.test('once it is closed nobody is told of anything', async (t) => {
  const { publish, work, close, counters } = transferring(1, open)
  publish(2, 6)
  close()
  work()
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(counters.notified, 0)
})

t.test('whoever asks for the whole zone, or says no serial that can be read, gets the whole zone', async (t) => {
  const { ask } = transferring(5, open)
  const whole = Buffer.from(ixfr(5))
  whole.writeUInt16BE(252, whole.length - 33 - 4)
  t.match(told(ask(whole)), /^5 5 and/)
  t.match(told(ask(query('cluster.internal', 'IXFR'))), /^5 5 and/)
  const looped = Buffer.concat([
    query('cluster.internal', 'IXFR'),
    Buffer.from([0xc0, 34, 0, 6, 0, 1, 0, 0, 0, 0, 0, 0]),
  ])
  looped[9] = 1
  t.match(told(ask(looped)), /^5 5 and/)
})

t.test('without secondaries nothing is kept and nobody is told', async (t) => {
  const { ask, publish, waiting, counters } = transferring(5, { secondaries: [] })
  publish(6, 7)
  t.equal(waiting.length, 0)
  t.equal(told(ask(AXFR)), 'refused')
  t.equal(counters.transfersRefused, 1)
})

t.test('each message of a signed transfer is signed with what came before it (RFC 8945, 5.3.1)', async (t) => {
  const request = signRequest(AXFR, KEY, NOW)
  const messages = transferring(7, {}, 2000).ask(request) ?? []
  t.ok(messages.length > 2, `${messages.length} messages`)
  let before = macOf(request)
  for (const [i, message] of messages.entries()) {
    const mac = macOf(message)
    t.same(mac, signatureOf(message, before, i === 0), `message ${i}`)
    before = mac
  }
})

/** How many bytes a TSIG record of the key takes: see `signatureOf`. */
const TSIG_SIZE = wireName(KEY.name).length + 10 + 13 + 16 + 32

/** The MAC at the end of a signed message. */
function macOf(message: Buffer): Buffer {
  return message.subarray(message.length - 38, message.length - 6)
}

/** The MAC that a reply must have, worked out by the words of RFC 8945, 4.3 and 5.3. */
function signatureOf(signed: Buffer, before: Buffer, isFirst: boolean): Buffer {
  const message = Buffer.from(signed.subarray(0, signed.length - TSIG_SIZE))
  message.writeUInt16BE(message.readUInt16BE(10) - 1, 10)
  const time = Buffer.alloc(6)
  time.writeUIntBE(NOW, 0, 6)
  const timers = Buffer.concat([time, Buffer.of(0x01, 0x2c)])
  const name = Buffer.from(wireName(KEY.name))
  const variables = Buffer.concat([
    name,
    Buffer.of(0, 255, 0, 0, 0, 0),
    Buffer.from(wireName('hmac-sha256')),
    timers,
    Buffer.of(0, 0, 0, 0),
  ])
  const hmac = createHmac('sha256', KEY.secret)
  return hmac
    .update(Buffer.of(0, before.length))
    .update(before)
    .update(message)
    .update(isFirst ? variables : timers)
    .digest()
}

t.test('the first message of a transfer has an OPT record where the request had one (RFC 5936, 2.2.5)', async (t) => {
  const { ask } = transferring(7, open, 2000)
  const opts = (request: Buffer) =>
    (ask(request) ?? []).map((message) => decode(message).additionals.map(({ type }) => type))
  const [first, ...others] = opts(query('cluster.internal', 'AXFR', { opt: opt(1232) }))
  t.same(first, [41])
  t.ok(others.length > 0 && others.every((types) => types.length === 0))
  t.ok(opts(AXFR).every((types) => types.length === 0))
  const signed = transferring(7).ask(signRequest(query('cluster.internal', 'AXFR', { opt: opt(1232) }), KEY, NOW))
  t.same(
    signed?.map((message) => decode(message).additionals.map(({ type }) => type)),
    [[41, 250]],
  )
})
