import t from 'tap'
import { MAX_NODE, parseNodeSet, setText } from '../../../src/config/nodes/nodeset.ts'

/** Which of the numbers 0 to 12 are in a set. */
function members(text: string): number[] | undefined {
  const set = parseNodeSet(text)
  return (
    set &&
    Array.from({ length: 13 }, (_, i) => i).filter((number) =>
      set.ranges.some(({ first, last = number }) => first <= number && number <= last),
    )
  )
}

t.test('sets of nodes hold what they say', async (t) => {
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  t.same(members('5'), [5])
  t.same(members('3-6'), [3, 4, 5, 6])
  t.same(members('1,2,4-6,12'), [1, 2, 4, 5, 6, 12])
  t.same(members('10-'), [10, 11, 12])
  t.same(members('0,11-'), [0, 11, 12])
  t.same(members('-'), all)
  t.same(members('all'), all)
  t.same(members('n3'), [3])
  t.same(members('.3'), [3])
  t.same(members('n3-n5,.7'), [3, 4, 5, 7])
  t.same(members('007'), [7])
  t.same(members('4-4'), [4])
})

t.test('anything else is no set', async (t) => {
  for (const bad of [
    '',
    ',',
    '1,',
    ',1',
    '5-3',
    '-5',
    '1--2',
    '1-2-3',
    'n',
    'x3',
    '1048576',
    '0-1048576',
    '1 2',
    '+1',
    'ALL',
    '1,-',
    '1e3',
  ]) {
    t.equal(parseNodeSet(bad), undefined, JSON.stringify(bad))
  }
})

t.test('the highest node number may stand at either end of a range, and no higher one', async (t) => {
  t.same(parseNodeSet(`${MAX_NODE}`)?.ranges, [{ first: MAX_NODE, last: MAX_NODE }])
  t.same(parseNodeSet(`0-${MAX_NODE}`)?.ranges, [{ first: 0, last: MAX_NODE }])
  t.same(parseNodeSet(`${MAX_NODE}-`)?.ranges, [{ first: MAX_NODE, last: undefined }])
  t.equal(parseNodeSet(`${MAX_NODE + 1}-`), undefined)
  t.equal(parseNodeSet(`0-${MAX_NODE + 1}`), undefined)
})

t.test('numbers are written as a set', async (t) => {
  t.equal(setText([]), '')
  t.equal(setText([7, 3, 1, 2]), '1-3,7')
  t.equal(setText(new Set([5])), '5')
})
