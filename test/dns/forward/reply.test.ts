import t from 'tap'
import { clientReply, readReply } from '../../../src/dns/forward/reply.ts'
import { isReplyTo } from '../../../src/dns/forward/upstream.ts'
import { isFault, readQuery } from '../../../src/dns/wire/query.ts'
import { numbers } from '../../numbers.ts'
import { opt, query } from '../client.ts'
import { decode } from '../decode.ts'
import { answering } from '../fake-server.ts'
import { mutated } from '../mutate.ts'

const needsOf = (request: Buffer, limit = 1232) => {
  const read = readQuery(request)
  if (read === undefined || isFault(read)) throw new Error('no query')
  return { query: read, limit, cookie: undefined, exists: false }
}
const REQUEST = query('www.Example.org', 'A', { id: 77, opt: opt() })
/** An address record of the name that was asked for. */
const RECORD = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9])

t.test('the OPT record of a server goes no further, wherever it stands', async (t) => {
  const additionals = (...additional: Buffer[]) => {
    const reply = clientReply(answering(REQUEST, { additional }), needsOf(REQUEST))
    return reply && decode(reply).additionals.map(({ type }) => type)
  }
  t.same(additionals(), [41], 'ours')
  t.same(additionals(opt(4096)), [41])
  t.same(additionals(RECORD, opt(4096)), [1, 41])
  t.same(additionals(opt(4096), RECORD), [41], 'what follows it may point over it, and is left out')
})

t.test('a reply that is exactly as long as the client takes is whole', async (t) => {
  const upstream = answering(REQUEST)
  const size = upstream.length + 11
  t.equal(clientReply(upstream, needsOf(REQUEST, size))?.length, size)
  const cut = clientReply(upstream, needsOf(REQUEST, size - 1))
  t.match(cut && decode(cut), { tc: true, answers: [], questions: [{ name: 'www.Example.org.' }] })
})

t.test('codes above 15 are told in our OPT record', async (t) => {
  const reply = clientReply(
    answering(REQUEST, { additional: [Buffer.from([0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0])] }),
    needsOf(REQUEST),
  )
  t.equal(reply?.[reply.length - 6], 1)
})

t.test('whatever comes, the client gets a reply to its question that fits, or none', async (t) => {
  const next = numbers(11)
  const good = [answering(REQUEST, { additional: [opt(4096)] }), answering(REQUEST, { additional: [RECORD, opt()] })]
  let told = 0
  for (let i = 0; i < 30_000; i++) {
    const request = i % 2 === 0 ? REQUEST : query('www.Example.org', 'A', { id: 9 })
    const message = Buffer.from(mutated(good[i % good.length] ?? REQUEST, next))
    const limit = 12 + 21 + next(200) + 11
    isReplyTo(message, request)
    if (!isReplyTo(Buffer.concat([request.subarray(0, 2), message.subarray(2)]), request)) continue
    const read = readReply(message)
    const reply = clientReply(message, needsOf(request, limit))
    if (read === undefined && reply !== undefined) t.fail('what can not be read was passed on')
    if (reply === undefined) continue
    told++
    const fits = reply.length <= limit && reply.readUInt16BE(0) === request.readUInt16BE(0)
    const isAsked = reply.subarray(12, 33).equals(request.subarray(12, 33))
    if (!fits || !isAsked || reply.readUInt16BE(4) !== 1) t.fail(reply.toString('hex'))
  }
  t.ok(told > 1000, `${told} were told`)
})
