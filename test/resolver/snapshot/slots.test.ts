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

/** An index of the keys of records. */
function indexOf(keys: readonly (readonly (string | Uint8Array)[])[], expected?: number): IndexKeys {
  const index = new IndexKeys(expected)
  keys.forEach((own, record) => {
    for (const key of own) index.add(key, record)
  })
  return index
}

t.test('each key leads to the first record that has it, at a load of one half or less', async () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 })
  fc.assert(
    fc.property(fc.array(fc.array(key, { maxLength: 4 }), { maxLength: 60 }), (keys) => {
      const indexed = indexOf(keys)
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
    t.equal(indexOf(Array.from({ length: count }, (_, i) => [`k${i}`])).size, slots * 8)
  }
})

t.test('keys are the same as texts and as bytes, and however many were expected', async (t) => {
  const texts = Array.from({ length: 3000 }, (_, i) => ['', `${i % 1000}\xff`, 'x'.repeat(i % 40)])
  const bytes = texts.map((own) => own.map((text) => Buffer.from(text, 'latin1')))
  const written = (index: IndexKeys): Buffer => {
    const slots = Buffer.alloc(index.size)
    index.write(slots, 0, (record) => record + 1)
    return slots
  }
  const expected = written(indexOf(texts))
  for (const index of [indexOf(bytes), indexOf(texts, 5000), indexOf(bytes, 1)]) t.ok(written(index).equals(expected))
})
