import fc from 'fast-check'
import t from 'tap'
import { buildPublic, stamp } from '../../../src/resolver/snapshot/builder.ts'
import { differingRecords, recordsBetween } from '../../../src/resolver/snapshot/differing-records.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { contents, user } from '../../kickback/cluster.ts'

/** The users with these numbers. */
function snapshotOf(numbers: readonly number[]): Snapshot {
  const bytes = buildPublic({ ...contents(0), passwd: numbers.map((number) => user(number)) })
  stamp(bytes, { generation: 1 })
  return Snapshot.open(bytes)
}

const textsOf = (snapshot: Snapshot): string[] =>
  Array.from(snapshot.records('passwd'), ({ record }) => Buffer.from(record).toString('latin1'))

/** The records that are not the same at the start or the end, found one by one. */
function oneByOne(before: Snapshot, after: Snapshot): { readonly old: string[]; readonly now: string[] } {
  const [old, now] = [textsOf(before), textsOf(after)]
  while (old.length > 0 && old[0] === now[0]) {
    old.shift()
    now.shift()
  }
  while (old.length > 0 && now.length > 0 && old.at(-1) === now.at(-1)) {
    old.pop()
    now.pop()
  }
  return { old, now }
}

t.test(
  'the records between those that are the same at the start and at the end are told as if each were compared',
  async (t) => {
    // Numbers of different lengths, so that bytes may agree where records do not.
    const list = fc.array(fc.constantFrom(1, 2, 12, 21, 22, 112, 121, 1212), { maxLength: 12 })
    const property = fc.property(list, list, (one, other) => {
      const [before, after] = [snapshotOf(one), snapshotOf(other)]
      const { from, oldTo, newTo } = differingRecords(before, after, 'passwd')
      const texts = (snapshot: Snapshot, to: number) =>
        Array.from(recordsBetween(snapshot, 'passwd', from, to), ({ record }) => Buffer.from(record).toString('latin1'))
      const wanted = oneByOne(before, after)
      const [old, now] = [texts(before, oldTo), texts(after, newTo)]
      return JSON.stringify({ old, now }) === JSON.stringify(wanted)
    })
    t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
  },
)
