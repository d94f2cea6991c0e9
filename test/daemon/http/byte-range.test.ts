import t from 'tap'
import { byteRange } from '../../../src/daemon/http/byte-range.ts'

t.test('a range is a part of the file, or begins behind its end', async (t) => {
  t.same(byteRange('bytes=0-0', 10), { start: 0, end: 1 })
  t.same(byteRange('bytes=2-', 10), { start: 2, end: 10 })
  t.same(byteRange('bytes=2-99', 10), { start: 2, end: 10 })
  t.same(byteRange('bytes=-3', 10), { start: 7, end: 10 })
  t.same(byteRange('bytes=-99', 10), { start: 0, end: 10 })
  t.equal(byteRange('bytes=10-', 10), 'beyond')
  t.equal(byteRange('bytes=-0', 10), 'beyond')
  t.equal(byteRange('bytes=0-', 0), 'beyond')
})

t.test('what is no range, or several, is the whole file', async (t) => {
  const none = [
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,3-4',
    'bytes=0-5,2-8',
    'lines=0-1',
    'bytes=a-b',
  ]
  for (const field of [...none, 'bytes=99999999999999999999-']) t.equal(byteRange(field, 10), undefined, String(field))
})
