import t from 'tap'
import {
  expandedName,
  foldedLabels,
  foldedName,
  LABEL_MAX,
  NAME_MAX,
  nameEnd,
  skipName,
  wireName,
} from '../../../src/dns/wire/name.ts'

const label = (size: number): string => 'a'.repeat(size)
/** Three longest labels and one more: a name of 192 bytes and that one, its length byte and the zero. */
const long = (size: number): string => [label(63), label(63), label(63), label(size)].join('.')
const bytes = (...parts: readonly (number | string | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1')
      return typeof part === 'number' ? Buffer.of(part) : part
    }),
  )

t.test('a name is its labels, each after its length, and a zero; the empty one is the root', async (t) => {
  t.same(Buffer.from(wireName('n1.cluster')), bytes(2, 'n1', 7, 'cluster', 0))
  t.same(Buffer.from(wireName('')), Buffer.of(0))
  t.same(Buffer.from(wireName('J\xe9')), bytes(2, 'J\xe9', 0), 'bytes stay as they are')
})

t.test('names and labels up to the longest have room, and no longer ones, nor empty labels', async (t) => {
  t.equal(wireName(label(LABEL_MAX)).length, 65)
  t.throws(() => wireName(label(LABEL_MAX + 1)), RangeError)
  t.equal(wireName(long(61)).length, NAME_MAX)
  t.throws(() => wireName(long(62)), RangeError)
  for (const name of ['.', 'a..b', '.a', 'a.']) t.throws(() => wireName(name), RangeError, name)
})

t.test('a question’s name ends after its zero, inside of the message, and is not compressed', async (t) => {
  const name = bytes(2, 'n1', 7, 'cluster', 0)
  t.equal(nameEnd(name, 0), name.length)
  t.equal(nameEnd(bytes('xx', name, 'yy'), 2), 2 + name.length)
  for (let size = 0; size < name.length; size++) t.equal(nameEnd(name.subarray(0, size), 0), -1, `cut to ${size}`)
  t.equal(nameEnd(bytes(2, 'n1', 0xc0, 0), 0), -1)
  t.equal(nameEnd(bytes(64, label(64), 0), 0), -1)
  t.equal(nameEnd(wireName(long(61)), 0), NAME_MAX)
  const tooLong = bytes(...[63, 63, 63, 62].flatMap((size) => [size, label(size)]), 0)
  t.equal(nameEnd(tooLong, 0), -1, 'one byte too long')
})

t.test('a name that is skipped ends at its zero, or after the pointer that it ends with', async (t) => {
  const message = bytes(2, 'n1', 0, 3, 'ptr', 0xc0, 0)
  t.equal(skipName(message, 0), 4)
  t.equal(skipName(message, 4), message.length)
  t.equal(skipName(message.subarray(0, -1), 4), -1, 'half a pointer')
  t.equal(skipName(bytes(0x80, 1, 0), 0), -1, 'a label of a kind that is none')
  t.equal(skipName(bytes(3, 'ab'), 0), -1)
})

t.test('a compressed name is put together from what its pointers point to', async (t) => {
  const message = bytes(7, 'cluster', 0, 2, 'n1', 0xc0, 0, 1, 'x', 0xc0, 9)
  t.same(expandedName(message, 9), { name: bytes(2, 'n1', 7, 'cluster', 0), end: 14 })
  t.same(expandedName(message, 14), { name: bytes(1, 'x', 2, 'n1', 7, 'cluster', 0), end: 18 })
})

t.test('pointers lead backwards alone, and never make a name without end or one that is too long', async (t) => {
  t.equal(expandedName(bytes(0xc0, 0), 0), undefined, 'to itself')
  t.equal(expandedName(bytes(0xc0, 2, 1, 'x', 0), 0), undefined, 'forward')
  t.equal(expandedName(bytes(1, 'x', 0xc0, 0), 0), undefined, 'into the name that it ends')
  t.equal(expandedName(bytes(1, 'a', 0xc0, 4, 1, 'b', 0xc0, 0), 4), undefined, 'there and back')
  const quarters = bytes(...[63, 63, 63].flatMap((size) => [size, label(size)]), 0)
  const fits = bytes(quarters, 61, label(61), 0xc0, 0)
  t.equal(expandedName(fits, quarters.length)?.name.length, NAME_MAX)
  t.equal(expandedName(bytes(quarters, 62, label(62), 0xc0, 0), quarters.length), undefined)
})

t.test('letters are folded, and no other bytes: not the lengths, which may look like letters', async (t) => {
  const name = bytes(2, 'N1', 4, '[@`{', 1, '\xc9', 0)
  t.same(foldedLabels(name, 0), ['n1', '[@`{', '\xc9'])
  t.same(Buffer.from(foldedName(bytes(3, 'AZ\x5b', 0))), bytes(3, 'az\x5b', 0))
  t.same(foldedLabels(Buffer.of(0), 0), [])
})
