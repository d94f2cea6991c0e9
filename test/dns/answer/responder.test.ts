import t from 'tap'
import { Responder } from '../../../src/dns/answer/responder.ts'
import { opt, query } from '../client.ts'
import { endpoint, settingsOf, snapshotOf } from '../cluster.ts'
import { type Decoded, decode } from '../decode.ts'

const MANY = Array.from({ length: 100 }, (_, i) => `host 02:00:00:00:01:${hex(i)} 10.20.30.${100 + i} many\n`).join('')
const CONFIG = `nodes 3
iprange 10.20.31.100 10.20.31.131
hostrange 10.20.30.4 10.20.30.9
hostrange 10.20.30.100 10.20.30.199
hostrange fd00::1 fd00::ff
hostrange 192.0.2.64 192.0.2.71
interface eth0 10.20.30.200 255.255.255.0
nodename n%N
nodename n%N-ipmi 0.1.0.0
host 02:00:00:00:00:01 10.20.30.5 SmartSwitch switch
host 02:00:00:00:00:02 10.20.30.6 a.b.cluster.internal
host 02:00:00:00:00:03 10.20.30.7 elsewhere.example.org
host 02:00:00:00:00:04 fd00::5 six
host 02:00:00:00:00:05 192.0.2.65 edge
${MANY}`

function hex(value: number): string {
  return value.toString(16).padStart(2, '0')
}

const snapshot = snapshotOf(CONFIG, 77)
const responder = new Responder(snapshot, settingsOf())
/** Where a request comes from. */
const by = (transport: 'udp' | 'tcp') => ({
  transport,
  time: () => 1_700_000_000,
  cookie: () => undefined,
  room: () => 1232,
})
const SOA = 'master.cluster.internal. hostmaster.cluster.internal. 77 300 60 1209600 5'

/** The reply of a responder to a request, taken apart. */
function reply(request: Buffer, transport: 'udp' | 'tcp' = 'udp', from = responder): Decoded {
  const verdict = from.respond(request, by(transport))
  if (verdict?.kind !== 'reply') throw new Error(`${verdict?.kind}`)
  return decode(verdict.bytes)
}

/** An answer in short: code, flags, records of answer and authority. */
function told(name: string, type: Parameters<typeof query>[1], transport: 'udp' | 'tcp' = 'udp'): string {
  const { rcode, aa, answers, authorities } = reply(query(name, type), transport)
  const records = [
    ...answers.map(({ name, data }) => `${name} ${data}`),
    ...authorities.map(({ name, data }) => `! ${name} ${data}`),
  ]
  return [`${rcode}${aa ? ' aa' : ''}`, ...records].join(' | ')
}

t.test('names of the zone', async (t) => {
  t.equal(told('n1.cluster.internal', 'A'), '0 aa | n1.cluster.internal. 10.20.31.101')
  t.equal(told('n1-ipmi.cluster.internal', 'A'), '0 aa | n1-ipmi.cluster.internal. 10.21.31.101')
  t.equal(
    told('switch.cluster.internal', 'A'),
    '0 aa | switch.cluster.internal. 10.20.30.5',
    'an alias has addresses of its own',
  )
  t.equal(told('six.cluster.internal', 'AAAA'), '0 aa | six.cluster.internal. fd000000000000000000000000000005')
  t.equal(told('six.cluster.internal', 'A'), `0 aa | ! cluster.internal. ${SOA}`)
  t.equal(told('n1.cluster.internal', 'AAAA'), `0 aa | ! cluster.internal. ${SOA}`)
  t.equal(told('n1.cluster.internal', 65), `0 aa | ! cluster.internal. ${SOA}`, 'a type that we know nothing of')
  t.equal(told('n9.cluster.internal', 'A'), `3 aa | ! cluster.internal. ${SOA}`)
  t.equal(
    told('n01.cluster.internal', 'A'),
    `3 aa | ! cluster.internal. ${SOA}`,
    'computed spellings are no names of the zone',
  )
  t.equal(told('x.n1.cluster.internal', 'A'), `3 aa | ! cluster.internal. ${SOA}`)
  t.equal(told('cluster.internal', 'SOA'), `0 aa | cluster.internal. ${SOA}`)
  t.equal(told('cluster.internal', 'NS'), '0 aa | cluster.internal. master.cluster.internal.')
  t.equal(told('cluster.internal', 'A'), `0 aa | ! cluster.internal. ${SOA}`)
  t.equal(
    told('_kickback._tcp.cluster.internal', 'SRV'),
    '0 aa | _kickback._tcp.cluster.internal. 0 0 3045 master.cluster.internal.',
  )
})

t.test('empty non-terminals exist', async (t) => {
  t.equal(told('_tcp.cluster.internal', 'SRV'), `0 aa | ! cluster.internal. ${SOA}`)
  t.equal(told('b.cluster.internal', 'A'), `0 aa | ! cluster.internal. ${SOA}`)
  t.equal(told('a.b.cluster.internal', 'A'), '0 aa | a.b.cluster.internal. 10.20.30.6')
  const cuts = [{ family: 4, prefix: Uint8Array.of(10, 7) }] as const
  const wide = new Responder(snapshotOf('nodes 2\niprange 10.7.0.0 10.7.255.255\n', 1, { cuts }), settingsOf())
  t.equal(reply(query('0.7.10.in-addr.arpa', 'PTR'), 'udp', wide).rcode, 0)
  t.equal(reply(query('1.7.10.in-addr.arpa', 'PTR'), 'udp', wide).rcode, 3)
})

t.test('short names are answered, and are in no zone', async (t) => {
  t.equal(told('n1', 'A'), '0 aa | n1. 10.20.31.101')
  t.equal(told('n1', 'AAAA'), `0 aa | ! n1. ${SOA}`)
  t.equal(told('elsewhere.example.org', 'A'), '5', 'a name of somebody else, though it is in our configuration')
})

t.test('reverse names, and the edges of ranges', async (t) => {
  t.equal(told('101.31.20.10.in-addr.arpa', 'PTR'), '0 aa | 101.31.20.10.in-addr.arpa. n1.cluster.internal.')
  t.equal(told('5.30.20.10.in-addr.arpa', 'PTR'), '0 aa | 5.30.20.10.in-addr.arpa. SmartSwitch.cluster.internal.')
  t.equal(told('7.30.20.10.in-addr.arpa', 'PTR'), '0 aa | 7.30.20.10.in-addr.arpa. elsewhere.example.org.')
  t.equal(told('5.30.20.10.in-addr.arpa', 'A'), `0 aa | ! 30.20.10.in-addr.arpa. ${SOA}`)
  t.equal(told('8.30.20.10.in-addr.arpa', 'PTR'), `3 aa | ! 30.20.10.in-addr.arpa. ${SOA}`)
  t.equal(
    told('05.30.20.10.in-addr.arpa', 'PTR'),
    `3 aa | ! 30.20.10.in-addr.arpa. ${SOA}`,
    'only one spelling of a number',
  )
  t.equal(told('1.5.30.20.10.in-addr.arpa', 'PTR'), `3 aa | ! 30.20.10.in-addr.arpa. ${SOA}`)
  t.match(told('5.32.20.10.in-addr.arpa', 'PTR'), /^3 aa \| ! 10\.in-addr\.arpa\. /, 'the next network is not ours')
  const six = `5.${'0.'.repeat(29)}d.f.ip6.arpa`
  t.equal(told(six, 'PTR'), `0 aa | ${six}. six.cluster.internal.`)
  t.equal(told(six.slice(4), 'PTR'), `0 aa | ! ${'0.'.repeat(14)}d.f.ip6.arpa. ${SOA}`)
})

t.test('letter case is kept in the answer, and makes no difference', async (t) => {
  const mixed = reply(query('N1.cLuSter.INTERNAL', 'A'))
  t.match(mixed.questions, [{ name: 'N1.cLuSter.INTERNAL.' }])
  t.match(mixed.answers, [{ name: 'N1.cLuSter.INTERNAL.', data: '10.20.31.101' }])
  const again = responder.ready.reply(query('n1.CLUSTER.internal', 'A'))
  t.match(again && decode(again).answers, [{ name: 'n1.CLUSTER.internal.', data: '10.20.31.101' }])
})

t.test('a label with a dot in it is no two labels', async (t) => {
  const name = Buffer.concat([Buffer.from('\x03a.b\x07cluster\x08internal\x00', 'latin1')])
  const plain = query('x', 'A')
  t.equal(reply(Buffer.concat([plain.subarray(0, 12), name, plain.subarray(-4)])).rcode, 3)
  const arpa = Buffer.from('\x045.30\x0220\x0210\x07in-addr\x04arpa\x00', 'latin1')
  t.equal(reply(Buffer.concat([plain.subarray(0, 12), arpa, plain.subarray(-4)])).rcode, 3)
})

t.test('labels of 63 and names of 255 bytes are answered, longer ones are malformed', async (t) => {
  const long = (length: number) =>
    `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(length)}.cluster.internal`
  t.equal(reply(query(long(44), 'A')).rcode, 3)
  t.equal(reply(query(long(44), 'A')).questions[0]?.name.length, 254)
  const plain = query('x', 'A')
  const raw = (...labels: string[]) => {
    const name = Buffer.concat(labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])))
    return Buffer.concat([plain.subarray(0, 12), name, Buffer.of(0), plain.subarray(-4)])
  }
  const label = 'a'.repeat(63)
  t.equal(reply(raw(label, label, label, 'a'.repeat(61))).rcode, 5, '255 bytes')
  t.equal(reply(raw(label, label, label, 'a'.repeat(62))).rcode, 1, '256 bytes')
  t.equal(reply(raw('a'.repeat(64))).rcode, 1, 'a label of 64 bytes')
})

t.test('ANY gets one kind of records (RFC 8482)', async (t) => {
  t.equal(told('n1.cluster.internal', 'ANY'), '0 aa | n1.cluster.internal. 10.20.31.101')
  t.equal(told('cluster.internal', 'ANY'), `0 aa | cluster.internal. ${SOA}`)
  t.equal(told('_tcp.cluster.internal', 'ANY'), `0 aa | ! cluster.internal. ${SOA}`)
})

t.test('who we are is told, and nothing else of class CHAOS', async (t) => {
  t.match(reply(query('VERSION.bind', 'TXT', { class: 3 })), { rcode: 0, answers: [{ data: '086b69636b6261636b' }] })
  t.match(reply(query('hostname.bind', 'TXT', { class: 3 })), { rcode: 5, answers: [] })
  t.match(reply(query('n1.cluster.internal', 'A', { class: 4 })), { rcode: 5, answers: [] })
})

t.test('opcodes and types that we do not do', async (t) => {
  const opcode = (code: number) => reply(query('cluster.internal', 'SOA', { flags: code << 11 })).rcode
  t.equal(opcode(1), 4, 'IQUERY')
  t.equal(opcode(2), 4, 'STATUS')
  t.equal(opcode(4), 5, 'NOTIFY: we are told by nobody')
  t.equal(opcode(5), 4, 'UPDATE')
  t.equal(opcode(15), 4)
  t.equal(told('cluster.internal', 253), '4', 'MAILB')
  t.equal(told('cluster.internal', 'AXFR'), '1', 'not by UDP')
  t.equal(told('nowhere.example', 'AXFR', 'tcp'), '9')
})

t.test('malformed requests', async (t) => {
  const good = query('n1.cluster.internal', 'A')
  const counts = (qd: number, an = 0, ns = 0, ar = 0) => {
    const request = Buffer.from(good)
    request.set([0, qd, 0, an, 0, ns, 0, ar], 4)
    return request
  }
  t.equal(responder.respond(good.subarray(0, 11), by('udp')), undefined, 'no header, no reply')
  t.equal(responder.respond(query('n1', 'A', { flags: 0x8000 }), by('udp')), undefined, 'a reply gets no reply')
  for (let end = 12; end < good.length; end++) t.equal(reply(good.subarray(0, end)).rcode, 1, `cut at ${end}`)
  t.equal(reply(counts(0)).rcode, 1, 'QDCOUNT 0')
  t.equal(reply(counts(2)).rcode, 1, 'QDCOUNT 2')
  t.equal(reply(counts(1, 1)).rcode, 1, 'an answer that is not there')
  t.equal(reply(Buffer.concat([good, Buffer.of(0)])).rcode, 1, 'bytes left over')
  const pointer = Buffer.concat([good.subarray(0, 12), Buffer.of(0xc0, 12), good.subarray(-4)])
  t.equal(reply(pointer).rcode, 1, 'a question that points to itself')
  t.equal(reply(Buffer.concat([query('n1', 'A', { opt: opt() }), opt()])).rcode, 1)
  const twice = query('n1', 'A', { opt: Buffer.concat([opt(), opt()]) })
  twice[11] = 2
  t.equal(reply(twice).rcode, 1, 'OPT twice')
})

t.test('replies fit into what the asker takes', async (t) => {
  const size = (request: Buffer, transport: 'udp' | 'tcp' = 'udp') => {
    const verdict = responder.respond(request, by(transport))
    return verdict?.kind === 'reply' ? { size: verdict.bytes.length, ...decode(verdict.bytes) } : undefined
  }
  t.match(size(query('many.cluster.internal', 'A')), { tc: true, answers: [], rcode: 0 })
  t.match(size(query('many.cluster.internal', 'A', { opt: opt(1232) })), {
    tc: true,
    answers: [],
    additionals: [{ type: 41 }],
  })
  t.match(size(query('many.cluster.internal', 'A', { opt: opt(4096) })), { tc: true }, 'never more than 1232 bytes')
  const whole = size(query('many.cluster.internal', 'A', { opt: opt(512) }), 'tcp')
  t.equal(whole?.tc, false)
  t.equal(whole?.answers.length, 100)
  t.equal(whole?.size, 12 + 27 + 100 * 16 + 11, 'owners are compressed')
})

t.test('forwarding takes what is not ours, and keeps private questions in', async (t) => {
  const forwarding = new Responder(snapshot, settingsOf({ forward: [endpoint('192.0.2.1', 53)] }))
  const where = (name: string, type: Parameters<typeof query>[1], flags = 0x100) => {
    const verdict = forwarding.respond(query(name, type, { flags }), by('udp'))
    return verdict?.kind === 'reply'
      ? decode(verdict.bytes).rcode
      : verdict?.kind === 'elsewhere'
        ? verdict.to
        : undefined
  }
  t.equal(where('www.example.org', 'A'), 'forward')
  t.equal(where('www.example.org', 'A', 0), 5, 'only who desires recursion')
  t.equal(where('n1.cluster.internal', 'A'), 0)
  t.equal(where('n99.cluster.internal', 'A'), 3)
  t.equal(where('9.9.9.9.in-addr.arpa', 'PTR'), 'forward')
  t.equal(where('9.9.9.10.in-addr.arpa', 'PTR'), 3, 'RFC 6303')
  t.equal(where('1.0.0.127.in-addr.arpa', 'PTR'), 3)
  t.equal(where('9.30.20.10.in-addr.arpa', 'PTR'), 3, 'beside our ranges, but private')
  t.equal(where('65.2.0.192.in-addr.arpa', 'PTR'), 0)
  t.ok(reply(query('n1.cluster.internal', 'A'), 'udp', forwarding).ra)
})

t.test('a site with the same domain is asked for what we lack', async (t) => {
  const falling = new Responder(snapshot, settingsOf({ fallthrough: [endpoint('192.0.2.1', 53)] }))
  const kind = (name: string, type: Parameters<typeof query>[1]) => falling.respond(query(name, type), by('udp'))?.kind
  t.equal(kind('www.cluster.internal', 'A'), 'elsewhere')
  t.equal(kind('n1.cluster.internal', 'A'), 'reply')
  t.equal(kind('n1.cluster.internal', 'AAAA'), 'reply', 'a name that we hold ends the search')
  t.equal(kind('www.example.org', 'A'), 'reply')
})

t.test('addresses of the servers that an answer mentions come with it, as far as there is room', async (t) => {
  const extra = (request: Buffer, transport: 'udp' | 'tcp' = 'udp') =>
    reply(request, transport)
      .additionals.filter(({ type }) => type !== 41)
      .map(({ name, data }) => `${name} ${data}`)
  t.same(extra(query('cluster.internal', 'NS')), ['master.cluster.internal. 10.20.30.200'])
  t.same(extra(query('_kickback._tcp.cluster.internal', 'SRV')), ['master.cluster.internal. 10.20.30.200'])
  t.same(extra(query('31.20.10.in-addr.arpa', 'NS')), ['master.cluster.internal. 10.20.30.200'])
  t.same(extra(query('cluster.internal', 'SOA')), [])
  const withOpt = reply(query('cluster.internal', 'NS', { opt: opt() }))
  t.same(
    withOpt.additionals.map(({ type }) => type),
    [1, 41],
  )
  const ns = ['many', 'n1', 'elsewhere'].map((name) => ({ name: `${name}.cluster.internal`, addresses: [] }))
  const three = new Responder(snapshotOf(CONFIG, 77, { ns }), settingsOf())
  const told = reply(query('cluster.internal', 'NS', { opt: opt(512) }), 'udp', three)
  t.equal(told.answers.length, 3)
  t.notOk(told.tc, 'nothing is cut for what nobody asked')
  t.same(
    told.additionals.map(({ name }) => name),
    ['n1.cluster.internal.', '.'],
    'a hundred addresses have no room',
  )
  t.equal(reply(query('cluster.internal', 'NS'), 'tcp', three).additionals.length, 101)
  const again = three.respond(query('cluster.internal', 'NS'), by('udp'))
  t.equal(again?.kind === 'reply' && decode(again.bytes).additionals.length, 1)
})
