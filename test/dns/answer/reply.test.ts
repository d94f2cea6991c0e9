import t from 'tap'
import type { Answer, Denial } from '../../../src/dns/answer/answer.ts'
import { Denials } from '../../../src/dns/answer/denial.ts'
import {
  answerReply,
  bareReply,
  finished,
  mentioningReply,
  optSize,
  plainReply,
  startedReply,
} from '../../../src/dns/answer/reply.ts'
import { isFault, type Query, readQuery } from '../../../src/dns/wire/query.ts'
import { opt, query } from '../client.ts'
import { decode } from '../decode.ts'

const HEADER = { rcode: 0, authoritative: true, recursive: false }
const address = (last: number) => ({ type: 'A', address: Uint8Array.of(10, 0, 0, last) }) as const
const SOA = {
  type: 'SOA',
  mname: 'master.cluster.internal',
  rname: 'hostmaster.cluster.internal',
  serial: 7,
  refresh: 300,
  retry: 60,
  expire: 1000,
  minimum: 5,
} as const

/** A request as it is read. */
function asked(...of: Parameters<typeof query>): Query {
  const read = readQuery(query(...of))
  if (read === undefined || isFault(read)) throw new Error('no query')
  return read
}

/** An answer with the addresses 10.0.0.1 and so on. */
function answerOf(count: number): Answer {
  const records = Array.from({ length: count }, (_, i) => address(i + 1))
  return { rcode: 0, records, ttl: 60, denial: undefined, lasting: true, foreign: false }
}

/** The answer that there is nothing, by the zone that starts behind so many labels. */
function nothing(origin: string | undefined, below: number): Answer {
  const denial: Denial = { origin, below, soa: SOA, ttl: 9 }
  return { ...answerOf(0), denial }
}

t.test('a bare reply is a header with the id, the operation and the recursion bit of the request', async (t) => {
  const bare = (flags: number) => [...bareReply(query('n1', 'A', { id: 0xabcd, flags }), 4)]
  const counts = Array(8).fill(0)
  t.same(bare(0x0100), [0xab, 0xcd, 0x81, 4, ...counts])
  t.same(bare(0x2000), [0xab, 0xcd, 0xa0, 4, ...counts])
  t.same(bare(0x7eff), [0xab, 0xcd, 0xf8, 4, ...counts], 'all other bits are our own')
  t.same([...bareReply(Buffer.of(1, 2), 1)], [1, 2, 0x80, 1, ...counts], 'of a request that is too short')
})

t.test('a plain reply has the question as it was asked and no records, whatever stood behind it', async (t) => {
  const read = asked('N1.Cluster', 'AAAA', { id: 0xfedc, opt: opt() })
  t.same(decode(plainReply(read, { rcode: 5, authoritative: false, recursive: true })), {
    id: 0xfedc,
    qr: true,
    opcode: 0,
    aa: false,
    tc: false,
    rd: true,
    ra: true,
    rcode: 5,
    questions: [{ name: 'N1.Cluster.', type: 28, class: 1 }],
    answers: [],
    authorities: [],
    additionals: [],
  })
  const other = asked('n1', 'A', { flags: 0x0670 })
  t.match(
    decode(plainReply(other, HEADER)),
    { aa: true, tc: false, rd: false, ra: false, rcode: 0 },
    'bits of the request that are not for us to repeat',
  )
  t.equal(plainReply(other, HEADER)[3], 0)
})

t.test('of a code above 15 the header holds the lower four bits', async (t) => {
  t.equal(decode(plainReply(asked('n1', 'A'), { ...HEADER, rcode: 0x17 })).rcode, 7)
})

t.test('a request without a question has a reply without one', async (t) => {
  const header = Buffer.from([0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  const read = readQuery(Buffer.concat([header, opt()]))
  if (read === undefined || isFault(read)) throw new Error('no query')
  const reply = plainReply(read, HEADER)
  t.equal(reply.length, 12)
  t.match(decode(reply), { id: 9, questions: [] })
  t.match(decode(finished(reply, read, 512, 0)), { questions: [], additionals: [{ type: 41 }] })
})

t.test('records that follow a started reply can point into its question', async (t) => {
  const writer = startedReply(asked('n1.cluster.internal', 'A'), HEADER)
  const before = writer.length
  writer.name(Buffer.from('\x07cluster\x08internal\x00', 'latin1'))
  t.same([...writer.bytes().subarray(before)], [0xc0, 12 + 3])
})

t.test('all records of an answer belong to the name as it was asked, however long the reply is', async (t) => {
  const read = asked('N1.cluster.internal', 'A')
  const reply = answerReply(read, answerOf(200), HEADER, new Denials())
  t.equal(reply.length, read.questionEnd + 200 * 16)
  const { aa, tc, answers } = decode(reply)
  t.match({ aa, tc }, { aa: true, tc: false })
  t.same(
    answers,
    Array.from({ length: 200 }, (_, i) => {
      return { name: 'N1.cluster.internal.', type: 1, class: 1, ttl: 60, data: `10.0.0.${i + 1}` }
    }),
  )
})

t.test('a negative answer has the SOA of its zone, spelt as it was asked', async (t) => {
  const denials = new Denials()
  const told = (name: string, answer: Answer, rcode = 3) => {
    const request = asked(name, 'A', { id: 5, flags: 0x0100 })
    return decode(answerReply(request, answer, { ...HEADER, rcode }, denials))
  }
  const soa = 'master.cluster.internal. hostmaster.cluster.internal. 7 300 60 1000 5'
  const inCase = soa.replaceAll('cluster.internal', 'Cluster.INTERNAL')
  t.match(told('x.n1.Cluster.INTERNAL', nothing('cluster.internal', 2)), {
    id: 5,
    qr: true,
    aa: true,
    tc: false,
    rd: true,
    ra: false,
    rcode: 3,
    questions: [{ name: 'x.n1.Cluster.INTERNAL.', type: 1, class: 1 }],
    answers: [],
    authorities: [{ name: 'Cluster.INTERNAL.', type: 6, class: 1, ttl: 9, data: inCase }],
    additionals: [],
  })
  t.match(
    told('y.n22.cluster.internal', nothing('cluster.internal', 2)).authorities,
    [{ name: 'cluster.internal.', data: soa }],
    'a longer name in the same zone',
  )
  t.match(told('cluster.internal', nothing('cluster.internal', 0), 0), {
    rcode: 0,
    authorities: [{ name: 'cluster.internal.', data: soa }],
  })
  t.match(told('n7', nothing(undefined, 0)).authorities, [{ name: 'n7.', data: soa }], 'a name in no zone')
  t.match(told('n88', nothing(undefined, 0)).authorities, [{ name: 'n88.', data: soa }])
})

t.test(
  'a negative answer repeats the recursion bit of the request, and says whether this server forwards',
  async (t) => {
    const read = asked('n9.cluster.internal', 'A', { flags: 0x0670 })
    const header = { rcode: 0x13, authoritative: false, recursive: true }
    const reply = answerReply(read, nothing('cluster.internal', 1), header, new Denials())
    t.same([...reply.subarray(2, 12)], [0x80, 0x83, 0, 1, 0, 0, 0, 1, 0, 0])
  },
)

t.test('names are mentioned while there is room for all of their addresses', async (t) => {
  const read = asked('_kickback._tcp.cluster.internal', 'SRV')
  const target = 'master.cluster.internal'
  const records = [{ type: 'SRV', priority: 0, weight: 0, port: 3045, target }] as const
  const answer: Answer = { ...answerOf(0), records }
  const one = { name: target, addresses: [address(1), address(2)] }
  const two = { name: 'spare.cluster.internal', addresses: [address(3), address(4), address(5)] }
  const three = { name: 'c.cluster.internal', addresses: [address(6)] }
  const size = answerReply(read, answer, HEADER, new Denials()).length
  const mentioned = (limit: number, ...names: Parameters<typeof mentioningReply>[3][number][]) => {
    const reply = mentioningReply(read, answer, HEADER, names, limit)
    const { tc, answers, additionals } = decode(reply)
    t.match({ tc, answers }, { tc: false, answers: [{ data: `0 0 3045 ${target}.` }] }, 'the answer is always whole')
    return { size: reply.length - size, said: additionals.map(({ name, data }) => `${name} ${data}`) }
  }
  const first = ['10.0.0.1', '10.0.0.2'].map((data) => `${target}. ${data}`)
  const second = ['10.0.0.3', '10.0.0.4', '10.0.0.5'].map((data) => `spare.cluster.internal. ${data}`)
  const sizeOf = (...names: (typeof one | typeof two | typeof three)[]) => mentioned(Infinity, ...names).size
  const [whole, both] = [sizeOf(one), sizeOf(one, two)]
  t.same(mentioned(Infinity, one, two).said, [...first, ...second])
  t.same(mentioned(size + both, one, two).said, [...first, ...second], 'just enough')
  t.same(mentioned(size + both - 1, one, two), { size: whole, said: first }, 'a byte too little')
  t.same(mentioned(size + whole - 1, one, two), { size: 0, said: [] })
  t.same(mentioned(0, one, two), { size: 0, said: [] })
  const later = mentioned(size + sizeOf(one, three), one, two, three)
  t.same(later.said, [...first, 'c.cluster.internal. 10.0.0.6'], 'a later name that has room')
})

t.test('a name that had no room leaves nothing behind that later names point to', async (t) => {
  const read = asked('cluster.internal', 'NS')
  const answer: Answer = { ...answerOf(0), records: [{ type: 'NS', target: 'ns.cluster.internal' }] }
  const many = { name: 'x.other', addresses: Array.from({ length: 9 }, (_, i) => address(i + 1)) }
  const few = { name: 'y.other', addresses: [address(77)] }
  const limit = mentioningReply(read, answer, HEADER, [few], Infinity).length
  const { additionals } = decode(mentioningReply(read, answer, HEADER, [many, few], limit))
  t.match(additionals, [{ name: 'y.other.', ttl: 60, data: '10.0.0.77' }])
})

t.test('the reply as it is sent has an OPT record where the request had one', async (t) => {
  const without = asked('n1', 'A')
  const plain = answerReply(without, answerOf(1), HEADER, new Denials())
  t.ok(finished(plain, without, 512, 0).equals(plain))
  t.equal(optSize(without, undefined), 0)
  const read = asked('n1', 'A', { opt: opt(4096, { flags: 0x8000 }) })
  const reply = finished(plain, read, 1232, 0x10)
  t.match(decode(reply), { answers: [{ data: '10.0.0.1' }], additionals: [{ type: 41, class: 1232 }] })
  t.same(reply.subarray(0, 10), plain.subarray(0, 10))
  const record = opt(1232, { flags: 0x8000 })
  record[5] = 1
  t.same(reply.subarray(plain.length), record, 'with the code above 15 and the DO bit')
  t.equal(optSize(read, undefined), 11)
})

t.test('a cookie is in the OPT record, which takes the room that was said', async (t) => {
  const read = asked('n1', 'A', { opt: opt() })
  const plain = plainReply(read, HEADER)
  const cookie = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex')
  const reply = finished(plain, read, 512, 0, cookie)
  const options = Buffer.concat([Buffer.of(0, 10, 0, 16), cookie])
  t.same(reply.subarray(plain.length), opt(1232, { options }))
  t.equal(optSize(read, cookie), reply.length - plain.length)
})

t.test('the OPT record is counted with the names that are mentioned', async (t) => {
  const read = asked('cluster.internal', 'NS', { opt: opt() })
  const answer: Answer = { ...answerOf(0), records: [{ type: 'NS', target: 'n1.cluster.internal' }] }
  const mentioned = [{ name: 'n1.cluster.internal', addresses: [address(1), address(2)] }]
  const plain = mentioningReply(read, answer, HEADER, mentioned, 512)
  t.same(
    decode(finished(plain, read, 512, 0)).additionals.map(({ type }) => type),
    [1, 1, 41],
  )
})

t.test('a reply that is too long is cut to its question, and says so', async (t) => {
  const denials = new Denials()
  for (const record of [undefined, opt()]) {
    const read = asked('N1.cluster', 'A', record && { opt: record })
    const plain = answerReply(read, answerOf(20), HEADER, denials)
    const before = Buffer.from(plain)
    const whole = plain.length + optSize(read, undefined)
    t.match(decode(finished(plain, read, whole, 0)), { tc: false, answers: { length: 20 } }, 'it just fits')
    const cut = finished(plain, read, whole - 1, 0)
    t.equal(cut.length, read.questionEnd + optSize(read, undefined))
    t.match(decode(cut), {
      aa: true,
      tc: true,
      questions: [{ name: 'N1.cluster.' }],
      answers: { length: 0 },
      additionals: { length: record === undefined ? 0 : 1 },
    })
    t.ok(plain.equals(before), 'the plain reply can be finished for another asker')
  }
  const read = asked('nowhere.cluster.internal', 'A')
  const denied = answerReply(read, nothing('cluster.internal', 1), HEADER, denials)
  t.match(decode(finished(denied, read, denied.length - 1, 0)), { tc: true, authorities: { length: 0 } })
})
