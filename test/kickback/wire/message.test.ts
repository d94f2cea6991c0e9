import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  checkFields,
  decodeMessage,
  encodeFrame,
  encodeFramePieces,
  MessageError,
  REQUEST_VALUES_MAX,
} from '../../../src/kickback/wire/message.ts'
import { DEPTH_MAX } from '../../../src/kickback/wire/plain.ts'
import { MESSAGES, type MessageField } from '../../../src/kickback/wire/protocol.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const decoded = (body: Buffer): unknown => decodeMessage(body, REQUEST_VALUES_MAX)

t.test('a message is a plain map of msgpack in its frame', async (t) => {
  const frame = encodeFrame({ id: 1, op: 6 })
  t.equal(frame.toString('hex'), bytes('0000 0009 82 a2 6964 01 a2 6f70 06').toString('hex'))
})

t.test('fields that are undefined are left out, within maps too', async (t) => {
  t.same(decoded(encodeFrame({ id: 1, cursor: { position: 3, other: undefined }, none: undefined }).subarray(4)), {
    id: 1,
    cursor: { position: 3 },
  })
})

t.test('integers up to 2^53 go as 64-bit integers and come back as numbers', async (t) => {
  for (const value of [
    0,
    127,
    128,
    65536,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 40 + 3,
    Number.MAX_SAFE_INTEGER,
    -1,
    -(2 ** 40),
  ]) {
    const body = encodeFrame({ value }).subarray(4)
    t.notOk([0xca, 0xcb].includes(body[7] ?? 0), `${value} is no float`)
    t.same(decoded(body), { value })
  }
})

t.test('whatever is encoded is decoded as it was', async () => {
  const value: fc.Arbitrary<unknown> = fc.oneof(
    fc.string(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.uint8Array().map((raw) => Buffer.from(raw)),
    fc.array(fc.nat()),
  )
  const name = fc.string({ unit: 'grapheme-ascii' }).filter((key) => key !== '__proto__')
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (fields) => {
      return isDeepStrictEqual(decoded(encodeFrame(fields).subarray(4)), { ...fields })
    }),
    { numRuns: 300 },
  )
})

t.test('a frame in pieces is the frame, and its large bytes are not copied', async (t) => {
  const data = Buffer.alloc(100_000, 5)
  const pieces = encodeFramePieces({ id: 1, status: 1, data, none: undefined, size: 2 ** 40 })
  t.equal(pieces[1]?.buffer, data.buffer)
  const frame = Buffer.concat(pieces)
  t.equal(frame.readUInt32BE(), frame.length - 4)
  t.same(decoded(frame.subarray(4)), { id: 1, status: 1, data, size: 2 ** 40 })
  t.same(encodeFramePieces({ id: 1, data: Buffer.of(1) }), [encodeFrame({ id: 1, data: Buffer.of(1) })])
})

t.test('frames do not share the memory of others', async (t) => {
  const first = encodeFrame({ id: 1, text: 'x'.repeat(5000) })
  const copy = Buffer.from(first)
  encodeFrame({ id: 2, text: 'y'.repeat(200_000) })
  encodeFrame({ id: 3, text: 'z'.repeat(5000) })
  t.same(first, copy)
  t.equal(first.buffer.byteLength, first.length)
})

t.test("no native code of msgpackr's is in the process", async (t) => {
  t.notMatch(readFileSync('/proc/self/maps', 'latin1'), /msgpackr-extract/)
})

const HOSTILE: readonly (readonly [title: string, body: Buffer])[] = [
  ['an extension', bytes('81 a1 61 d4 00 00')],
  ['a definition of records', bytes('d4 72 40 91 a1 61 01')],
  ['a 16-byte extension that is cut short', bytes('81 a1 61 d8 70 00')],
  ['a long extension', bytes('81 a1 61 c9 00 00 00 01 62 00')],
  ['the byte that is never used', bytes('81 a1 61 c1')],
  ['an array that claims 4 billion values', bytes('81 a1 61 dd ff ff ff ff')],
  ['a map that claims 65535 fields', bytes('de ff ff')],
  ['bytes that claim 4 GiB', bytes('81 a1 61 c6 ff ff ff ff')],
  ['a string that is cut short', bytes('81 a1 61 a5 61')],
  ['a number that is cut short', bytes('81 a1 61 cf 00')],
  ['more after the map', bytes('80 80')],
  ['an array', bytes('91 01')],
  ['a number', bytes('01')],
  ['nil', bytes('c0')],
  ['nothing', bytes('')],
  ['deep nesting', Buffer.concat([bytes('81 a1 61'), Buffer.alloc(60000, 0x91), bytes('01')])],
  ['many values', Buffer.concat([bytes('81 a1 61 dc 80 00'), Buffer.alloc(32768, 1)])],
]

for (const [title, body] of HOSTILE) {
  t.test(`${title} is refused, not decoded`, async (t) => {
    t.throws(() => decoded(body), MessageError)
  })
}

t.test(`maps and arrays may stand ${DEPTH_MAX} deep in each other`, async (t) => {
  const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x91), bytes('01')])
  t.doesNotThrow(() => decoded(Buffer.concat([bytes('81 a1 61'), nested(DEPTH_MAX - 1)])))
  t.throws(() => decoded(Buffer.concat([bytes('81 a1 61'), nested(DEPTH_MAX)])), MessageError)
})

t.test('any bytes are a message or a MessageError, and nothing else', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (raw) => {
      try {
        decoded(Buffer.from(raw))
        return true
      } catch (error) {
        return error instanceof MessageError
      }
    }),
    { numRuns: 5000 },
  )
})

t.test('a message with one byte changed is a message or a MessageError', async (t) => {
  const good = encodeFrame({ id: 7, op: 2, db: 'passwd', cursor: { generation: 2 ** 33, position: 12 } }).subarray(4)
  for (let at = 0; at < good.length; at++) {
    for (let value = 0; value < 256; value++) {
      const changed = Buffer.from(good)
      changed[at] = value
      try {
        decoded(changed)
      } catch (error) {
        if (!(error instanceof MessageError)) t.fail(`byte ${at} as ${value}: ${error}`)
      }
    }
  }
})

t.test('a field named __proto__ changes no prototype', async (t) => {
  const message = decodeMessage(bytes('81 a9 5f5f70726f746f5f5f 81 a1 61 01'), 10)
  t.equal(Object.getPrototypeOf(message), Object.prototype)
  t.equal((message as { a?: unknown }).a, undefined)
})

t.test('a field that must be there and is not, or is of another type, is named', async (t) => {
  const table = MESSAGES.LOOKUP.request
  t.same(checkFields({ db: 'hosts', key: 'n1', extra: [1] }, table), { db: 'hosts', key: 'n1', extra: [1] })
  t.throws(() => checkFields({ key: 'n1' }, table), { message: 'db is missing' })
  t.throws(() => checkFields({ db: 3, key: 'n1' }, table), { message: 'db is not of type str' })
  t.throws(() => checkFields({ db: 'hosts', key: null }, table), { message: 'key is not of type key' })
  t.throws(() => checkFields(Object.create({ db: 'hosts', key: 'n1' }), table), { message: 'db is missing' })
})

t.test('each type of field takes what it says and nothing else', async (t) => {
  const buffer = Buffer.from('x')
  const cases: { readonly [T in MessageField['type']]: readonly [good: unknown[], bad: unknown[]] } = {
    uint: [
      [0, 2 ** 53 - 1],
      [-1, 0.5, 2 ** 53, '1', null],
    ],
    int: [
      [-2, 5],
      [0.5, '1', true],
    ],
    str: [
      ['', 'a'],
      [1, buffer],
    ],
    bin: [[buffer], ['a', [1]]],
    bool: [
      [true, false],
      [0, 'true'],
    ],
    name: [
      ['a', buffer],
      [1, null],
    ],
    key: [
      ['a', 0, buffer],
      [-1, [1], null],
    ],
    cursor: [[{ generation: 1, position: 0 }], [{ generation: 1 }, { generation: -1, position: 0 }, [], 1]],
    map: [[{}], [[], buffer, null, 1]],
    'uint[]': [
      [[], [1, 2]],
      [[-1], ['a'], 1, { length: 0 }],
    ],
    'bin[]': [
      [[], [buffer]],
      [['a'], buffer],
    ],
    'map[]': [
      [[], [{}, { a: 1 }]],
      [[[]], ['a'], {}, [null]],
    ],
  }
  for (const [type, [good, bad]] of Object.entries(cases)) {
    const table = [{ name: 'it', type: type as MessageField['type'], optional: false, doc: '' }]
    for (const it of good) t.doesNotThrow(() => checkFields({ it }, table), `${type} takes ${JSON.stringify(it)}`)
    for (const it of bad)
      t.throws(() => checkFields({ it }, table), MessageError, `${type} refuses ${JSON.stringify(it)}`)
  }
})
