import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { ADDRESS, HOST_KINDS, MASTERS, PATTERN, PLAIN_WIDTH, RANGE, RANGE_KINDS } from '../../../src/resolver/format.ts'
import { decodeMasters, decodePattern, decodeRange } from '../../../src/resolver/records/decode.ts'
import {
  alone,
  lengthOf,
  RecordRoom,
  RecordWriter,
  writeMasters,
  writePattern,
  writeRange,
} from '../../../src/resolver/records/encode.ts'
import type { PatternEntry } from '../../../src/resolver/records/entries.ts'
import { ip } from '../../addresses.ts'
import { publicContents } from '../contents.ts'
import { THING } from './thing.ts'

t.test('a record is its fixed part, the words and addresses in order, the strings, then zeros', async (t) => {
  const room = new RecordRoom()
  const writer = new RecordWriter(THING, 4 + ADDRESS.size, 'ab\0\0c\0'.length, room)
  // In any order: fields have places of their own, words and strings follow each other.
  t.equal(writer.string('a\xe9'), 0)
  writer.raw('raw', Uint8Array.of(9, 8, 7, 6))
  writer.word(0x01020304)
  writer.i32('signed', -2)
  t.equal(writer.string(''), 3)
  writer.u8('small', 0xfe)
  writer.address(ip('10.1.2.3'))
  writer.u16('narrow', 0xfffe)
  t.equal(writer.string('c'), 4)
  t.equal(writer.stringsSize, 6)
  writer.u32('wide', 0xfffffffe)
  const expected = [
    [56, 0, 0, 0],
    [0xfe, 0xff, 0xff, 0xff],
    [0xfe, 0xff, 0xfe, 0],
    [0xfe, 0xff, 0xff, 0xff],
    [9, 8, 7, 6],
    [4, 3, 2, 1],
    [2, 0, 0, 0, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x61, 0xe9, 0, 0, 0x63, 0],
    [0, 0, 0, 0, 0, 0],
  ]
  t.same([...room.bytes], expected.flat())
})

t.test('what is not written is 0, whatever the memory held before', async (t) => {
  const { allocUnsafe } = Buffer
  t.teardown(() => void Object.assign(Buffer, { allocUnsafe }))
  Object.assign(Buffer, { allocUnsafe: (size: number) => Buffer.alloc(size, 0xff) })
  const room = new RecordRoom()
  for (let i = 0; i < 3; i++) new RecordWriter(THING, 1, 0, room)
  const record = [24, ...Array(23).fill(0)]
  t.same([...room.bytes], [...record, ...record, ...record])
})

t.test(
  'records side by side are those that each is alone, however many there are, and short strings as long ones',
  async () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', '\xe9', '\0'), maxLength: 60 }), { maxLength: 40 })
    const write = (text: string, room: RecordRoom): void => {
      const writer = new RecordWriter(THING, 4, text.length + 1, room)
      writer.u32('wide', text.length)
      writer.word(writer.string(text))
    }
    const many = Array.from({ length: 5000 }, (_, i) => 'x'.repeat(i % 50))
    fc.assert(
      fc.property(texts, (all) => {
        const room = new RecordRoom()
        for (const text of all) write(text, room)
        return room.length === room.bytes.length && room.bytes.equals(Buffer.concat(all.map(alone(write))))
      }),
      { examples: [[many]] },
    )
  },
)

t.test('a word is written as it is, negative ones too', async (t) => {
  const room = new RecordRoom()
  const writer = new RecordWriter(THING, 12, 0, room)
  for (const word of [-1, -2147483648, 0xffffffff]) writer.word(word)
  const words = room.bytes.subarray(THING.size)
  t.same([words.readInt32LE(0), words.readInt32LE(4), words.readUInt32LE(8)], [-1, -2147483648, 0xffffffff])
})

t.test('a number that its field has no room for is refused, and which one is said', async (t) => {
  const writer = new RecordWriter(THING, 0, 0, new RecordRoom())
  t.throws(() => writer.u16('narrow', 0x10000), { name: 'RangeError', message: /thing record .* 65536 in narrow/ })
  t.throws(() => writer.u16('narrow', -1), RangeError)
  for (const wrong of [-1, 0x100]) t.throws(() => writer.u8('small', wrong), RangeError)
  for (const wrong of [-1, 2 ** 32]) t.throws(() => writer.u32('wide', wrong), RangeError)
  for (const wrong of [-(2 ** 31) - 1, 2 ** 31]) t.throws(() => writer.i32('signed', wrong), RangeError)
})

t.test('the length of strings is that of their bytes and of a NUL after each', async (t) => {
  t.equal(lengthOf([]), 0)
  t.equal(lengthOf(['']), 1)
  t.equal(lengthOf(['ab', '', '\xe9']), 'ab\0\0\xe9\0'.length)
})

const [patternOf, rangeOf, mastersOf] = [alone(writePattern), alone(writeRange), alone(writeMasters)]

const bay: PatternEntry = {
  kind: HOST_KINDS.COMPANION,
  prefix: 'bmc',
  suffix: '.lan',
  targetPrefix: 'n',
  targetSuffix: '-ipmi',
  targetWidth: PLAIN_WIDTH,
  targetShift: -3,
  numberShift: 7,
}

t.test('a pattern is its numbers and four strings', async (t) => {
  const record = Buffer.from(patternOf(bay))
  t.equal(record.toString('latin1', PATTERN.size).replace(/\0+$/, ''), 'bmc\0.lan\0n\0-ipmi')
  t.equal(record.readInt32LE(PATTERN.at.target_shift), -3)
  t.equal(record[PATTERN.at.target_width], 255)
  t.same(decodePattern(record), bay)
  t.throws(() => patternOf({ ...bay, suffix: 'x'.repeat(0x10000) }), RangeError)
  t.throws(() => patternOf({ ...bay, targetWidth: 256 }), RangeError)
})

t.test('a range is of the family of its first address, and shorter ones are filled up', async (t) => {
  const four = { kind: RANGE_KINDS.NODES, first: ip('10.0.0.1'), last: ip('10.0.0.9'), name: 'rack\xe9' }
  const record = Buffer.from(rangeOf(four))
  t.same([...record.subarray(RANGE.at.last, RANGE.at.last + 16)], [10, 0, 0, 9, ...Array(12).fill(0)])
  t.same(decodeRange(record), four)
  const six = { ...four, first: ip('fd00::1'), last: ip('fd00::ffff'), name: '' }
  t.same(decodeRange(rangeOf(six)), six)
})

t.test('the masters of nodes are their ranges, then their addresses, as many as a record can count', async (t) => {
  const entry = { ranges: [{ first: -1, last: 7 }], addresses: [ip('10.0.0.1'), ip('fd00::1')] }
  t.equal(mastersOf(entry).length, MASTERS.size + 8 + 2 * ADDRESS.size)
  t.same(decodeMasters(mastersOf(entry)), entry)
  const range = { first: 1, last: 1 }
  const many = (count: number) => mastersOf({ ranges: Array(count).fill(range), addresses: [] })
  t.equal(decodeMasters(many(0xffff)).ranges.length, 0xffff)
  t.throws(() => many(0x10000), RangeError)
})

t.test('what no database has comes back from its records as it went in', async () => {
  fc.assert(
    fc.property(publicContents, ({ patterns, ranges, masterorder }) => {
      const read = {
        patterns: patterns.map(patternOf).map(decodePattern),
        ranges: ranges.map(rangeOf).map(decodeRange),
        masterorder: masterorder.map(mastersOf).map(decodeMasters),
      }
      return isDeepStrictEqual(read, { patterns, ranges, masterorder })
    }),
  )
})
