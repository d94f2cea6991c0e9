import fc from 'fast-check'
import t from 'tap'
import { hashOfText } from '../../../src/resolver/snapshot/hash.ts'
import { IndexKeys } from '../../../src/resolver/snapshot/slots.ts'

/** Finds a key as a reader does, in an index whose slots hold record numbers plus one; gives the records of equal hash. */
function found(index: Buffer, key: string): number[] {
  const slots = index.length / 8
  const records: number[] = []
  for (let i = hashOfText(key) & (slots - 1); ; i = (i + 1) & (slots - 1)) {
    const record = index.readUInt32LE(i * 8 + 4)
    if (record === 0) return records
    if (index.readUInt32LE(i * 8) === hashOfText(key)) records.push(record - 1)
  }
}

t.test('each key leads to the first record that has it, at a load of one half or less', async () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 })
  fc.assert(
    fc.property(fc.array(fc.array(key, { maxLength: 4 }), { maxLength: 60 }), (keys) => {
      const indexed = new IndexKeys(keys)
      const index = Buffer.alloc(indexed.size)
      indexed.write(index, 0, (record) => record + 1)
      const distinct = new Set(keys.flat())
      return (
        indexed.count === distinct.size &&
        indexed.size >= 16 * distinct.size &&
        [...distinct].every((one) => found(index, one).includes(keys.findIndex((own) => own.includes(one))))
      )
    }),
  )
})

t.test('an index has a power of two of slots, eight at least', async (t) => {
  for (const [count, slots] of [
    [0, 8],
    [4, 8],
    [5, 16],
    [8, 16],
    [1000, 2048],
  ] as const) {
    t.equal(new IndexKeys(Array.from({ length: count }, (_, i) => [`k${i}`])).size, slots * 8)
  }
})
