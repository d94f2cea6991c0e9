import t from 'tap'
import { bareReply } from '../../../src/dns/answer/reply.ts'
import { isFault, readQuery } from '../../../src/dns/wire/query.ts'
import { signRequest, TsigSigner, type TsigVerdict, verifyTsig } from '../../../src/dns/wire/tsig.ts'
import { query } from '../client.ts'

const KEY = { name: 'Transfer.Key', secret: Buffer.from('secret') }
const NOW = 1_700_000_000
const signed = signRequest(query('cluster.internal', 'SOA'), KEY, NOW)

function verify(request: Buffer, { now = NOW, keys = [KEY] } = {}): TsigVerdict | undefined {
  const read = readQuery(request)
  if (read === undefined || isFault(read) || read.tsigAt === undefined) return undefined
  return verifyTsig(request, read.tsigAt, keys, now)
}

/** The error field of the TSIG record that ends a reply without other data. */
function errorOf(verdict: TsigVerdict | undefined, other = 0): number | undefined {
  if (verdict === undefined || verdict.proved) return undefined
  const reply = verdict.finish(bareReply(signed, 9))
  return reply.readUInt16BE(reply.length - 4 - other)
}

t.test('what was signed with a known key is proved', async (t) => {
  t.match(verify(signed), { proved: true, key: KEY })
  t.match(verify(signed, { now: NOW + 300 }), { proved: true })
})

t.test('a changed request, another secret, an unknown key, a wrong time are told apart', async (t) => {
  for (let at = 0; at < signed.length; at++) {
    const changed = Buffer.from(signed)
    changed[at] = (changed[at] ?? 0) ^ 1
    // The id may change on the way: the record holds the one that was signed.
    if (at > 1) t.notMatch(verify(changed), { proved: true }, `byte ${at}`)
  }
  t.equal(errorOf(verify(signed, { keys: [{ ...KEY, secret: Buffer.from('other') }] })), 16)
  t.equal(errorOf(verify(signed, { keys: [{ ...KEY, name: 'other.key' }] })), 17)
  t.equal(errorOf(verify(signed, { keys: [] })), 17)
  t.equal(errorOf(verify(signed, { now: NOW + 301 }), 6), 18)
  t.equal(errorOf(verify(signed, { now: NOW - 301 }), 6), 18)
})

t.test('a signature adds as many bytes as it says, and each signs what came before', async (t) => {
  const verdict = verify(signed)
  if (verdict === undefined || !verdict.proved) throw new Error('not proved')
  const plain = bareReply(signed, 0)
  const first = verdict.signer.sign(plain)
  t.equal(first.length, plain.length + verdict.signer.size)
  t.notSame(verdict.signer.sign(plain), first)
  t.same(new TsigSigner(KEY, mac(signed), NOW).sign(plain), first)
})

/** The MAC of a signed request: 32 bytes before id, error and size of nothing. */
function mac(request: Buffer): Buffer {
  return request.subarray(request.length - 38, request.length - 6)
}

t.test('a MAC that is cut short, empty or too long proves nothing', async (t) => {
  const whole = mac(signed)
  for (const size of [0, 1, 10, 16, 31, 33]) {
    const bytes = Buffer.concat([whole, Buffer.alloc(1)]).subarray(0, size)
    const request = withMac(bytes)
    t.equal(errorOf(verify(request)), 16, `${size} bytes`)
  }
  t.match(verify(withMac(whole)), { proved: true })
})

/** The signed request with another MAC. */
function withMac(bytes: Buffer): Buffer {
  const before = Buffer.from(signed.subarray(0, signed.length - 40))
  const size = Buffer.of(0, bytes.length)
  const lengthAt = before.length - 8 - 13 - 2
  before.writeUInt16BE(before.readUInt16BE(lengthAt) - 32 + bytes.length, lengthAt)
  return Buffer.concat([before, size, bytes, signed.subarray(signed.length - 6)])
}

t.test("a key's name may be compressed, and its letters are the same in either case", async (t) => {
  const key = { name: 'transfer.cluster.internal', secret: KEY.secret }
  const whole = signRequest(query('cluster.internal', 'SOA'), key, NOW)
  const at = query('cluster.internal', 'SOA').length
  const nameSize = 'transfer.cluster.internal'.length + 2
  const compressed = (pointer: number) =>
    Buffer.concat([
      whole.subarray(0, at),
      Buffer.from('\x08Transfer', 'latin1'),
      Buffer.of(0xc0 | (pointer >> 8), pointer & 255),
      whole.subarray(at + nameSize),
    ])
  t.match(verify(compressed(12), { keys: [key] }), { proved: true, key })
  for (const pointer of [at, at + 9, 0x3fff, 2]) {
    const verdict = verify(compressed(pointer), { keys: [key] })
    t.notMatch(verdict, { proved: true }, `a pointer to ${pointer}`)
  }
})

/** The signed request with this as the data of its TSIG record. */
function withData(data: Buffer): Buffer {
  const dataAt = signed.length - DATA_SIZE
  const request = Buffer.concat([signed.subarray(0, dataAt), data])
  request.writeUInt16BE(data.length, dataAt - 2)
  return request
}

/** Algorithm, time, fudge, size of the MAC, MAC, id, error, size of nothing. */
const DATA_SIZE = 13 + 6 + 2 + 2 + 32 + 6

t.test('a record that ends before its last field is none, and one with other data is one', async (t) => {
  const data = signed.subarray(-DATA_SIZE)
  t.match(verify(withData(data)), { proved: true })
  for (let size = 0; size < DATA_SIZE; size++)
    t.equal(verify(withData(data.subarray(0, size))), undefined, `${size} bytes`)
  const other = Buffer.concat([data, Buffer.alloc(6)])
  t.equal(verify(withData(other)), undefined, 'more than it says')
  other.writeUInt16BE(6, DATA_SIZE - 2)
  t.equal(errorOf(verify(withData(other))), 16, 'it is read to its end: what it says was not signed')
})
