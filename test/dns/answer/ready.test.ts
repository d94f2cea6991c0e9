import t from 'tap'
import { ReadyAnswers, type ReadyTable } from '../../../src/dns/answer/ready.ts'
import { finished } from '../../../src/dns/answer/reply.ts'
import { NativeReady } from '../../../src/dns/batch/native-ready.ts'
import { udpLimit } from '../../../src/dns/wire/edns.ts'
import { isFault, readQuery } from '../../../src/dns/wire/query.ts'
import { numbers } from '../../numbers.ts'
import { nativePackets } from '../batch/native.ts'
import { opt, query } from '../client.ts'
import { decode } from '../decode.ts'
import { mutated } from '../mutate.ts'

const NAME = 'n1.cluster.internal'
const QUESTION = query(NAME, 'A')
const AUTHORITATIVE = 0x8400

/** A plain reply to the question of a name: one record that points to the name, with so much data. */
function plain(name: string, data = Buffer.of(10, 0, 0, 1), type: Parameters<typeof query>[1] = 'A'): Buffer {
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255])
  const reply = Buffer.concat([query(name, type, { id: 0, flags: AUTHORITATIVE }), record, data])
  reply.writeUInt16BE(1, 6)
  return reply
}

/** A plain reply to the question of a name, of so many bytes. */
function plainOf(size: number, name = NAME): Buffer {
  return plain(name, Buffer.alloc(size - plain(name, Buffer.alloc(0)).length, 0xab))
}

/** The tables that there are. */
const TABLES: readonly [string, () => ReadyTable][] = [
  ['in TypeScript', () => new ReadyAnswers()],
  ['in C', () => new NativeReady(nativePackets())],
]

/** Ready answers of a kind with these replies. */
function filled(ready: ReadyTable, replies: readonly Buffer[]): ReadyTable {
  for (const reply of replies) ready.keep(reply, false, 0)
  return ready
}

/** The addresses that are ready for a question. */
function addresses(ready: ReadyTable, request: Buffer): string[] | undefined {
  const reply = ready.reply(request)
  return reply && decode(reply).answers.map(({ data }) => data)
}

/** A request with one byte changed. */
function changed(request: Buffer, at: number, value: number): Buffer {
  const bytes = Buffer.from(request)
  bytes[at] = value
  return bytes
}

for (const [where, make] of TABLES) {
  const holding = (...replies: readonly Buffer[]) => filled(make(), replies)

  t.test(
    `each asker gets the kept answer under an id, a letter case and a recursion bit of its own (${where})`,
    async (t) => {
      const ready = holding(plain('N1.Cluster.internal'))
      const asked = (name: string, id: number, flags: number) => {
        const reply = ready.reply(query(name, 'A', { id, flags }))
        return reply && decode(reply)
      }
      const answers = (name: string) => [{ name, type: 1, class: 1, ttl: 60, data: '10.0.0.1' }]
      const common = { qr: true, aa: true, tc: false, ra: false, rcode: 0, authorities: [], additionals: [] }
      t.match(asked('n1.cluster.internal', 0xfedc, 0x0100), {
        ...common,
        id: 0xfedc,
        rd: true,
        questions: [{ name: 'n1.cluster.internal.', type: 1, class: 1 }],
        answers: answers('n1.cluster.internal.'),
      })
      t.match(asked('n1.cLUSTER.INTERNAL', 1, 0), {
        ...common,
        id: 1,
        rd: false,
        questions: [{ name: 'n1.cLUSTER.INTERNAL.', type: 1, class: 1 }],
        answers: answers('n1.cLUSTER.INTERNAL.'),
      })
    },
  )

  t.test(`a recursion bit of the reply that was kept is not told to the next asker (${where})`, async (t) => {
    const reply = plain(NAME)
    const ready = holding(changed(reply, 2, (reply[2] ?? 0) | 1))
    t.equal(ready.reply(query(NAME, 'A', { flags: 0 }))?.[2], AUTHORITATIVE >> 8)
  })

  t.test(`only ASCII letters have two cases (${where})`, async (t) => {
    const ready = holding(plain('a@z[`{.\xc0'))
    t.same(addresses(ready, query('A@Z[`{.\xc0', 'A')), ['10.0.0.1'])
    for (const other of ['a`z[`{.\xc0', 'a@z{`{.\xc0', 'a@z[@{.\xc0', 'a@z[`{.\xe0']) {
      t.equal(ready.reply(query(other, 'A')), undefined, other)
    }
  })

  t.test(`the reply has an OPT record where the request has one, with its DO bit (${where})`, async (t) => {
    const ready = holding(plain(NAME))
    const record = (flags: number) => {
      const reply = ready.reply(query(NAME, 'A', { opt: opt(4096, { flags }) }))
      return reply && { count: decode(reply).additionals.length, bytes: reply.subarray(-11) }
    }
    t.same(record(0), { count: 1, bytes: opt(1232) })
    t.same(record(0x8000), { count: 1, bytes: opt(1232, { flags: 0x8000 }) })
    t.same(record(0x7fff), { count: 1, bytes: opt(1232) }, 'bits that mean nothing to us are not repeated')
  })

  t.test(`a reply that is longer than its asker takes is not given (${where})`, async (t) => {
    const fits = (size: number, record?: Buffer) =>
      holding(plainOf(size)).reply(query(NAME, 'A', record && { opt: record }))?.length
    t.equal(fits(512), 512)
    t.equal(fits(513), undefined)
    t.equal(fits(789, opt(800)), 800, 'the OPT record counts')
    t.equal(fits(790, opt(800)), undefined)
    t.equal(fits(501, opt(0)), 512, 'a size below 512 means 512')
    t.equal(fits(502, opt(0)), undefined)
    t.equal(fits(1221, opt(65_535)), 1232, 'no reply is longer than 1232 bytes')
    t.equal(fits(1222, opt(65_535)), undefined)
  })

  t.test(`a request that is more or less than a plain question has no ready answer (${where})`, async (t) => {
    const ready = holding(plain(NAME))
    const withOpt = query(NAME, 'A', { opt: opt() })
    const at = QUESTION.length
    const strange: Record<string, Buffer> = {
      'a reply': changed(QUESTION, 2, 0x80),
      'a notification': changed(QUESTION, 2, 0x20),
      'no question': changed(QUESTION, 5, 0),
      'two questions': changed(QUESTION, 5, 2),
      '257 questions': changed(QUESTION, 4, 1),
      'an answer': changed(QUESTION, 7, 1),
      '256 answers': changed(QUESTION, 6, 1),
      'an authority record': changed(QUESTION, 9, 1),
      '256 authority records': changed(QUESTION, 8, 1),
      'a record that is missing': changed(QUESTION, 11, 1),
      'a record that is not counted': changed(withOpt, 11, 0),
      'two additional records': changed(withOpt, 11, 2),
      '257 additional records': changed(withOpt, 10, 1),
      'a byte more': Buffer.concat([QUESTION, Buffer.alloc(1)]),
      'a byte more behind OPT': Buffer.concat([withOpt, Buffer.alloc(1)]),
      'an OPT record with a name': changed(withOpt, at, 1),
      'a record of another type': changed(withOpt, at + 2, 250),
      'a record of a type above 255': changed(withOpt, at + 1, 1),
      'another version of EDNS': query(NAME, 'A', { opt: opt(1232, { version: 1 }) }),
      'a cookie': query(NAME, 'A', { opt: opt(1232, { options: Buffer.from('000a00080102030405060708', 'hex') }) }),
      'options that are missing': changed(withOpt, at + 10, 4),
      'another class': query(NAME, 'A', { class: 3 }),
      'a class above 255': query(NAME, 'A', { class: 257 }),
      'another type': query(NAME, 'AAAA'),
      'a name below': query(`x.${NAME}`, 'A'),
      'a name above': query('cluster.internal', 'A'),
      'the root': query('', 'A'),
    }
    t.ok(ready.reply(QUESTION), 'control')
    t.ok(ready.reply(withOpt), 'control with OPT')
    for (const [what, request] of Object.entries(strange)) t.equal(ready.reply(request), undefined, what)
    for (let end = 0; end < withOpt.length; end++) {
      t.equal(ready.reply(withOpt.subarray(0, end)), undefined, `the first ${end} bytes`)
    }
  })

  t.test(`whatever the bytes, a ready reply is the one that would be written anew (${where})`, async (t) => {
    const names = [NAME, 'N2.Cluster.Internal', 'x']
    const ready = holding(...names.map((name) => plain(name)), plainOf(505, 'long'), plainOf(900, 'longer'))
    const good = [...names, 'long', 'longer'].flatMap((name) => [
      query(name, 'A', { id: 7 }),
      query(name, 'A', { opt: opt(1000, { flags: 0x8000 }) }),
    ])
    const tailOf = (labels: readonly string[]) => {
      const sizes: Record<string, number> = { long: 505, longer: 900 }
      const name = labels.join('.')
      const reply = sizes[name] === undefined ? plain(name) : plainOf(sizes[name], name)
      return reply.subarray(query(name, 'A').length)
    }
    const next = numbers(23)
    let given = 0
    for (let i = 0; i < 60_000; i++) {
      const request = Buffer.from(mutated(good[i % good.length] ?? QUESTION, next))
      const reply = ready.reply(request)
      if (reply === undefined) continue
      given++
      const read = readQuery(request)
      if (read === undefined || isFault(read)) throw new Error(`an answer to ${request.toString('hex')}`)
      const anew = Buffer.concat([request.subarray(0, read.questionEnd), tailOf(read.labels)])
      anew.set([(AUTHORITATIVE >> 8) | ((request[2] ?? 0) & 1), 0, 0, 1, 0, 1, 0, 0, 0, 0], 2)
      if (!finished(anew, read, udpLimit(read.edns), 0).equals(reply)) t.fail(`another to ${request.toString('hex')}`)
    }
    t.ok(given > 500, `${given} replies`)
  })

  t.test(`questions with one hash have each their own answer (${where})`, async (t) => {
    // FNV-1a of 32 bits gives these two names one number; of a type it takes the lower byte alone.
    const ready = holding(plain('n162789', Buffer.of(10, 0, 0, 1)))
    t.equal(ready.reply(query('n379192', 'A')), undefined)
    t.equal(ready.reply(query('n162789', 257)), undefined)
    ready.keep(plain('n379192', Buffer.of(10, 0, 0, 2)), false, 0)
    ready.keep(plain('n162789', Buffer.of(10, 0, 0, 3), 257), false, 0)
    t.equal(ready.count, 3)
    t.same(addresses(ready, query('n162789', 'A')), ['10.0.0.1'])
    t.same(addresses(ready, query('n379192', 'A')), ['10.0.0.2'])
    t.same(addresses(ready, query('n162789', 257)), ['10.0.0.3'])
  })

  t.test(`an answer is kept once, whatever the letter case of its question (${where})`, async (t) => {
    const ready = holding(plain('n1', Buffer.of(10, 0, 0, 1)), plain('N1', Buffer.of(10, 0, 0, 2)))
    t.equal(ready.count, 1)
    t.same(addresses(ready, query('n1', 'A')), ['10.0.0.1'])
  })

  t.test(`what holds no question of class IN is not kept (${where})`, async (t) => {
    const reply = plain(NAME)
    const ready = holding(
      Buffer.alloc(0),
      reply.subarray(0, 12),
      reply.subarray(0, QUESTION.length - 1),
      changed(reply, 12, 64),
      changed(reply, QUESTION.length - 1, 3),
    )
    t.equal(ready.count, 0)
  })

  t.test(`the longest name has a ready answer (${where})`, async (t) => {
    const label = 'x'.repeat(63)
    const longest = [label, label, label, 'y'.repeat(61)].join('.')
    t.same(addresses(holding(plain(longest)), query(longest, 'A')), ['10.0.0.1'])
  })

  t.test(
    `the serial of a SOA record is the one of now, and no other byte of a reply changes with it (${where})`,
    async (t) => {
      const soa = Buffer.concat([Buffer.alloc(30, 7), Buffer.of(0xde, 0xad, 0xbe, 0xef), Buffer.alloc(16, 9)])
      const [lasting, passing, without] = [plain('n1', soa), plain('n2', soa), plain('n3', soa)]
      const ready = make()
      ready.keep(lasting, false, lasting.length - 20)
      ready.keep(passing, true, passing.length - 20)
      ready.keep(without, false, 0)
      for (const serial of [0, 1, 0x01020304, 0xffffffff]) {
        ready.renumber(serial)
        for (const withOpt of [false, true]) {
          for (const [name, whole] of [
            ['n1', lasting],
            ['n2', passing],
          ] as const) {
            const reply = ready.reply(query(name, 'A', withOpt ? { opt: opt() } : {})) ?? Buffer.alloc(0)
            const at = whole.length - 20
            t.equal(reply.readUInt32BE(at), serial)
            t.same(
              [reply.subarray(12, at), reply.subarray(at + 4, whole.length)],
              [whole.subarray(12, at), whole.subarray(at + 4)],
            )
          }
          const other = ready.reply(query('n3', 'A', withOpt ? { opt: opt() } : {}))
          t.same(other?.subarray(12, without.length), without.subarray(12))
        }
      }
    },
  )

  t.test(`a reply whose serial would stand in its question or beyond its end is not kept (${where})`, async (t) => {
    const whole = plain(NAME)
    const ready = make()
    for (const at of [1, 12, QUESTION.length - 1, whole.length - 3, whole.length, 65_536, 2 ** 31]) {
      ready.keep(whole, false, at)
      ready.keep(whole, true, at)
    }
    t.equal(ready.reply(QUESTION), undefined)
    ready.keep(whole, false, whole.length - 4)
    t.not(ready.reply(QUESTION), undefined)
  })

  t.test(`ready answers share no bytes with what was kept or given (${where})`, async (t) => {
    const kept = plain(NAME)
    const ready = holding(kept)
    kept.fill(0xff)
    ready.reply(QUESTION)?.fill(0xff)
    t.same(addresses(ready, QUESTION), ['10.0.0.1'])
  })

  t.test(`thousands of answers that fill several slabs are all found whole (${where})`, async (t) => {
    const ready = make()
    const dataOf = (i: number) => Buffer.alloc(1000 + (i % 150), `${i},`)
    const count = 3000
    for (let i = 0; i < count; i++) ready.keep(plain(`n${i}`, dataOf(i)), false, 0)
    t.equal(ready.count, count)
    const lost = Array.from({ length: count }, (_, i) => i).filter((i) => {
      const reply = ready.reply(query(`n${i}`, 'A', { opt: opt() }))
      return reply === undefined || !reply.subarray(0, -11).toString('latin1').endsWith(dataOf(i).toString('latin1'))
    })
    t.same(lost, [])
    t.equal(ready.reply(query(`n${count}`, 'A', { opt: opt() })), undefined)
  })

  t.test(`an answer that the rest of a slab has no room for is found whole in the next one (${where})`, async (t) => {
    const before = 8 + 17 * (60_000 + 4)
    const size = plain('edge').length
    for (let room = 0; room <= size + 4; room++) {
      const ready = make()
      for (let i = 0; i < 17; i++) ready.keep(plainOf(60_000, `n${i}`), false, 0)
      ready.keep(plainOf(2 ** 20 - before - 4 - room, 'last'), false, 0)
      ready.keep(plain('edge', Buffer.of(10, 0, 0, 1)), false, 0)
      ready.keep(plain('next', Buffer.of(10, 0, 0, 2)), false, 0)
      const found = [addresses(ready, query('edge', 'A')), addresses(ready, query('next', 'A'))]
      t.same(found, [['10.0.0.1'], ['10.0.0.2']], `${room} bytes are left`)
    }
  })

  t.test(`no more than 64 MiB are kept: then all answers are made anew (${where})`, async (t) => {
    const size = 60_000
    const most = Math.floor(2 ** 26 / size)
    const ready = holding(plain(NAME))
    const counts = Array.from({ length: most + 100 }, (_, i) => {
      ready.keep(plainOf(size, `n${i}`), false, 0)
      return ready.count
    })
    t.ok(Math.max(...counts) <= most, `${Math.max(...counts)} answers`)
    t.ok(Math.max(...counts) > most / 2, 'they are not thrown away early')
    t.ok(ready.count < most / 2)
    t.equal(ready.reply(QUESTION), undefined)
    ready.keep(plain(NAME, Buffer.of(10, 0, 0, 2)), false, 0)
    t.same(addresses(ready, QUESTION), ['10.0.0.2'])
  })
}
