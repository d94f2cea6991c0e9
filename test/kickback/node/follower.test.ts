import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Follower, type FollowerOptions } from '../../../src/kickback/node/follower.ts'
import type { Clock } from '../../../src/values/index.ts'
import { folder, logOf } from '../cluster.ts'
import { counted } from '../hand-clock.ts'
import { follows, master, node, quick, says, signed, until } from './node.ts'

/** A clock that runs fast and notes for how long it is asked to wait. */
function noting(): { clock: Clock; waits: number[] } {
  const waits: number[] = []
  const after: Clock['after'] = (ms, then) => {
    waits.push(ms)
    return quick.after(ms, then)
  }
  return { clock: { now: quick.now, after }, waits }
}

/** The pauses between rounds over all masters; with a `random` of 1 they are whole. */
const PAUSES = new Set([1000, 2000, 4000, 8000, 16_000])

t.test(
  'pauses between rounds double while all masters are dead, and are short again once one was followed',
  async (t) => {
    const { clock, waits } = noting()
    const pauses = (): number[] => waits.filter((ms) => PAUSES.has(ms))
    const { server, place } = await master(t, signed(1, 5))
    await server.close()
    const one = await node(t, [place], { clock, random: () => 1 })
    await until(() => pauses().length === 3)
    t.same(pauses(), [1000, 2000, 4000])
    const { server: back } = await master(t, signed(1, 5), {}, place)
    await follows(one)
    const before = pauses().length
    await back.close()
    await until(() => pauses().length > before)
    t.equal(pauses()[before], 1000)
  },
)

t.test('with several masters a round is over before there is a pause', async (t) => {
  const { clock, waits } = noting()
  const dead = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port }))
  const one = await node(t, dead, { clock, random: () => 1 })
  await until(() => waits.filter((ms) => PAUSES.has(ms)).length === 1)
  for (const port of [1, 2, 3]) t.match(one.reason(), new RegExp(`127\\.0\\.0\\.1:${port}: `))
  t.match(one.proxy.report().following?.masters, [{ state: 'lost' }, { state: 'lost' }, { state: 'lost' }])
})

t.test(
  'two masters that share a number with other content: the node follows the one that it is in step with',
  async (t) => {
    const { server, place } = await master(t, signed(5, 5))
    const { server: other, place: second } = await master(t, signed(5, 6))
    const one = await node(t, [place, second])
    await follows(one)
    await server.close()
    await says(one, /it has other content than this node under the same number, 5/)
    t.equal(one.proxy.current?.count('passwd'), 5)
    t.equal(one.proxy.report().following?.state, 'searching')
    other.publish(signed(6, 6, { contentTime: 9 }))
    await follows(one)
    t.equal(one.proxy.current?.count('passwd'), 6)
  },
)

t.test('a node that is in step is so for its master at once, by its digest', async (t) => {
  const { server, place } = await master(t, signed(5, 5))
  const one = await node(t, [place])
  await follows(one)
  await until(() => server.report().told === 1 && server.report().behind === 0)
  server.publish(signed(9, 5))
  await until(() => one.proxy.current?.generation === 9)
  t.equal(server.report().behind, 0, 'equal content is in step while its number is still on its way')
})

/** A follower of nobody who lives. */
function forlorn(more: Partial<FollowerOptions> = {}): Follower {
  return new Follower({
    masters: [{ host: '127.0.0.1', port: 1 }],
    trust: { key: undefined },
    software: 'test',
    clock: quick,
    log: logOf(),
    random: () => 1,
    current: () => undefined,
    age: () => 0,
    take: () => {},
    adopt: () => {},
    confirm: () => {},
    ...more,
  })
}

t.test(
  'each order to take what is offered gets an answer, however many come at once, and at the end too',
  async (t) => {
    const follower = forlorn()
    follower.start()
    const outcomes = await Promise.all([follower.takeOffered(), follower.takeOffered(), follower.takeOffered()])
    t.same(outcomes.slice(0, 2), ['another order came', 'another order came'])
    t.match(outcomes[2], /127\.0\.0\.1:1: .*connection refused/)
    const last = follower.takeOffered()
    await follower.close()
    t.equal(await last, 'the daemon ends')
    t.equal(await follower.takeOffered(), 'the daemon ends')
  },
)

t.test('at the end no connection to a master is waited for', async (t) => {
  const { clock, waiting } = counted()
  const path = join(folder(t), 'socket')
  const silent = createServer()
  t.teardown(() => silent.close())
  silent.listen(path)
  await once(silent, 'listening')
  const follower = forlorn({ masters: [{ path }], clock })
  follower.start()
  t.not(waiting.size, 0)
  await follower.close()
  t.equal(waiting.size, 0)
})
