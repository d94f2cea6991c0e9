import t from 'tap'
import { differenceOf, placeNow } from '../../../src/config/following/difference.ts'

const bytesOf = (...lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''))
const BEFORE = bytesOf('nodes 4', 'node 1', 'node 2', '# end')

t.test('the lines that go and those that come are told in bytes and in lines', async (t) => {
  t.same(differenceOf(BEFORE, bytesOf('nodes 4', 'node 10', 'node 11', 'node 2', '# end')), {
    ...{ start: 8, oldEnd: 15, newEnd: 24 },
    ...{ head: 1, gone: 1, come: 2 },
  })
  t.match(differenceOf(BEFORE, BEFORE), { start: BEFORE.length, head: 4, gone: 0, come: 0 })
})

t.test('a line before the change stays, one behind it moves, and one in it is nowhere', async (t) => {
  const difference = differenceOf(BEFORE, bytesOf('nodes 4', 'node 10', 'node 11', 'node 2', '# end'))
  t.same(placeNow({ number: 1, start: 0, end: 8 }, difference), { number: 1, start: 0, end: 8 })
  t.equal(placeNow({ number: 2, start: 8, end: 15 }, difference), undefined)
  t.same(placeNow({ number: 3, start: 15, end: 22 }, difference), { number: 4, start: 24, end: 31 })
  const inserted = differenceOf(BEFORE, bytesOf('nodes 4', '#', 'node 1', 'node 2', '# end'))
  t.same(placeNow({ number: 1, start: 0, end: 8 }, inserted), { number: 1, start: 0, end: 8 })
  t.same(placeNow({ number: 2, start: 8, end: 15 }, inserted), { number: 3, start: 10, end: 17 }, 'nothing goes')
})

t.test('no more than 256 KiB of both versions may differ', async (t) => {
  const changed = (size: number) => Buffer.concat([BEFORE, Buffer.from(`${'#'.repeat(size - 1)}\n`), BEFORE])
  const at = (size: number) => differenceOf(Buffer.concat([BEFORE, BEFORE]), changed(size))
  t.doesNotThrow(() => at(256 * 1024))
  t.throws(() => at(256 * 1024 + 1), { message: /many lines of the configuration changed/ })
})
