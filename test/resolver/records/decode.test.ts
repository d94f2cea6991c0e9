import fc from 'fast-check'
import t from 'tap'
import { ADDRESS, familyNumber } from '../../../src/resolver/format.ts'
import { knownOf, RecordReader, SnapshotError } from '../../../src/resolver/records/decode.ts'
import { RecordRoom, RecordWriter } from '../../../src/resolver/records/encode.ts'
import { address } from '../contents.ts'
import { THING } from './thing.ts'

const written = (
  write: (writer: RecordWriter<(typeof THING.fields)[number]['name']>) => void,
  tail = 0,
  strings = 0,
) => {
  const room = new RecordRoom()
  const writer = new RecordWriter<string>(THING, tail, strings, room)
  write(writer)
  return room.bytes
}

t.test('fixed fields come back as they were written, whatever their width', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.nat(0xffff),
      fc.nat(0xff),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (signed, narrow, small, raw) => {
        const record = written((writer) => {
          writer.i32('signed', signed)
          writer.u16('narrow', narrow)
          writer.u8('small', small)
          writer.raw('raw', raw)
        })
        const reader = new RecordReader(THING, record)
        const same = Buffer.from(reader.raw('raw', 4)).equals(raw)
        const numbers = [reader.i32('signed'), reader.u16('narrow'), reader.number('narrow'), reader.u8('small')]
        return same && String(numbers) === String([signed, narrow, narrow, small])
      },
    ),
  )
})

t.test('a record says its own size, a multiple of 8, and is filled up with zeros', async (t) => {
  const record = written((writer) => writer.string('ab'), 4, 3)
  t.equal(record.length, 32)
  t.equal(new RecordReader(THING, record).u32('size'), 32)
  t.same([...record.subarray(24)], [0x61, 0x62, 0, 0, 0, 0, 0, 0])
})

t.test('a number that is too wide for 16 bits is refused when it is written', async (t) => {
  t.throws(() => written((writer) => writer.u16('narrow', 0x10000)), RangeError)
})

t.test('addresses of both families come back; one of another family is damage', async (t) => {
  fc.assert(
    fc.property(fc.array(address, { maxLength: 4 }), (addresses) => {
      const record = written((writer) => {
        for (const one of addresses) writer.address(one)
      }, ADDRESS.size * addresses.length)
      const read = new RecordReader(THING, record).addresses(addresses.length)
      return read.every(({ family, bytes }, i) => {
        const wanted = addresses[i]
        return family === wanted?.family && Buffer.from(bytes).equals(wanted.bytes)
      })
    }),
  )
  const record = Buffer.alloc(THING.size + ADDRESS.size)
  record.writeUInt16LE(familyNumber(6) + 1, THING.size)
  t.throws(() => new RecordReader(THING, record).address(), SnapshotError)
})

t.test('strings are found by their offsets, and none leads out of them or misses its end', async (t) => {
  const offsets: number[] = []
  const record = written(
    (writer) => offsets.push(writer.string('ada'), writer.string(''), writer.string('lovelace')),
    4,
    14,
  )
  const reader = new RecordReader(THING, record)
  reader.skip(4)
  t.equal(reader.strings(14), THING.size + 4)
  t.same(
    offsets.map((offset) => reader.string(offset)),
    ['ada', '', 'lovelace'],
  )
  t.equal(reader.string(1), 'da', 'an offset may lead into a string')
  for (const offset of [14, 15, 1000]) t.throws(() => reader.string(offset), SnapshotError)
  const cut = new RecordReader(THING, record)
  cut.skip(4)
  cut.strings(13)
  t.throws(() => cut.string(5), SnapshotError, 'the last string would end outside')
})

t.test('a tail that the record does not have is damage, however many parts it says', async (t) => {
  const record = new Uint8Array(THING.size + 8)
  t.same(new RecordReader(THING, record).words(2), [0, 0])
  for (const count of [3, 4, 2 ** 30, 2 ** 32 - 1]) {
    t.throws(() => new RecordReader(THING, record).words(count), SnapshotError)
    t.throws(() => new RecordReader(THING, record).addresses(count), SnapshotError)
    t.throws(() => new RecordReader(THING, record).skip(4 * count), SnapshotError)
  }
  t.throws(() => new RecordReader(THING, record.subarray(0, THING.size - 1)), SnapshotError)
})

t.test('a value that its table does not have is not known', async (t) => {
  t.equal(knownOf({ A: 1, B: 2 } as const, 2), 2)
  t.equal(knownOf({ A: 1, B: 2 } as const, 3), undefined)
})
