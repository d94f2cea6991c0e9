import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { decodePlainLookup } from '../../../../src/kickback/wire/lookups/plain-lookup.ts'
import { checkFields, decodeMessage, encodeFrame, REQUEST_VALUES_MAX } from '../../../../src/kickback/wire/message.ts'
import { MESSAGES, OPERATIONS, REQUEST_FIELDS } from '../../../../src/kickback/wire/protocol.ts'

const bodyOf = (fields: object): Buffer => encodeFrame(fields).subarray(4)
const RUNS = 2000

/** What the general way reads; undefined where it refuses. */
function read(body: Buffer): object | undefined {
  try {
    const fields = decodeMessage(body, REQUEST_VALUES_MAX)
    checkFields(fields, REQUEST_FIELDS)
    checkFields(fields, MESSAGES.LOOKUP.request)
    return { ...fields }
  } catch {
    return undefined
  }
}

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 100 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)
const bytes = fc.uint8Array({ maxLength: 400 }).map((raw) => Buffer.from(raw))
const uint = fc.oneof(
  { weight: 9, arbitrary: fc.nat(70_000) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map(Math.abs) },
)
const lookup = fc.record({
  id: uint,
  op: fc.constant<number>(OPERATIONS.LOOKUP),
  db: text,
  key: fc.oneof(text, uint, bytes),
})

t.test('the look-ups of all kinds of keys are read without the general way', async (t) => {
  const key = [
    'u',
    'u'.repeat(31),
    'u'.repeat(32),
    'u'.repeat(255),
    '',
    0,
    127,
    128,
    65_536,
    0xffffffff,
    Buffer.from([10, 0, 0, 1]),
  ]
  for (const [index, one] of key.entries()) {
    const fields = { id: index * 1000, op: OPERATIONS.LOOKUP, db: 'passwd', key: one }
    t.ok(isDeepStrictEqual(decodePlainLookup(bodyOf(fields)), fields), String(one))
  }
})

t.test('what is read is what the general way reads, however its bytes are changed', async (t) => {
  let taken = 0
  let left = 0
  const mutation = fc.option(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'add')), { freq: 2 })
  fc.assert(
    fc.property(
      lookup,
      fc.oneof(
        { weight: 3, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.dictionary(text, uint, { maxKeys: 1 }) },
      ),
      mutation,
      (fields, more, change) => {
        const body = Buffer.from(bodyOf({ ...fields, ...more }))
        const at = change === null ? 0 : change[0] % body.length
        if (change?.[2] === 'set') body[at] = change[1]
        const changed =
          change?.[2] === 'cut'
            ? body.subarray(0, at)
            : change?.[2] === 'add'
              ? Buffer.concat([body, Buffer.of(at)])
              : body
        const plain = decodePlainLookup(changed)
        if (plain === undefined) left++
        else taken++
        return plain === undefined || isDeepStrictEqual({ ...plain }, read(changed))
      },
    ),
    { numRuns: RUNS },
  )
  t.ok(taken > RUNS / 20 && left > RUNS / 20, `${taken} taken, ${left} left`)
})

t.test('each look-up that is cut short, or has one byte changed, is read as the general way does', async (t) => {
  const body = bodyOf({ id: 70_000, op: OPERATIONS.LOOKUP, db: 'hosts', key: Buffer.from([10, 0, 0, 1]) })
  let differences = 0
  for (let at = 0; at < body.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = Buffer.from(body)
      changed[at] = byte
      const plain = decodePlainLookup(changed)
      if (plain !== undefined && !isDeepStrictEqual({ ...plain }, read(changed))) differences++
    }
    t.equal(decodePlainLookup(body.subarray(0, at)), undefined)
  }
  t.equal(differences, 0)
})
