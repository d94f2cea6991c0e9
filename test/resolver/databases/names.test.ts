import fc from 'fast-check'
import t from 'tap'
import { firstString, holdsName, recordName } from '../../../src/resolver/databases/names.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { lengthOf, RecordRoom, RecordWriter } from '../../../src/resolver/records/encode.ts'
import { structure } from '../../../src/resolver/structure.ts'
import { foldCase } from '../../../src/values/index.ts'
import { unlessDamaged } from '../damage.ts'

const THING = structure('thing', 'A record of this test.', [
  ['size', 'u32', 'its size'],
  ['words', 'u16', 'how many words are ahead of the strings'],
  ['strings_size', 'u16', 'bytes of the strings'],
])

/** A record of these strings, behind so many words. */
function recordOf(strings: readonly string[], words: readonly number[] = []): Uint8Array {
  const room = new RecordRoom()
  const writer = new RecordWriter(THING, 4 * words.length, lengthOf(strings), room)
  writer.u16('words', words.length)
  for (const word of words) writer.word(word)
  for (const text of strings) writer.string(text)
  writer.u16('strings_size', writer.stringsSize)
  return room.bytes
}

const one = { structure: THING, names: firstString((reader) => 4 * reader.u16('words')), foldsCase: false }
const many = { structure: THING, names: (reader: Parameters<typeof one.names>[0]) => reader.words(reader.u16('words')) }
const exact = { ...many, foldsCase: false }
const folded = { ...many, foldsCase: true }

t.test('the name of a record that has one is its first string, whatever words are ahead of it', async (t) => {
  for (const words of [[], [1, 2, 0x61616161]]) {
    const record = recordOf(['ada', 'bob'], words)
    t.equal(recordName(one, record), 'ada')
    t.ok(holdsName(one, record, 'ada'))
    for (const other of ['bob', 'ad', 'adaa', 'da', '', 'ADA']) t.notOk(holdsName(one, record, other), other)
  }
})

t.test('each name that the words point to is held, and no other string', async (t) => {
  const record = recordOf(['ada', 'bob', 'eve'], ['ada\0bob\0'.length, 0])
  t.equal(recordName(exact, record), 'ada', 'the first string is the main name')
  for (const name of ['ada', 'eve']) t.ok(holdsName(exact, record, name), name)
  for (const other of ['bob', 'ada\0bob', 'e', 'eve\0']) t.notOk(holdsName(exact, record, other), other)
})

t.test('where case does not count, the capitals of a record are compared as small ones, ASCII alone', async (t) => {
  const record = recordOf(['Ada\xc4['], [0])
  t.ok(holdsName(folded, record, 'ada\xc4['))
  t.notOk(holdsName(folded, record, 'ada\xe4['))
  t.notOk(holdsName(folded, record, 'ada\xc4{'))
  t.notOk(holdsName(folded, record, 'Ada\xc4['), 'the key is folded already')
  t.notOk(holdsName(exact, record, 'ada\xc4['))
})

t.test('a name is held just where its bytes, folded or not, are those that were asked for', async () => {
  const name = fc.stringMatching(/^[aAbB@[`{]{0,3}$/)
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), name, fc.boolean(), (names, other, folds) => {
      const offsets = names.map((_, i) => lengthOf(names.slice(0, i)))
      const record = recordOf(names, offsets)
      const kept = folds ? names.map(foldCase) : names
      return [...names.map(folds ? foldCase : String), other].every(
        (key) => holdsName({ ...many, foldsCase: folds }, record, key) === kept.includes(key),
      )
    }),
  )
})

t.test('a name that would end outside the strings is not held, though the bytes behind them are like it', async (t) => {
  const record = Buffer.from(recordOf(['adaada'], [0]))
  record.writeUInt16LE('ada'.length, THING.at.strings_size)
  for (const name of ['ada', 'adaada']) t.notOk(holdsName(exact, record, name), name)
  t.throws(() => recordName(exact, record), SnapshotError)
})

t.test('strings that the record does not have, and names that lead out of them, are damage or not held', async (t) => {
  const long = Buffer.from(recordOf(['ada'], [0]))
  long.writeUInt16LE(0xffff, THING.at.strings_size)
  t.throws(() => holdsName(exact, long, 'ada'), SnapshotError)
  t.throws(() => recordName(exact, long), SnapshotError)
  t.notOk(holdsName(exact, recordOf(['ada'], [0xffffffff, 4, 5]), 'ada'))
})

t.test('any bytes are names or damage', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: THING.size, maxLength: 40 }), fc.boolean(), (any, foldsCase) => {
      const held = unlessDamaged(() => holdsName({ ...many, foldsCase }, any, 'a'))
      const name = unlessDamaged(() => recordName(one, any))
      return (held !== true || any.includes(0x61) || (foldsCase && any.includes(0x41))) && name?.includes('\0') !== true
    }),
  )
})
