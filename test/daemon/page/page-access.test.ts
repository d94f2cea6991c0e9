import t from 'tap'
import { PageAccess } from '../../../src/daemon/page/page-access.ts'
import { hex } from '../../../src/values/index.ts'

/** Access whose clock stands where the test puts it. */
function access() {
  const clock = { time: 0, now: () => clock.time }
  return { made: new PageAccess(clock), clock }
}

t.test('a token opens one session, which is held by cookie and key together', async (t) => {
  const { made } = access()
  const token = hex(made.grant().token)
  const session = made.enter(token)
  if (session === undefined) return t.fail('it opens none')
  t.equal(made.enter(token), undefined, 'a second time it is worth nothing')
  t.ok(made.holds(session))
  t.notOk(made.holds({ ...session, key: session.cookie }))
  t.notOk(made.holds({ ...session, cookie: session.key }))
  t.notOk(made.holds({ cookie: '', key: '' }))
  return t.equal(made.enter('0'.repeat(64)), undefined)
})

t.test('tokens and sessions end by themselves', async (t) => {
  const { made, clock } = access()
  const [first, second] = [made.grant(), made.grant()]
  clock.time = first.lasts * 1000 - 1
  const session = made.enter(hex(first.token))
  if (session === undefined) return t.fail('it is good until then')
  clock.time += 1
  t.equal(made.enter(hex(second.token)), undefined)
  clock.time += session.lasts * 1000 - 2
  t.ok(made.holds(session))
  clock.time += 1
  return t.notOk(made.holds(session))
})

t.test('there are sixteen of each at once: for a new one the oldest makes room', async (t) => {
  const { made } = access()
  const tokens = Array.from({ length: 17 }, () => hex(made.grant().token))
  t.same(tokens.map((token) => made.enter(token) !== undefined).indexOf(true), 1)
  const sessions = Array.from({ length: 17 }, () => made.enter(hex(made.grant().token)) ?? { cookie: '', key: '' })
  t.same(sessions.map((session) => made.holds(session)).indexOf(true), 1)
})
