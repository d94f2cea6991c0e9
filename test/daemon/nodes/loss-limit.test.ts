// A master that lost its accounts, or most of them, and the nodes that had them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { IN_STEP } from '../../../src/kickback/files/confirmation.ts'
import { filesIn } from '../../../src/kickback/files/folders.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import type { ServerOptions } from '../../../src/kickback/service/server-options.ts'
import type { Stamp } from '../../../src/resolver/snapshot/builder.ts'
import { othersTurn } from '../../../src/values/clock.ts'
import type { Tap } from '../../folder.ts'
import { Gate } from '../../gate.ts'
import { client, contents } from '../../kickback/cluster.ts'
import { key, master, signed } from '../../kickback/node/masters.ts'
import { until } from '../../patience.ts'
import { follows, node, says, type TestNode } from './node.ts'

/** A master without users and groups, as one that takes over with another passwd file. */
const EMPTY = { ...contents(0), group: [], initgroups: [] }

/** A node that has 40 users of a master that is gone by now. */
async function nodeOf40(t: Tap): Promise<TestNode> {
  const { server, place } = await master(t, signed(100, 40))
  const one = await node(t, [place])
  await follows(one)
  await one.proxy.close()
  await server.close()
  return one
}

/** The same node, started again with other masters. */
const again = (t: Tap, { runDir, stateDir }: TestNode, ...masters: Parameters<typeof node>[1]): Promise<TestNode> =>
  node(t, masters, { runDir, stateDir })

/** Whether a node that has 40 users takes these contents from a master like this. */
async function takes(
  t: Tap,
  of: Parameters<typeof signed>[1],
  options: Partial<ServerOptions> = {},
  more: Partial<Stamp> = {},
  before: (node: TestNode) => void = () => {},
): Promise<boolean> {
  const had = await nodeOf40(t)
  before(had)
  const { place } = await master(t, signed(200, of, more), options)
  const one = await again(t, had, place)
  await until(() => one.proxy.current?.generation === 200 || one.reason().includes('would lose'))
  return one.proxy.current?.generation === 200
}

t.test(
  'a master without accounts that takes over empties no node: it keeps them, says so, and asks another master',
  async (t) => {
    const had = await nodeOf40(t)
    const { place: empty, server } = await master(t, signed(200, EMPTY))
    const { place: good } = await master(t, signed(150, 41))
    const one = await again(t, had, empty, good)
    await follows(one)
    t.equal(one.proxy.current?.count('passwd'), 41)
    t.match(
      one.lines.find((line) => line.startsWith('master is lost')),
      /would lose 40 of 40 records of passwd/,
    )
    const { masters, refusals } = one.proxy.report().following ?? {}
    t.match(masters?.[0], { state: 'lost', reason: /would lose 40 of 40 records of passwd/, generation: 200 })
    t.match(refusals, [], 'what is held is another now')
    await one.proxy.close()
    const alone = await again(t, one, empty)
    await says(alone, /generation 200 would lose 41 of 41 records of passwd.*kickback reload --force on this node/)
    t.equal(alone.proxy.current?.count('passwd'), 41)
    t.match(alone.proxy.report().following?.refusals, [{ generation: 200, reason: /would lose 41/ }])
    const asked = server.report().operations.SNAPSHOT
    await until(() => (server.report().operations.ALIVE ?? 0) > 6)
    t.equal(server.report().operations.SNAPSHOT, asked, 'what was refused is not fetched again')
  },
)

t.test('while a node compares an offer with what it has, it answers from what it has', async (t) => {
  const gate = new Gate()
  let isHeld = false
  const turn = (): Promise<void> => (isHeld ? gate.pass() : othersTurn())
  const { server, place } = await master(t, signed(100, 3000))
  // What it leaves out is told in turns as well: once that is over, all turns are those of the comparison.
  const one = await node(t, [place], { turn, ids: { uidMin: 1500, gidMin: 100, users: [], groups: [] } })
  await until(() => one.lines.some((line) => line.startsWith('users and groups with ids below')))
  isHeld = true
  // Records that came or went have steps, those that stayed have none.
  server.serve(signed(200, 5000))
  await until(() => gate.reached > 0)
  const asker = await client(t, { path: filesIn(one.runDir).socket })
  t.ok(await asker.lookup('passwd', 'user3000'))
  t.equal(await asker.lookup('passwd', 'user3001'), undefined)
  t.equal((await asker.status()).generation, 100)
  isHeld = false
  gate.open()
  await until(async () => (await asker.lookup('passwd', 'user3001')) !== undefined)
})

t.test('a loss within the limit is taken; one record more of the tenth is not', async (t) => {
  t.ok(await takes(t, 31), '9 of 40')
  t.notOk(await takes(t, 30), '10 of 40')
})

t.test("a loss is taken where the master's own history holds what the node has", async (t) => {
  t.ok(await takes(t, EMPTY, { history: (generation) => generation === 100 }))
  t.notOk(await takes(t, EMPTY, { history: (generation) => generation === 99 }))
})

t.test('a loss is taken where it was forced after what the node has', async (t) => {
  t.ok(await takes(t, EMPTY, {}, { forcedAt: 101 }))
  t.notOk(await takes(t, EMPTY, {}, { forcedAt: 100 }))
})

t.test('a loss is taken where no living master was in step with the node for seven days', async (t) => {
  const days =
    (count: number) =>
    (one: TestNode): void => {
      const record = { age: count * 86_400_000, boot: 'an earlier one', since_boot: 0, wall: Date.now() }
      writeFileSync(join(one.stateDir, IN_STEP), JSON.stringify(record))
    }
  t.ok(await takes(t, EMPTY, {}, {}, days(7.1)))
  t.notOk(await takes(t, EMPTY, {}, {}, days(6.9)))
})

t.test('reload --force on a node takes what is offered, and answers whether it did', async (t) => {
  const { place: empty } = await master(t, signed(200, EMPTY))
  const one = await again(t, await nodeOf40(t), empty)
  await says(one, /would lose/)
  const admin = await client(t, { path: filesIn(one.runDir).adminSocket })
  t.match(await admin.reload({}, 20_000), { outcome: 'refused', reason: /use --force/ })
  t.match(await admin.reload({ force: true }, 20_000), { outcome: 'published', generation: 200 })
  t.equal(one.proxy.current?.count('passwd'), 0)
  t.match(await admin.reload({ force: true }, 20_000), { outcome: 'unchanged', generation: 200 })
  const { place: older } = await master(t, signed(50, 40))
  await one.proxy.close()
  const back = await again(t, one, older)
  await says(back, /it has generation 50, this node has 200/)
  t.match(await (await client(t, { path: filesIn(one.runDir).adminSocket })).reload({ force: true }, 20_000), {
    outcome: 'published',
    generation: 50,
  })
})

t.test('reload --force on a node with no living master is refused, with the reason', async (t) => {
  const one = await node(t, [{ host: '127.0.0.1', port: 1 }])
  const admin = await client(t, { path: filesIn(one.runDir).adminSocket })
  t.match(await admin.reload({ force: true }, 20_000), {
    outcome: 'refused',
    reason: /127\.0\.0\.1:1: .*connection refused/,
  })
})

t.test('an insecure node takes whatever its master says now, a lower number and a loss too, and says so', async (t) => {
  const { server, place } = await master(t, signed(2 ** 41, 40))
  const one = await node(t, [place], { trust: new Trust({ key: undefined }) })
  await follows(one)
  t.equal(one.proxy.current?.generation, 2 ** 41)
  server.serve(signed(3, EMPTY))
  await until(() => one.proxy.current?.generation === 3)
  server.serve(signed(2, EMPTY))
  await until(() => one.proxy.current?.generation === 2)
  t.equal(one.proxy.report().following?.insecure, true)
  const { place: same } = await master(t, signed(2 ** 41, 40))
  const secure = await node(t, [same], { trust: new Trust({ key }) })
  await follows(secure)
  t.equal(secure.proxy.report().following?.insecure, false)
})
