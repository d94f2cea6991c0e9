// What a node decides about a generation: by its header, by its ids, and by what it would lose.
import t from 'tap'
import { NodeJudge, type NodeJudgeParts } from '../../../src/daemon/judge/node-judge.ts'
import { UntrustedError } from '../../../src/kickback/node/trust.ts'
import type { Proof, Snapshot } from '../../../src/resolver/index.ts'
import { signed } from '../../kickback/node/masters.ts'

const NOW: Proof = { age: 0, known: false, conflict: false }

function judgeOf(held: Snapshot | undefined, more: Partial<NodeJudgeParts> = {}): NodeJudge {
  return new NodeJudge({ isInsecure: false, current: () => held, isNumbered: () => true, age: () => 0, ...more })
}

t.test('what is offered is judged by what is held, and by the orders of the node', async (t) => {
  const held = signed(100, 40)
  const newer = signed(200, 1).header
  const older = signed(90, 1).header
  t.same(judgeOf(undefined).offered(newer, NOW, false), { kind: 'take', anyLoss: true })
  t.same(judgeOf(held).offered(newer, NOW, false), { kind: 'take', anyLoss: false })
  t.same(judgeOf(held).offered(newer, { ...NOW, known: true }, false), { kind: 'take', anyLoss: true })
  t.same(judgeOf(held, { age: () => 7 * 86_400 }).offered(newer, NOW, false), { kind: 'take', anyLoss: true })
  t.same(judgeOf(held).offered(newer, NOW, true), { kind: 'take', anyLoss: true })
  t.same(judgeOf(held).offered(held.header, NOW, false), { kind: 'in-step' })
  t.match(judgeOf(held).offered(older, NOW, false), { kind: 'stay', reason: 'older' })
  t.match(judgeOf(held).offered(newer, { ...NOW, age: 61 }, false), { kind: 'stay', reason: 'unproved' })
  t.match(judgeOf(held).offered(newer, { ...NOW, conflict: true }, false), { kind: 'stay', reason: 'conflict' })
  t.same(judgeOf(held, { isNumbered: () => false }).offered(older, NOW, false), { kind: 'take', anyLoss: false })
  t.same(judgeOf(held, { isInsecure: true }).offered(older, { ...NOW, age: 61 }, false), {
    kind: 'take',
    anyLoss: true,
  })
})

t.test('what loses too much is refused, and is known from then on until it is forgotten', async (t) => {
  const judge = judgeOf(signed(100, 40))
  const empty = signed(200, 1)
  t.doesNotThrow(() => judge.checkRefused(empty.header))
  await t.rejects(judge.checkLoss(empty), { name: 'UntrustedError', message: /would lose 39 of 40 records of passwd/ })
  t.throws(() => judge.checkRefused(empty.header), UntrustedError)
  t.match(judge.refusals, [{ generation: 200, reason: /would lose 39 of 40/ }])
  await t.resolves(judge.checkLoss(signed(201, 39)), 'one of forty is few')
  judge.forget()
  t.same(judge.refusals, [])
  t.doesNotThrow(() => judge.checkRefused(empty.header))
})

t.test('who holds nothing loses nothing', async (t) => {
  const judge = judgeOf(undefined)
  await t.resolves(judge.checkLoss(signed(200, 0)))
  t.same(judge.refusals, [])
})

t.test('bytes that a header proved are opened, and refused for an id that no master may give', async (t) => {
  const judge = judgeOf(undefined)
  const good = signed(200, 3)
  t.equal((await judge.opened(good.bytes)).generation, 200)
  await t.rejects(judge.opened(good.bytes.subarray(0, 100)), UntrustedError)
})
