import t from 'tap'
import { type RecordSection, recordRuns } from '../../../src/resolver/deltas/record-runs.ts'

/** A section of records: each a letter, eight times. */
function section(letters: string): RecordSection {
  return {
    bytes: Buffer.from([...letters].map((letter) => letter.repeat(8)).join('')),
    records: [...letters].map((_, i) => ({ at: i * 8, length: 8 })),
  }
}

/** The runs from one section to the other: where each is in units of a record. */
function runs(before: string, after: string): number[][] {
  return recordRuns(section(before), section(after)).map(({ from, to, length }) => [from / 8, to / 8, length / 8])
}

t.test('records that are the same in both are in runs', async (t) => {
  t.same(runs('abc', 'abc'), [[0, 0, 3]])
  t.same(runs('abc', 'abxc'), [
    [0, 0, 2],
    [2, 3, 1],
  ])
  t.same(runs('abcd', 'acd'), [
    [0, 0, 1],
    [2, 1, 2],
  ])
  t.same(runs('', 'ab'), [])
  t.same(runs('ab', ''), [])
  t.same(runs('abc', 'xyz'), [])
})

t.test('records that changed places are found where they were', async (t) => {
  t.same(runs('abcd', 'cdab'), [
    [2, 0, 2],
    [0, 2, 2],
  ])
  t.same(runs('abcdef', 'axcbyf'), [
    [0, 0, 1],
    [2, 2, 1],
    [1, 3, 1],
    [5, 5, 1],
  ])
})

t.test('a record that is there once more is found between the others alone', async (t) => {
  t.same(runs('ab', 'aab'), [
    [0, 0, 1],
    [1, 2, 1],
  ])
  t.same(runs('xaby', 'xcbacy'), [
    [0, 0, 1],
    [2, 2, 1],
    [1, 3, 1],
    [3, 5, 1],
  ])
})
