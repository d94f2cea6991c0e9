// What a node's own files have otherwise than the cluster, as its master hears of it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { KickbackClient, type NodeReport } from '../../../src/kickback/index.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { contents } from '../../kickback/cluster.ts'
import { master, signed } from '../../kickback/node/masters.ts'
import { honest, middle } from '../../kickback/node/middle.ts'
import { until } from '../../patience.ts'
import { node as started } from './node.ts'

/** The account files of a node, whose user1 has another id than the cluster at first. */
function files(t: Tap) {
  const stateDir = folder(t)
  const accounts = { passwd: join(stateDir, 'passwd'), group: join(stateDir, 'group') }
  const write = (passwd: string, group = ''): void => {
    writeFileSync(accounts.passwd, passwd)
    writeFileSync(accounts.group, group)
  }
  write('root:x:0:0::/:/bin/sh\nuser1:x:700:100::/:/bin/sh\n')
  return { stateDir, accounts, write }
}

/** The nodes of a master, as root is told of them. */
async function nodesOf(
  t: Tap,
  server: Awaited<ReturnType<typeof master>>['server'],
): Promise<() => Promise<NodeReport[]>> {
  const place = await server.listen('admin', { path: join(folder(t), 'admin') })
  const client = await KickbackClient.connect(place, { clock: monotonic, software: 'test', timeout: 20_000 })
  t.teardown(() => client.close())
  return async () => {
    const all: NodeReport[] = []
    for await (const page of client.nodes()) all.push(...page)
    return all
  }
}

t.test('a master names the accounts of a node, and no more once they are mended there', async (t) => {
  const { server, place } = await master(t, signed(100, 5))
  const { write, ...options } = files(t)
  const nodes = await nodesOf(t, server)
  await started(t, [place], options)
  await until(() => server.report().other_ids === 1)
  const user1 = { kind: 'user', name: 'user1', id: 700, cluster_id: 1001 }
  await until(async () => (await nodes()).length === 1)
  t.match(await nodes(), [{ other_ids: { count: 1, accounts: [user1] } }])
  write('root:x:0:0::/:/bin/sh\nmunge:x:1002:100::/:/bin/sh\nuser1:x:700:100::/:/bin/sh\n', 'wheel:x:10:\n')
  await until(async () => (await nodes())[0]?.other_ids?.count === 3)
  t.same((await nodes())[0]?.other_ids?.accounts, [
    { kind: 'user', name: 'munge', id: 1002, cluster_name: 'user2' },
    user1,
    { kind: 'group', name: 'wheel', id: 10, cluster_id: 101 },
  ])
  write('root:x:0:0::/:/bin/sh\nuser1:x:1001:100::/:/bin/sh\n')
  await until(() => server.report().other_ids === 0)
  t.same(
    (await nodes()).map((one) => 'other_ids' in one),
    [false],
  )
})

t.test('a generation that gives a name another id is told of too', async (t) => {
  const { server, place } = await master(t, signed(100, 0))
  const { write, ...options } = files(t)
  write('user1:x:700:100::/:/bin/sh\n')
  const { proxy } = await started(t, [place], options)
  await until(() => proxy.report().following?.state === 'following')
  t.equal(server.report().other_ids, 0)
  server.serve(signed(101, 5))
  await until(() => server.report().other_ids === 1)
  server.serve(signed(102, { ...contents(5), passwd: [] }))
  await until(() => server.report().other_ids === 0)
})

t.test('of many accounts the first are named, and all are counted', async (t) => {
  const { server, place } = await master(t, signed(100, 40))
  const { write, ...options } = files(t)
  write(Array.from({ length: 40 }, (_, i) => `user${i + 1}:x:${5000 + i}:100::/:/bin/sh\n`).join(''))
  const nodes = await nodesOf(t, server)
  await started(t, [place], options)
  await until(async () => (await nodes())[0]?.other_ids !== undefined)
  t.match((await nodes())[0]?.other_ids, { count: 40, accounts: { length: 8 } })
})

t.test('a node that follows another master tells that one, and its end takes back what it told', async (t) => {
  const [first, second] = [await master(t, signed(100, 5)), await master(t, signed(100, 5))]
  const { write, ...options } = files(t)
  const { proxy } = await started(t, [first.place, second.place], options)
  await until(() => first.server.report().other_ids === 1)
  await first.server.close()
  await until(() => second.server.report().other_ids === 1)
  await proxy.close()
  await until(() => second.server.report().other_ids === 0)
})

t.test('who has not proved to be a master is told nothing', async (t) => {
  const { server, place } = await master(t, signed(100, 5))
  const stranger = await master(t, signed(200, 5), { sign: () => new Uint8Array(64) })
  const told: unknown[] = []
  const between = await middle(t, stranger.place, (message) => {
    told.push(message.request)
    honest(message)
  })
  const { write, ...options } = files(t)
  await started(t, [between.place, place], options)
  await until(() => server.report().other_ids === 1)
  t.ok(told.length > 0)
  t.notOk(told.some((request) => 'other_ids' in (request as object)))
})

t.test('nor is it told of a change while its proof is waited for', async (t) => {
  const { server, place } = await master(t, signed(100, 5))
  const { write, ...options } = files(t)
  const runDir = folder(t)
  const before = await started(t, [place], { ...options, runDir })
  await until(() => server.report().other_ids === 1)
  await before.proxy.close()
  const told: object[] = []
  // It answers all but the question for a proof.
  const between = await middle(t, place, (message) => {
    told.push(message.request)
    if (message.op !== 'ALIVE') honest(message)
  })
  await started(t, [between.place, place], { ...options, runDir })
  await until(() => between.asked.includes('ALIVE'))
  write('root:x:0:0::/:/bin/sh\nuser1:x:701:100::/:/bin/sh\n')
  await until(() => server.report().other_ids === 1)
  t.ok(told.length > 0)
  t.notOk(told.some((request) => 'other_ids' in request))
})

t.test('files that are not there have no accounts', async (t) => {
  const { server, place } = await master(t, signed(100, 5))
  const { accounts, stateDir } = files(t)
  const own = readFileSync(accounts.passwd)
  rmSync(accounts.passwd)
  rmSync(accounts.group)
  const { proxy } = await started(t, [place], { accounts, stateDir })
  await until(() => proxy.report().following?.state === 'following')
  writeFileSync(accounts.passwd, own)
  await until(() => server.report().other_ids === 1)
})
