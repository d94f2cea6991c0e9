import t from 'tap'
import { forwardedQuestion } from '../../../src/dns/forward/question.ts'
import { isFault, type Query, readQuery } from '../../../src/dns/wire/query.ts'

/** A question as a client sends it; `flags` are the third and fourth byte, `name` its labels. */
function asked(
  name: readonly string[],
  { flags = 0x0100, type = 1, dnssecOk = undefined as boolean | undefined } = {},
): Query {
  const header = [0xab, 0xcd, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, dnssecOk === undefined ? 0 : 1]
  const labels = name.flatMap((label) => [label.length, ...Buffer.from(label)])
  const cookie = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
  const opt =
    dnssecOk === undefined ? [] : [0, 0, 41, 0x10, 0, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, cookie.length, ...cookie]
  const query = readQuery(Buffer.from([...header, ...labels, 0, 0, type, 0, 1, ...opt]))
  if (query === undefined || isFault(query)) throw new Error('the question of a test is wrong')
  return query
}

const keyOf = (...given: Parameters<typeof asked>): string => forwardedQuestion(asked(...given)).key

t.test(
  'it asks for recursion and whether the answer is validated, and repeats nothing else of the client',
  async (t) => {
    const { bytes, withoutEdns } = forwardedQuestion(asked(['a', 'example'], { flags: 0x0160, dnssecOk: true }))
    const question = [...Buffer.from('\x01a\x07example\0'), 0, 1, 0, 1]
    t.same([...withoutEdns.subarray(2)], [1, 0x20, 0, 1, 0, 0, 0, 0, 0, 0, ...question])
    t.same(
      [...bytes.subarray(2)],
      [1, 0x20, 0, 1, 0, 0, 0, 0, 0, 1, ...question, 0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0],
    )
  },
)

t.test('CD and DO are the client’s; without EDNS the question goes out with it, and without DO', async (t) => {
  const { bytes } = forwardedQuestion(asked(['a'], { flags: 0x0110 }))
  t.equal(bytes[3], 0x30)
  t.equal(bytes[bytes.length - 4], 0)
})

t.test('questions that have one answer have one key: in any letter case, whatever else the client said', async (t) => {
  const key = keyOf(['a', 'Example'])
  t.equal(keyOf(['A', 'example'], { flags: 0x0120, dnssecOk: false }), key)
})

t.test('what makes another answer makes another key', async (t) => {
  const keys = [
    keyOf(['a', 'b']),
    keyOf(['a.b']),
    keyOf(['a', 'b'], { type: 28 }),
    keyOf(['a', 'b'], { dnssecOk: true }),
    keyOf(['a', 'b'], { flags: 0x0110 }),
    keyOf(['b', 'a']),
    keyOf([]),
  ]
  t.equal(new Set(keys).size, keys.length)
})
