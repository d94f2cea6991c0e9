import fc from 'fast-check'
import t from 'tap'
import { deltaOf } from '../../../src/resolver/deltas/delta.ts'
import { DELTA_STEPS_MAX, type Growth, Memory, patched } from '../../../src/resolver/deltas/patched.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { proveAgainst } from '../../../src/resolver/snapshot/proof.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { atOnce } from '../../../src/values/index.ts'
import { configured } from '../configs.ts'
import { made, provedAgainst } from './made.ts'

const cluster = (nodes: number): Snapshot => configured(`nodes ${nodes}\niprange 10.0.0.1 10.0.255.255\n`)
const [three, four, five] = [cluster(3), cluster(4), cluster(5)]
const delta = (before: Snapshot, after: Snapshot): Uint8Array => deltaOf(before, after).bytes
const whole = Buffer.from(delta(three, four))
const magic = Buffer.from('kbd1')

/** The code of the SnapshotError that these bytes end in; undefined where they give the target. Throws where they give anything else. */
function refusal(bytes: Uint8Array, base: Snapshot = three, target: Snapshot = four): string | undefined {
  try {
    const result = made(base.bytes, bytes, target.header)
    provedAgainst(target.header, result, base)
    if (Buffer.compare(result, target.bytes) !== 0) throw new Error('other bytes were proved')
    return undefined
  } catch (error) {
    if (error instanceof SnapshotError) return error.code
    throw error
  }
}

t.test('deltas side by side are done one after the other', async (t) => {
  const steps = [delta(three, four), delta(four, five), delta(five, three)]
  t.same(made(three.bytes, Buffer.concat(steps.slice(0, 2)), five.header), five.bytes)
  t.same(made(three.bytes, Buffer.concat(steps), three.header), three.bytes)
  t.equal(refusal(Buffer.concat(steps), three, four), 'delta', 'another snapshot than that of the header')
})

t.test('the place of each step is what is given for it', async (t) => {
  const given: number[] = []
  const room = (size: number): Growth => {
    given.push(size)
    return new Memory(new Uint8Array(size))
  }
  const steps = Buffer.concat([delta(three, four), delta(four, five)])
  t.same(Buffer.from(atOnce(patched(three.bytes, steps, five.header, room))), Buffer.from(five.bytes))
  t.same(given, [four.bytes.length, five.bytes.length])
})

t.test('the place of a delta that is damaged is dropped', async (t) => {
  const dropped: number[] = []
  const room = (size: number): Growth => {
    const memory = new Memory(new Uint8Array(size))
    return { add: (bytes) => memory.add(bytes), whole: () => memory.whole(), drop: () => dropped.push(size) }
  }
  const steps = Buffer.concat([delta(three, four), delta(four, five).subarray(0, -1)])
  t.throws(() => atOnce(patched(three.bytes, steps, five.header, room)), { name: 'SnapshotError' })
  t.same(dropped, [five.bytes.length])
})

t.test('no delta at all is damage, and the base stays as it is', async (t) => {
  const base = Buffer.from(three.bytes)
  t.equal(refusal(new Uint8Array()), 'delta')
  t.equal(refusal(new Uint8Array(), three, three), 'delta')
  t.equal(Buffer.compare(base, three.bytes), 0)
})

t.test('a delta that is cut anywhere is damaged', async (t) => {
  for (let length = 1; length < whole.length; length++) {
    t.equal(refusal(whole.subarray(0, length)), 'delta', `${length} bytes`)
  }
})

t.test('a delta with one changed bit gives the snapshot of the header or a SnapshotError', async (t) => {
  const refused = Array.from({ length: whole.length * 8 }, (_, bit) => {
    const bytes = Buffer.from(whole)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return refusal(bytes)
  }).filter((code) => code !== undefined)
  // Moves that no slot asks for may be any: a few changes give the same snapshot.
  t.ok(refused.length > whole.length * 7, `${refused.length} of ${whole.length * 8}`)
})

t.test('a delta with changed bytes gives the snapshot of the header or a SnapshotError', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1 }),
      (all) => {
        const bytes = Buffer.from(whole)
        for (const [at, flip] of all) bytes[at] = (bytes[at] ?? 0) ^ flip
        refusal(bytes)
      },
    ),
    { numRuns: 2000 },
  )
})

t.test('any bytes give a SnapshotError', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), (bytes, begins) => {
      return refusal(begins ? Buffer.concat([magic, bytes]) : bytes) !== undefined
    }),
    { numRuns: 2000 },
  )
})

t.test('no step takes more memory than both snapshots, and there are few steps', async (t) => {
  const huge = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x40])
  t.throws(() => made(three.bytes, Buffer.concat([magic, huge]), four.header), {
    message: /it makes 17179869184 bytes/,
  })
  const back = [delta(three, four), delta(four, three)]
  const endless = Buffer.concat(Array.from({ length: DELTA_STEPS_MAX / 2 + 1 }, () => back).flat())
  t.throws(() => made(three.bytes, endless, three.header), { message: /more than 64 steps/ })
})

t.test(
  'what is proved by being the same is the same: a damaged base, and a section under another one’s digest',
  async (t) => {
    for (let at = 192; at < three.bytes.length; at += 5) {
      const base = Buffer.from(three.bytes)
      base[at] = (base[at] ?? 0) ^ 1
      const bytes = made(base, whole, four.header)
      if (Buffer.compare(bytes, four.bytes) === 0) continue
      t.throws(() => provedAgainst(four.header, bytes, three), { name: 'SnapshotError' }, `byte ${at}`)
    }
  },
)

t.test('a large snapshot is made and proved in steps, and others have their turn between them', async (t) => {
  const [before, after] = [cluster(10_000), cluster(10_001)]
  const making = patched(before.bytes, delta(before, after), after.header)
  let steps = 0
  let step = making.next()
  for (; !step.done; step = making.next()) steps++
  const large = after.bytes.length / (1024 * 1024)
  t.ok(steps >= large, `${steps} steps`)
  const proving = proveAgainst(after.header, step.value, before)
  let proofs = 0
  while (!proving.next().done) proofs++
  t.ok(proofs >= 20, `${proofs} steps`)
})
