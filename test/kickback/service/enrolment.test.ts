import { createHash } from 'node:crypto'
import t from 'tap'
import { Enrolment, type EnrolmentParts } from '../../../src/kickback/service/enrolment.ts'
import { certificateKeyMark, NodeKeys, newRequest } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { certificateKey } from '../../resolver/certificates/cluster.ts'
import { logOf } from '../cluster.ts'

/** An enrolment on clocks that the test moves, with what it kept and told. */
function enrolment(more: Partial<EnrolmentParts> = {}) {
  const clock = new HandClock()
  const wall = { now: 1_800_000_000_000 }
  const kept: string[] = []
  const told = { revoked: 0, changed: 0 }
  const lines: string[] = []
  const made = new Enrolment({
    keys: new NodeKeys(),
    keep: (keys) => kept.push(keys.text.toString()),
    issue: async (node) => Buffer.from(`certificate of ${node}`),
    revoked: () => told.revoked++,
    changed: () => told.changed++,
    clock,
    wallClock: () => wall.now,
    log: logOf(lines),
    ...more,
  })
  const later = (seconds: number): void => {
    wall.now += seconds * 1000
    clock.turn(seconds * 1000)
  }
  return { made, kept, told, lines, later }
}

const key = certificateKey()
const mark = certificateKeyMark(key)
const request = await newRequest(key)
const applicant = { source: '10.0.0.12 root', node: 12, shown: undefined }

t.test('a key is pending until it is approved; then it gets certificates, from its own node alone', async (t) => {
  const { made, kept, lines } = enrolment()
  t.equal(await made.answer(applicant, request), 'pending')
  t.match(made.all(new Set()), [{ node: 12, mark, state: 'pending', connected: false }])
  t.match(lines, [/asks for a certificate/])
  t.match(made.approve(12), { node: 12, mark, state: 'approved' })
  t.match(kept, [new RegExp(`approved 12 ${mark}`)])
  t.match(await made.answer(applicant, request), { certificate: Buffer.from('certificate of 12') })
  t.match(made.all(new Set([mark])), [{ state: 'approved', connected: true }])
  t.equal(
    await made.answer({ ...applicant, source: 'other', node: 13 }, request),
    'pending',
    'its key elsewhere is nothing',
  )
})

t.test('an approval may name the mark, and then no other key is approved', async (t) => {
  const { made } = enrolment()
  await made.answer(applicant, request)
  t.equal(made.approve(12, 'f'.repeat(32)), undefined)
  t.match(made.approve(13, 'e'.repeat(32)), { node: 13, state: 'approved' }, 'it may be pending on another master')
  t.equal(made.approve(14), undefined)
  t.match(made.approve(12, mark), { state: 'approved' })
})

t.test('a revoked key gets nothing, ever', async (t) => {
  const { made, told } = enrolment()
  await made.answer(applicant, request)
  made.approve(12)
  t.match(made.revoke(12), [{ mark, state: 'revoked' }])
  t.ok(told.revoked > 0)
  t.ok(made.isRevoked(mark))
  t.equal(await made.answer(applicant, request), 'revoked')
  t.equal(await made.answer({ ...applicant, shown: mark }, request), 'revoked', 'also with a certificate that is good')
  t.equal(made.approve(12), undefined)
  t.notOk(made.let(12, mark))
})

t.test('a pending key can be revoked, and so can one that only its mark is known of', async (t) => {
  const { made } = enrolment()
  await made.answer(applicant, request)
  t.match(made.revoke(12), [{ mark, state: 'revoked' }])
  t.same(made.revoke(13), [])
  t.match(made.revoke(13, 'e'.repeat(32)), [{ state: 'revoked', node: 13 }])
  t.ok(made.isRevoked('e'.repeat(32)))
})

t.test('a node whose certificate another master issued renews it here', async (t) => {
  const { made } = enrolment()
  t.match(await made.answer({ ...applicant, shown: mark }, request), { certificate: Buffer })
})

t.test('a node that shows its certificate may have a new key, and the one before it is revoked', async (t) => {
  const { made, kept } = enrolment()
  await made.answer(applicant, request)
  made.approve(12)
  const next = certificateKey()
  t.equal(await made.answer(applicant, await newRequest(next)), 'pending', 'control: who shows nothing is pending')
  t.match(await made.answer({ ...applicant, shown: mark }, await newRequest(next)), { certificate: Buffer })
  t.ok(made.isRevoked(mark))
  t.match(kept.at(-1), `approved 12 ${certificateKeyMark(next)}`)
  t.match(await made.answer(applicant, await newRequest(next)), { certificate: Buffer }, 'the answer may be lost')
  const third = await newRequest(certificateKey())
  t.equal(await made.answer({ ...applicant, shown: mark }, third), 'pending', 'a revoked key brings no other one in')
})

t.test('the key that another master let in is revoked too when its node rotates it here', async (t) => {
  const { made } = enrolment()
  const next = certificateKey()
  const marks: string[] = []
  const rotated = { ...applicant, shown: mark, rotated: (one: string) => marks.push(one) }
  t.match(await made.answer(rotated, await newRequest(next)), { certificate: Buffer })
  t.ok(made.isRevoked(mark))
  t.match(await made.answer(rotated, await newRequest(next)), { certificate: Buffer })
  t.same(marks, [certificateKeyMark(next)], 'it is told once, for the audit log')
})

t.test('a node replaces its key at most 16 times a day, and other nodes as before', async (t) => {
  const { made, kept, later } = enrolment()
  const marks: string[] = []
  let shown = mark
  const rotate = async (node: number) => {
    const next = certificateKey()
    const rotated = (one: string) => marks.push(one)
    const outcome = await made.answer({ source: `${node}`, node, shown, rotated }, await newRequest(next))
    if (typeof outcome !== 'string') shown = certificateKeyMark(next)
    return outcome
  }
  for (let quarters = 0; quarters < 23 * 4; quarters++) {
    await rotate(12)
    later(900)
  }
  t.equal(marks.length, 15, 'a new key was asked for 92 times in 23 hours')
  const decided = kept.at(-1)
  t.equal(await rotate(12), 'rotations')
  t.equal(kept.at(-1), decided, 'nothing is kept of the others')
  t.notOk(made.isRevoked(shown), 'the key that it has is good still')
  later(3 * 3600)
  t.match(await rotate(12), { certificate: Buffer }, 'and later it is replaced again')
  shown = 'e'.repeat(32)
  t.match(await rotate(13), { certificate: Buffer }, 'another node is not held up')
})

t.test('what cannot be kept is not decided', async (t) => {
  const { made, told } = enrolment({
    keep: () => {
      throw new Error('no space left')
    },
  })
  await made.answer(applicant, request)
  t.throws(() => made.approve(12), { message: /no space/ })
  t.equal(await made.answer(applicant, request), 'pending')
  t.throws(() => made.revoke(12), { message: /no space/ })
  t.equal(told.revoked, 0)
})

t.test('garbage is no request, and who asks too often waits', async (t) => {
  const { made, later } = enrolment()
  for (let i = 0; i < 5; i++) t.equal(await made.answer(applicant, new Uint8Array(100)), 'request')
  t.equal(await made.answer(applicant, request), 'busy')
  later(5)
  t.equal(await made.answer(applicant, request), 'pending')
  t.match(made.all(new Set()).length, 1)
})

t.test('pending keys are bounded, one a node, and those that do not ask any more are forgotten', async (t) => {
  const { made, later } = enrolment()
  await made.answer(applicant, request)
  const second = certificateKey()
  await made.answer(applicant, await newRequest(second))
  t.match(made.all(new Set()), [{ mark: certificateKeyMark(second) }])
  t.equal(made.all(new Set()).length, 1)
  later(601)
  t.same(made.all(new Set()), [])
})

t.test('masters tell each other: an approval and a revocation of one count on the other', async (t) => {
  const [one, other] = [enrolment(), enrolment()]
  await one.made.answer(applicant, request)
  one.made.approve(12)
  const list = one.made.listFor(other.made.digest)
  other.made.merge(list ?? Buffer.alloc(0))
  t.match(await other.made.answer(applicant, request), { certificate: Buffer })
  t.equal(one.made.listFor(other.made.digest), undefined, 'they have the same now')
  other.made.revoke(12)
  const before = one.told.revoked
  one.made.merge(other.made.listFor(createHash('sha256').digest()) ?? Buffer.alloc(0))
  t.ok(one.told.revoked > before, 'its connections end')
  t.equal(await one.made.answer(applicant, request), 'revoked')
  t.throws(() => one.made.merge(Buffer.from('garbage')))
  t.ok(one.made.isRevoked(mark))
})
