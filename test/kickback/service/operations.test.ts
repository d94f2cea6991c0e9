import t from 'tap'
import { ANSWERS, announcement } from '../../../src/kickback/service/operations.ts'
import type { Question, ReloadOptions, Service } from '../../../src/kickback/service/question.ts'
import { CHUNK_MAX, NODES_MAX, type OperationName, type Request } from '../../../src/kickback/wire/protocol.ts'
import { type Asker, buildPublic, DATABASES, IdFloor, layout, Snapshot, stamp } from '../../../src/resolver/index.ts'
import { othersTurn } from '../../../src/values/clock.ts'
import { STEP } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { contents, publicSnapshot, shadowSnapshot, user } from '../cluster.ts'
import { paperClient, paperService } from './paper.ts'

const LOCAL: Asker = { via: 'local' }
const ADMIN: Asker = { via: 'admin' }
const machine = (last: number): Asker => ({ via: 'network', address: Uint8Array.of(10, 0, 0, last) })
/** Node 1, and a device of the cluster's hosts. */
const [NODE, DEVICE] = [machine(11), machine(9)]
const { PUBLIC, SHADOW } = layout.KINDS

/** The snapshot of the small cluster with changed contents, as generation 1. */
function changed(more: Partial<ReturnType<typeof contents>>): Snapshot {
  const bytes = buildPublic({ ...contents(5), ...more })
  stamp(bytes, { generation: 1 })
  return Snapshot.open(bytes)
}
const PARTIAL = changed({ complete: new Set(['hosts']) })

/** A service of one generation (or none, for null), and an asker of it. */
function asking(asker: Asker, more: Partial<Service> = {}, first: Snapshot | null = publicSnapshot(1)) {
  const [held, subscribed, clock] = [[] as number[], [] as number[], new HandClock()]
  const client = paperClient(asker, {
    holds: (generation) => void held.push(generation),
    subscribe: (id) => subscribed.push(id) === 1,
  })
  const service = paperService(clock, more, first ?? undefined)
  const ask = async <O extends OperationName>(operation: O, request: Request<O>) => {
    const question: Question<O> = { id: 7, client, service, request }
    return ANSWERS[operation](question)
  }
  return { ask, client, service, held, subscribed }
}

/** The name of the host in an answer; the whole answer where there is none. */
const hostIn = (answer: object) =>
  'record' in answer && answer.record instanceof Uint8Array ? DATABASES.hosts.decode(answer.record).names[0] : answer

t.test('the version is one that both speak, or ours where there is none', async (t) => {
  const { ask } = asking(LOCAL)
  for (const versions of [[1], [3, 1, 2], [2], []]) t.match(await ask('HELLO', { versions }), { status: 1, version: 1 })
  t.match(await asking(LOCAL, {}, null).ask('HELLO', { versions: [1] }), { status: 1, generation: 0 })
})

t.test('what is told with a greeting is kept of who may have the snapshot alone', async (t) => {
  const greeting = { versions: [1], software: 'node\n1', generation: 4 }
  const kept = async (asker: Asker) => {
    const { ask, client, held } = asking(asker)
    t.match(await ask('HELLO', greeting), { status: 1, generation: 1, software: 'kickback test' })
    return [client.software, held]
  }
  for (const asker of [LOCAL, NODE]) t.same(await kept(asker), ['node?1', [4]])
  for (const asker of [DEVICE, machine(200), { via: 'private' } as const]) t.same(await kept(asker), ['not told', []])
})

t.test('a number is an id as far as ids go', async (t) => {
  const { ask } = asking(LOCAL)
  t.match(await ask('LOOKUP', { db: 'passwd', key: 1001 }), { status: 1, generation: 1 })
  t.same(await ask('LOOKUP', { db: 'passwd', key: 0xffffffff }), { status: 0, generation: 1 })
  t.match(await ask('LOOKUP', { db: 'passwd', key: 2 ** 32 + 1001 }), { status: -1, error: 'request' })
})

t.test('a node asks its master for a process of its own what it does not know itself, and nothing else', async (t) => {
  const asked: object[] = []
  const passOn: Service['passOn'] = async (request) => {
    asked.push(request)
    return { status: 1, generation: 99 }
  }
  const fresh = { db: 'passwd', key: 'nobody' }
  for (const first of [null, PARTIAL]) {
    t.match(await asking(LOCAL, { passOn }, first).ask('LOOKUP', fresh), { generation: 99 })
  }
  t.same(asked.splice(0), [fresh, fresh])
  t.same(await asking(NODE, { passOn }, PARTIAL).ask('LOOKUP', fresh), {
    status: -1,
    error: 'incomplete',
    message: ((await asking(LOCAL, {}, PARTIAL).ask('LOOKUP', fresh)) as { message: string }).message,
  })
  const { ask } = asking(LOCAL, { passOn }, PARTIAL)
  t.match(await ask('LOOKUP', { db: 'passwd', key: 'user1' }), { status: 1, generation: 1 })
  t.match(await ask('LOOKUP', { db: 'hosts', key: 'nobody' }), { status: 0, generation: 1 })
  t.match(await ask('LOOKUP', { db: 'shadow', key: 'user1' }), { status: -1, error: 'denied' })
  t.match(await ask('LOOKUP', { db: 'no such', key: 'user1' }), { status: -1, error: 'database' })
  t.same(asked, [])
})

t.test('where the master is gone too, the answer is the own one', async (t) => {
  const { ask } = asking(LOCAL, { passOn: () => undefined }, PARTIAL)
  t.match(await ask('LOOKUP', { db: 'passwd', key: 'nobody' }), { status: -1, error: 'incomplete' })
})

t.test('self is who asks by network, and this machine for its own processes', async (t) => {
  const here = () => [Uint8Array.of(10, 0, 0, 14)]
  const named = async (asker: Asker, key: string, more: Partial<Service>) =>
    hostIn(await asking(asker, more).ask('LOOKUP', { db: 'hosts', key }))
  t.equal(await named(NODE, 'self', { here }), 'n1')
  t.equal(await named(LOCAL, 'self', { here }), 'n4')
  t.equal(await named(LOCAL, 'self', {}), 'master')
  const early = { role: 'proxy', isPlaced: () => false } as const
  t.match(await named(LOCAL, 'self', early), { status: -2, error: 'starting', message: /master/ })
  t.equal(await named(LOCAL, 'self', { ...early, here }), 'n4', 'an address of its own tells it all the same')
  t.match(await named(LOCAL, 'self', { role: 'proxy' }), { status: 0 }, 'a node that has none of the addresses')
  t.equal(await named(LOCAL, 'master', { role: 'proxy' }), 'master')
})

t.test('self that is not known yet is asked of no master, which would name the node otherwise', async (t) => {
  const passOn = () => t.fail('passed on') as never
  const { ask } = asking(LOCAL, { role: 'proxy', passOn, isPlaced: () => false })
  t.match(await ask('LOOKUP', { db: 'hosts', key: 'self' }), { status: -2, error: 'starting' })
})

t.test('what is below the floor of this machine is neither found nor listed', async (t) => {
  const floor = (snapshot: Snapshot) =>
    new IdFloor(snapshot, { uidMin: 1003, gidMin: 100, users: ['user1'], groups: [] })
  const { ask } = asking(LOCAL, { floor })
  const statusOf = async (key: string) => (await ask('LOOKUP', { db: 'passwd', key })).status
  t.same(await Promise.all(['user1', 'user2', 'user3'].map(statusOf)), [1, 0, 1])
  const listed = await ask('ENUMERATE', { db: 'passwd' })
  const records = 'records' in listed ? (listed.records ?? []) : []
  t.same(
    records.map((record) => DATABASES.passwd.decode(record).name),
    ['user1', 'user3', 'user4', 'user5'],
  )
})

t.test('where this machine takes few of very many, no question goes through all of them', async (t) => {
  let looked = 0
  class CountingFloor extends IdFloor {
    override taken(...args: Parameters<IdFloor['taken']>): Uint8Array | undefined {
      looked++
      return super.taken(...args)
    }
  }
  const rule = { uidMin: 1_000_000, gidMin: 100, users: ['user1', 'user2000'], groups: [] }
  const floor = (snapshot: Snapshot) => new CountingFloor(snapshot, rule)
  const { ask } = asking(LOCAL, { floor }, publicSnapshot(1, 2000))
  const names: string[] = []
  let cursor: Request<'ENUMERATE'>['cursor']
  let most = 0
  do {
    const before = looked
    const reply = await ask('ENUMERATE', { db: 'passwd', ...(cursor && { cursor }) })
    most = Math.max(most, looked - before)
    if ('error' in reply) throw new Error(reply.message)
    t.equal(reply.status, 1, 'a reply without a record is no end')
    for (const record of reply.records ?? []) names.push(DATABASES.passwd.decode(record).name)
    cursor = reply.cursor
  } while (cursor !== undefined)
  t.same(names, ['user1', 'user2000'])
  t.equal(looked, 2000 + Math.ceil(2000 / 512) - 1, 'each is looked at once, and one more to see that there is more')
  t.ok(most <= 513, `${most} in one question`)
})

t.test('the floor for shadow entries is that of the users, who have the ids', async (t) => {
  const floors: (number | undefined)[] = []
  const floor = ({ header }: Snapshot) => void floors.push(header.kind)
  const { ask, service } = asking({ via: 'private' }, { floor })
  service.shadow.serve(shadowSnapshot(1))
  t.match(await ask('LOOKUP', { db: 'shadow', key: 'user1' }), { status: 1 })
  t.same(floors, [PUBLIC])
})

t.test(
  'a batch ends with its limit or with 64 KiB, never without a record, and the last one has no cursor',
  async (t) => {
    const gecos = 'x'.repeat(40_000)
    const passwd = [1, 2, 3].map((number) => ({ ...user(number), gecos }))
    const counts = async (limit: number | undefined, first: Snapshot) => {
      const { ask } = asking(LOCAL, {}, first)
      const all: number[] = []
      let cursor: Request<'ENUMERATE'>['cursor']
      do {
        const reply = await ask('ENUMERATE', {
          db: 'passwd',
          ...(limit !== undefined && { limit }),
          ...(cursor && { cursor }),
        })
        if ('error' in reply) throw new Error(reply.message)
        all.push(reply.records?.length ?? 0)
        cursor = reply.cursor
      } while (cursor !== undefined)
      return all
    }
    t.same(await counts(2, publicSnapshot(1)), [2, 2, 1])
    t.same(await counts(5, publicSnapshot(1)), [5])
    t.same(await counts(0, publicSnapshot(1)), [1, 1, 1, 1, 1])
    t.same(await counts(1000, publicSnapshot(1, 300)), [256, 44])
    t.same(await counts(undefined, changed({ passwd, initgroups: [], group: [] })), [1, 1, 1])
  },
)

t.test('a cursor that was in no reply is the fault of the asker; nothing to list is not found', async (t) => {
  const { ask } = asking(LOCAL)
  const at = (generation: number, position: number) =>
    ask('ENUMERATE', { db: 'passwd', cursor: { generation, position } })
  t.match(await at(1, 3), { status: -2, error: 'cursor', message: /no reply/ })
  t.match(await at(2, 0), { status: -2, error: 'cursor', message: /gone/ })
  t.same(await asking(LOCAL, {}, changed({ networks: [] })).ask('ENUMERATE', { db: 'networks' }), {
    status: 0,
    generation: 1,
  })
})

t.test('a part of a triple that is not asked for is any, an empty one is not', async (t) => {
  const { ask } = asking(LOCAL)
  const isIn = async (request: Omit<Request<'INNETGR'>, 'netgroup'>) =>
    (await ask('INNETGR', { netgroup: Buffer.from('nodes'), ...request })).status
  t.equal(await isIn({}), 1)
  t.equal(await isIn({ host: Buffer.from('n1'), user: 'any', domain: 'any' }), 1)
  t.equal(await isIn({ host: '' }), 0)
  t.match(await asking(DEVICE).ask('INNETGR', { netgroup: 'nodes' }), { status: -1, error: 'denied' })
})

t.test('a large netgroup that was not asked before is made ready while others have their turn', async (t) => {
  const triples = Array.from({ length: 20 * STEP }, (_, i) => ({ host: `m${i}`, user: '-', domain: undefined }))
  const { client, service } = asking(LOCAL, {}, changed({ netgroup: [{ name: 'all', triples }] }))
  const ask = (host: string) => ANSWERS.INNETGR({ id: 7, client, service, request: { netgroup: 'all', host } })
  const answers = ['m0', `m${20 * STEP - 1}`, 'm'].map(ask)
  t.ok(answers.every((answer) => answer instanceof Promise))
  let answered = 0
  const all = answers.map(async (answer) => {
    const { status } = await answer
    answered++
    return status
  })
  await othersTurn()
  t.equal(answered, 0)
  t.same(await Promise.all(all), [1, 1, 0])
  t.match(ask('m1'), { status: 1, generation: 1 }, 'now it is ready')
})

t.test(
  'bytes of a snapshot are those that are asked for, as far as there are any and a reply takes them',
  async (t) => {
    const snapshot = publicSnapshot(1, 5000)
    const { ask, service } = asking(NODE, {}, snapshot)
    const size = snapshot.bytes.length
    t.ok(size > CHUNK_MAX)
    const part = async (offset: number, length?: number) => {
      const reply = await ask('SNAPSHOT', { kind: PUBLIC, offset, ...(length !== undefined && { length }) })
      if ('error' in reply || reply.data === undefined) throw new Error('refused')
      t.match(reply, { status: 1, size, generation: 1 })
      t.ok(service.public.isPart(reply.data), 'nothing is copied')
      return Buffer.from(reply.data)
    }
    const bytes = Buffer.from(snapshot.bytes)
    t.ok((await part(0)).equals(bytes.subarray(0, CHUNK_MAX)))
    t.ok((await part(10, CHUNK_MAX + 1)).equals(bytes.subarray(10, 10 + CHUNK_MAX)))
    t.ok((await part(5, 7)).equals(bytes.subarray(5, 12)))
    t.ok((await part(size - 3, 7)).equals(bytes.subarray(size - 3)))
    for (const offset of [size, size + 5]) t.equal((await part(offset, 7)).length, 0)
  },
)

t.test('who has parts of a generation to take may look at another one in a copy, but not read it', async (t) => {
  const { ask, client, service } = asking(NODE)
  await ask('SNAPSHOT', { kind: PUBLIC, generation: 1, offset: 0, length: 8 })
  Object.assign(client, { waitingShared: 8 })
  service.public.serve(publicSnapshot(2))
  const look = await ask('SNAPSHOT', { kind: PUBLIC, offset: 0, length: 8 })
  if ('error' in look || look.data === undefined) throw new Error('refused')
  t.same(Buffer.from(look.data), Buffer.from(service.public.current?.bytes.subarray(0, 8) ?? []))
  t.notOk(service.public.isPart(look.data))
  const named = { kind: PUBLIC, offset: 0, length: 8 }
  t.match(await ask('SNAPSHOT', { ...named, generation: 2 }), { status: -2, error: 'generation' })
  t.match(await ask('SNAPSHOT', { ...named, generation: 1 }), { status: 1, generation: 1 })
  t.match(await ask('SNAPSHOT', { ...named, generation: 3 }), { status: -2, error: 'generation' })
})

t.test('each kind of snapshot is for those who may have it, and there are no others', async (t) => {
  const errorOf = async (asker: Asker, kind: number) => {
    const { ask, service } = asking(asker)
    service.shadow.serve(shadowSnapshot(1))
    const reply = await ask('SNAPSHOT', { kind, offset: 0 })
    return 'error' in reply ? reply.error : undefined
  }
  t.same([await errorOf(NODE, PUBLIC), await errorOf(NODE, SHADOW)], [undefined, 'denied'])
  t.same([await errorOf({ via: 'private' }, PUBLIC), await errorOf({ via: 'private' }, SHADOW)], ['denied', undefined])
  for (const kind of [0, 3]) t.equal(await errorOf(ADMIN, kind), 'request')
  t.match(await asking(ADMIN).ask('SNAPSHOT', { kind: SHADOW, offset: 0 }), { status: -2, error: 'starting' })
})

t.test('a subscription is answered with the announcement of the current generation, where there is room', async (t) => {
  const { ask, subscribed } = asking(NODE)
  const { digest } = publicSnapshot(1)
  t.same(await ask('SUBSCRIBE', {}), announcement(publicSnapshot(1)))
  t.same(announcement(publicSnapshot(1)), { status: 1, generation: 1, digest })
  t.match(await ask('SUBSCRIBE', {}), { status: -2, error: 'busy' })
  t.same(subscribed, [7, 7], 'the announcements have the id of the request')
  for (const [asker, first, error] of [
    [DEVICE, publicSnapshot(1), 'denied'],
    [LOCAL, null, 'starting'],
  ] as const) {
    const other = asking(asker, {}, first)
    t.match(await other.ask('SUBSCRIBE', {}), { error })
    t.same(other.subscribed, [])
  }
})

t.test('what only root may ask is told to nobody else', async (t) => {
  const reload = () => t.fail('nobody may reload') as never
  const generations = () => t.fail('nobody may have the generations') as never
  for (const asker of [LOCAL, NODE, DEVICE, { via: 'private' } as const]) {
    const { ask } = asking(asker, { reload, generations })
    for (const operation of ['NODES', 'STATES', 'HISTORY', 'RELOAD', 'TOKEN'] as const) {
      t.match(await ask(operation, {}), { status: -1, error: 'denied' }, `${asker.via} ${operation}`)
    }
  }
  for (const asker of [DEVICE, { via: 'private' } as const])
    t.match(await asking(asker).ask('STATUS', {}), { error: 'denied' })
})

t.test('a page of nodes has at least one and at most NODES_MAX, and begins at the cursor', async (t) => {
  const asked: number[][] = []
  const node = { address: '10.0.0.11', software: 'kickback', generation: 1, behind: false }
  const nodes: Service['nodes'] = (after, limit) => {
    asked.push([after, limit])
    return { nodes: [node], cursor: after === 0 ? 5 : undefined }
  }
  const { ask } = asking(ADMIN, { nodes })
  t.same(await ask('NODES', {}), { status: 1, nodes: [node], generation: 1, cursor: 5 })
  t.same(await ask('NODES', { cursor: 5, limit: 0 }), { status: 1, nodes: [node], generation: 1 })
  await ask('NODES', { cursor: 6, limit: NODES_MAX + 1 })
  await ask('NODES', { limit: 3 })
  t.same(asked, [
    [0, NODES_MAX],
    [5, 1],
    [6, NODES_MAX],
    [0, 3],
  ])
})

t.test('a daemon that keeps nothing and reads nothing says so to root', async (t) => {
  const { ask } = asking(ADMIN)
  t.match(await ask('HISTORY', {}), { status: -1, error: 'operation', message: /ask its master/ })
  t.match(await ask('RELOAD', {}), { status: -1, error: 'reload' })
})

t.test('a reload is done as it is asked for, and what goes not together is refused before it begins', async (t) => {
  const asked: ReloadOptions[] = []
  const report = { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] } as const
  const reload = async (options: ReloadOptions) => {
    asked.push(options)
    return report
  }
  const { ask } = asking(ADMIN, { reload })
  t.same(await ask('RELOAD', {}), { status: 1, report })
  await ask('RELOAD', { force: true, release: true })
  await ask('RELOAD', { dry_run: true, config: '/other' })
  await ask('RELOAD', { back_to: 0 })
  const usual = { dryRun: false, force: false }
  t.same(asked.splice(0), [
    usual,
    { ...usual, force: true, release: true },
    { ...usual, dryRun: true, config: '/other' },
    { ...usual, backTo: 0 },
  ])
  const dry = { dry_run: true, back_to: 3 }
  for (const request of [
    { config: '/other' },
    { config: '' },
    { ...dry, config: '/other' },
    { ...dry, release: true },
  ]) {
    t.match(await ask('RELOAD', request), { status: -1, error: 'request' }, JSON.stringify(request))
  }
  t.same(asked, [])
})
