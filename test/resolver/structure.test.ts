import t from 'tap'
import { structure } from '../../src/resolver/structure.ts'

t.test('fields stand one after the other, each at a multiple of its own size', async (t) => {
  const rows = [
    ['a', 'u8', 'one byte'],
    ['raw', { bytes: 3 }, 'three bytes at any place'],
    ['b', 'u16', 'two bytes'],
    ['c', 'u16', 'two bytes'],
    ['d', 'i32', 'four bytes'],
    ['e', 'u32', 'four bytes'],
    ['f', 'u64', 'eight bytes'],
  ] as const
  const thing = structure('thing', 'A thing.', rows, 'Words.')
  t.same(thing.at, { a: 0, raw: 1, b: 4, c: 6, d: 8, e: 12, f: 16 })
  t.equal(thing.size, 24)
  t.same(thing.types.raw, { bytes: 3 })
  t.same(thing.fields[1], { name: 'raw', type: { bytes: 3 }, offset: 1, doc: 'three bytes at any place' })
  t.same([thing.name, thing.doc, thing.tail], ['thing', 'A thing.', 'Words.'])
})

t.test('a field that a compiler would move is a mistake in the table, and which one is said', async (t) => {
  for (const [type, size] of [
    ['u16', 1],
    ['u32', 2],
    ['i32', 6],
    ['u64', 4],
  ] as const) {
    const rows = [
      ['before', { bytes: size }, ''],
      ['moved', type, ''],
    ] as const
    t.throws(() => structure('thing', '', rows), { message: `thing.moved would need padding at ${size}` })
  }
  t.doesNotThrow(() =>
    structure('thing', '', [
      ['before', { bytes: 1 }, ''],
      ['raw', { bytes: 8 }, ''],
    ]),
  )
})
