import t from 'tap'
import type { GenerationHeader } from '../../../src/resolver/generations/header.ts'
import { type NodeOrders, OLD_COPY, type Proof } from '../../../src/resolver/generations/offer.ts'
import { judgeOffer } from '../../../src/resolver/index.ts'
import { header } from './headers.ts'

const held = header(1000, 1, { contentTime: 500 })
const newer = header(2000, 2, { contentTime: 600 })

/** What a node that holds `held` does about an offer. */
function verdictOn(
  offered: GenerationHeader,
  {
    proof = {},
    orders = {},
    age = 60,
    isNumbered = true,
  }: { proof?: Partial<Proof>; orders?: Partial<NodeOrders>; age?: number; isNumbered?: boolean } = {},
) {
  const whole = { age: 0, known: false, conflict: false, ...proof }
  const all = { insecure: false, forced: false, ...orders }
  return judgeOffer({ header: offered, proof: whole }, { header: held, isNumbered, age }, all)
}

const anyLoss = { kind: 'take', anyLoss: true }
const limited = { kind: 'take', anyLoss: false }
const stays = (reason: string) => ({ kind: 'stay', reason })

t.test(
  'nothing is taken from who does not prove to hold the key now, by a node without any state either',
  async (t) => {
    const orders = { insecure: false, forced: false }
    for (const holding of [undefined, { header: held, isNumbered: true, age: 0 }]) {
      t.match(judgeOffer({ header: newer, proof: undefined }, holding, orders), stays('unproved'))
      const old = { age: 61, known: true, conflict: false }
      t.match(judgeOffer({ header: newer, proof: old }, holding, { ...orders, forced: true }), stays('unproved'))
    }
    const proof = { age: 60, known: false, conflict: false }
    t.same(judgeOffer({ header: newer, proof }, undefined, orders), anyLoss)
  },
)

t.test('equal content is in step, and a greater number of it is adopted without a body', async (t) => {
  t.same(verdictOn(header(1000, 1)), { kind: 'in-step' })
  t.same(verdictOn(header(900, 1)), { kind: 'in-step' })
  t.same(verdictOn(header(1001, 1)), { kind: 'adopt' })
})

t.test('numbers only grow, and a number has one content', async (t) => {
  t.match(verdictOn({ ...newer, generation: 999 }, { proof: { known: true } }), stays('older'))
  t.match(verdictOn({ ...newer, generation: 1000 }, { proof: { known: true } }), stays('shared-number'))
  t.match(verdictOn({ ...newer, generation: 2 ** 52 }), stays('number'))
})

t.test('a copy of another key keeps its data, and its number does not count', async (t) => {
  const lower = { ...newer, generation: 999, contentTime: 1 }
  t.same(verdictOn(lower, { isNumbered: false }), limited, 'the loss limit protects what is known')
  t.same(verdictOn(lower, { isNumbered: false, proof: { known: true } }), anyLoss)
  t.same(verdictOn(lower, { isNumbered: false, age: 8 * 86_400 }), anyLoss)
  t.same(verdictOn(header(900, 1), { isNumbered: false }), { kind: 'adopt' }, 'the same content, now of our key')
})

t.test('a number that no master makes does not bind who holds it', async (t) => {
  const wedged = { header: { ...held, generation: 2 ** 52 }, isNumbered: true, age: 60 }
  const proof = { age: 0, known: false, conflict: false }
  const orders = { insecure: false, forced: false }
  t.same(judgeOffer({ header: newer, proof }, wedged, orders), limited)
})

t.test('content that is not newer is taken only from the master whose history holds ours', async (t) => {
  const older = { ...newer, contentTime: 499 }
  t.match(verdictOn(older), stays('stale'))
  t.same(verdictOn(older, { proof: { known: true } }), anyLoss)
  t.match(verdictOn({ ...newer, contentTime: 0 }), stays('stale'), 'nobody knows how old it is')
})

t.test(
  'the loss limit holds, unless the master knows what we hold, or it was forced, or our copy is old',
  async (t) => {
    t.same(verdictOn(newer), limited)
    t.same(verdictOn(newer, { proof: { known: true } }), anyLoss)
    t.same(verdictOn({ ...newer, contentTime: 1, forcedAt: 1001 }), anyLoss)
    t.same(verdictOn({ ...newer, forcedAt: 1000 }), limited)
    t.same(verdictOn(newer, { age: OLD_COPY }), anyLoss)
  },
)

t.test(
  'a master in conflict is left, even if it has what we have, but not where the administrator says so',
  async (t) => {
    const proof = { conflict: true, known: true }
    t.match(verdictOn(newer, { proof }), stays('conflict'))
    t.match(verdictOn(held, { proof }), stays('conflict'))
    t.same(verdictOn(newer, { proof, orders: { forced: true } }), anyLoss)
  },
)

t.test('a forced node takes what is offered, and an insecure one whatever is there now', async (t) => {
  const older = header(10, 2)
  t.same(verdictOn(older, { orders: { forced: true } }), anyLoss)
  t.same(verdictOn(older, { orders: { insecure: true } }), anyLoss)
  t.same(
    verdictOn(header(10, 1), { orders: { insecure: true } }),
    { kind: 'adopt' },
    'its number too, whatever that is',
  )
})

t.test('what is held already is in step, by force and without a key too', async (t) => {
  t.same(verdictOn(held, { orders: { forced: true } }), { kind: 'in-step' })
  t.same(verdictOn({ ...held, generation: 9 }, { orders: { forced: true } }), { kind: 'in-step' })
  t.same(verdictOn(held, { orders: { insecure: true } }), { kind: 'in-step' })
})
