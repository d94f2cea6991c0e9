import fc from 'fast-check'
import t from 'tap'
import { passwd } from '../../../src/resolver/databases/passwd.ts'
import { buildPublic, stamp } from '../../../src/resolver/snapshot/builder.ts'
import { newRecords } from '../../../src/resolver/snapshot/new-records.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { contents, user } from '../../kickback/cluster.ts'

/** The users with these numbers. */
function snapshotOf(numbers: readonly number[]): Snapshot {
  const bytes = buildPublic({ ...contents(0), passwd: numbers.map((number) => user(number)) })
  stamp(bytes, { generation: 1 })
  return Snapshot.open(bytes)
}

/** The names of what is new. */
const namesOf = (before: Snapshot, after: Snapshot): string[] =>
  Array.from(newRecords(before, after, 'passwd'), (record) => passwd.decode(record).name)

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

t.test('the records that came or changed are told, those at the start and the end that stayed are not', async (t) => {
  const all = numbers(1, 3000)
  const before = snapshotOf(all)
  const of = (after: readonly number[]): string[] => namesOf(before, snapshotOf(after))
  t.same(of(all), [], 'nothing')
  t.same(of([...all, 9001]), ['user9001'], 'one behind them')
  t.same(of([9001, ...all]), ['user9001'], 'one before them')
  t.same(of([...numbers(1, 1500), 9001, ...numbers(1500, 3000)]), ['user9001'], 'one between them')
  t.same(of([...numbers(1, 1500), 9001, ...numbers(1501, 3000)]), ['user9001'], 'one in place of another')
  t.same(of(numbers(2, 3000)), [], 'one less at the start')
  t.same(of([...numbers(1, 1500), ...numbers(1501, 3000)]), [], 'one less between')
  t.same(of([]), [], 'none left')
  t.same(namesOf(snapshotOf([]), snapshotOf([1, 2])), ['user1', 'user2'], 'all are new')
})

t.test('whatever came and went, each record that is not in the other one is told', async (t) => {
  const list = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 })
  const property = fc.property(list, list, (one, other) => {
    const [before, after] = [snapshotOf(one), snapshotOf(other)]
    const had = new Set(Array.from(before.records('passwd'), ({ record }) => Buffer.from(record).toString('latin1')))
    const told = new Set(
      Array.from(newRecords(before, after, 'passwd'), (record) => after.positionOf('passwd', record)),
    )
    for (const { position, record } of after.records('passwd')) {
      if (!had.has(Buffer.from(record).toString('latin1')) && !told.has(position)) return false
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
})

t.test('a record that begins within another one of before is new, whatever its bytes', async (t) => {
  const all = numbers(1, 50)
  const after = snapshotOf(all)
  // What is behind is equal, but the first record takes in the others: nobody has looked at them as records.
  const before = Snapshot.open(Buffer.from(after.bytes))
  const { byteOffset, length } = before.recordBytes('passwd')
  Buffer.from(before.bytes.buffer).writeUInt32LE(length, byteOffset)
  t.equal(Array.from(newRecords(before, after, 'passwd')).length, all.length)
})
