import fc from 'fast-check'
import t from 'tap'
import { byField, byFoldedName, byId, byName, byteText, startsWith } from '../../../src/resolver/databases/keys.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { idBytes } from '../../../src/resolver/records/keys.ts'
import { structure } from '../../../src/resolver/structure.ts'

const THING = structure('thing', 'A record of this test.', [
  ['size', 'u32', 'its size'],
  ['id', 'u32', 'a number'],
  ['raw', { bytes: 3 }, 'bytes'],
])
const byRaw = byField(THING, 'raw', (entry: { raw: Uint8Array }) => entry.raw)
const byNumber = byId(THING, 'id', (entry: { id: number }) => entry.id)

t.test('a name is a key as it is; folded, its ASCII capitals are small and all other bytes as they are', async (t) => {
  t.same(byName({ name: 'Ada\xc4' }), ['Ada\xc4'])
  t.same(byFoldedName({ name: 'Ada-Z09\xc4\xdc' }), ['ada-z09\xc4\xdc'])
})

t.test('bytes are a text of one character each', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
      const text = byteText(bytes)
      return text.length === bytes.length && Buffer.from(text, 'latin1').equals(bytes)
    }),
  )
})

t.test('a field is found by its own bytes, neither by those beside it nor by part of them', async (t) => {
  const record = Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
  t.same(byRaw.of({ raw: Uint8Array.of(5, 6, 255) }), [Uint8Array.of(5, 6, 255)])
  t.ok(byRaw.isIn(record, Uint8Array.of(5, 6, 7)))
  for (const other of [
    [4, 5, 6],
    [6, 7, 8],
    [5, 6, 8],
    [4, 6, 7],
  ])
    t.notOk(byRaw.isIn(record, Uint8Array.from(other)))
})

t.test('an id is a key of four bytes, the lowest first, up to the largest', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff }), (id, other) => {
      const record = Buffer.alloc(THING.size)
      record.writeUInt32LE(id, THING.at.id)
      const [key = new Uint8Array()] = byNumber.of({ id })
      const isFound = byNumber.isIn(record, key)
      return (
        byteText(key) === byteText(idBytes(id)) && isFound && byNumber.isIn(record, idBytes(other)) === (id === other)
      )
    }),
  )
})

t.test('a record that ends before the key would is damage, even where it begins like it', async (t) => {
  t.ok(startsWith(Uint8Array.of(9, 1, 2), 1, Uint8Array.of(1, 2)))
  t.throws(() => startsWith(Uint8Array.of(9, 1, 2), 1, Uint8Array.of(1, 2, 0)), SnapshotError)
  t.throws(() => startsWith(Uint8Array.of(9), 2, Uint8Array.of()), SnapshotError)
})
