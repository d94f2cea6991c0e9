// Accounts that the name service of a master has and does not list: they are looked up one by one.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { AccountLookups, exportedOf } from '../../../src/daemon/accounts/account-lookups.ts'
import type { ServiceQuestion, ServiceReply } from '../../../src/daemon/accounts/service-child.ts'
import { DATABASES, type Snapshot } from '../../../src/resolver/index.ts'
import { Scratch } from '../../cli/scratch.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'
import { asker, FakeService, user } from './fake.ts'

const NSS = ['--accounts-source', 'nss', '--accounts-services', 'fake', '--accounts-refresh', '86400'] as const

t.test('what is not listed is looked up, by name and by id, by the rules of what is exported', async (t) => {
  const [scratch, fake] = [new Scratch(t), new FakeService(t)]
  fake.users(user('ann', 3000), user('low', 300), user('daemon', 3001, 1), user('root', 3002), user('root', 0, 0))
  fake.groups('lab:x:5000:ann', 'wheel:x:5001:ann', 'low:x:300:ann', 'old:x:1:')
  fake.mode('unlisted')
  const daemon = scratch.start(['serve', ...scratch.flags, ...NSS, '--exclude-users', 'root'], fake.environment)
  await daemon.logged('ready')
  const ask = await asker(t, scratch)
  t.equal(await ask('passwd', 'ann'), 'ann:*:3000:5000:ann:/home/ann:/bin/sh\n')
  t.match(await ask('passwd', 3000), /^ann:/)
  t.equal(await ask('group', 'lab'), 'lab:*:5000:ann\n')
  t.match(await ask('group', 5000), /^lab:/)
  t.equal(await ask('initgroups', 'ann'), '5000')
  t.match(await ask('passwd', 'daemon'), /^daemon:/)
  t.match(await ask('group', 1), /^old:/, 'it is the primary group of a user who was found')
  for (const [database, key] of [
    ['passwd', 'nobody-there'],
    ['passwd', 'low'],
    ['passwd', 'root'],
    ['passwd', 3002],
    ['passwd', 300],
    ['group', 'wheel'],
    ['group', 300],
    ['initgroups', 'nobody-there'],
  ] as const)
    t.equal(await ask(database, key), 'absent', `${database} ${key}`)
  t.match(await ask('hosts', 'n1'), /n1/)

  await t.test('a service that hangs is no negative answer, and stalls nothing else', async (t) => {
    fake.mode('hang')
    const order: string[] = []
    const all = (
      [
        ['passwd', 'eve'],
        ['hosts', 'n1'],
        ['passwd', 'ann'],
      ] as const
    ).map(async ([database, key]) => {
      const answer = await ask(database, key)
      order.push(key)
      return answer
    })
    const [unknown = '', host = '', known = ''] = await Promise.all(all)
    t.same(order, ['n1', 'ann', 'eve'], 'on one connection, as all users of a node have it')
    t.equal(unknown, 'busy', 'an unknown user: TRYAGAIN')
    t.match(host, /n1/)
    t.match(known, /^ann:/)
  })

  await t.test('it is asked again when it answers', async (t) => {
    fake.users(user('ann', 3000), user('eve', 3005))
    fake.mode('unlisted')
    await until(async () => (await ask('passwd', 'eve')).startsWith('eve:'))
    t.match(await ask('passwd', 3005), /^eve:/)
  })
})

t.test('the limits are those of the last login.defs that could be read', async (t) => {
  const [scratch, fake] = [new Scratch(t), new FakeService(t)]
  writeFileSync(scratch.path('login.defs'), 'UID_MIN 300\nGID_MIN 300\n')
  fake.users(user('ann', 400))
  fake.mode('unlisted')
  const daemon = scratch.start(['serve', ...scratch.flags, ...NSS], fake.environment)
  await daemon.logged('ready')
  rmSync(scratch.path('login.defs'))
  mkdirSync(scratch.path('login.defs'))
  t.match(await scratch.ask('reload'), { code: 1, stderr: /login.defs.*it is a directory/s })
  const ask = await asker(t, scratch)
  t.match(await ask('passwd', 'ann'), /^ann:/)
})

t.test('a user has all groups that there are, however many', async (t) => {
  const [scratch, fake] = [new Scratch(t), new FakeService(t)]
  const gids = Array.from({ length: 1500 }, (_, i) => 10_000 + i)
  fake.users(user('ann', 3000))
  fake.groups(...gids.map((gid) => `g${gid}:x:${gid}:bob,ann`))
  fake.mode('unlisted')
  const daemon = scratch.start(['serve', ...scratch.flags, ...NSS], fake.environment)
  await daemon.logged('ready')
  const ask = await asker(t, scratch)
  await until(async () => (await ask('initgroups', 'ann')) !== 'busy')
  t.equal(await ask('initgroups', 'ann'), gids.join(' '))
})

/** Look-ups over services of the test, on a clock that stands still. */
class Site {
  readonly clock = new HandClock()
  readonly asked: ServiceQuestion[] = []
  reply: (question: ServiceQuestion) => Promise<ServiceReply> = async () => ({ status: 'absent', lines: [] })
  services = ['ldap']
  readonly lookups = new AccountLookups({
    pool: {
      ask: (question) => {
        this.asked.push(question)
        return this.reply(question)
      },
    },
    services: async () => this.services.map((name) => ({ name, actions: new Map() })),
    served: (): Snapshot | undefined => undefined,
    exported: async (lines) => exportedOf(lines, undefined, { users: [], groups: [] }),
    clock: this.clock,
  })

  /** The name of the user who is found, or why none is. */
  async user(key: string | number, asker = 'one'): Promise<string | undefined> {
    const answer = await this.lookups.lookUp('passwd', key, asker)
    return answer instanceof Uint8Array ? DATABASES.passwd.decode(answer).name : answer
  }
}

t.test('the primary group of each user who was found is exported, however many there are', async (t) => {
  const site = new Site()
  const idOf = (key = '') => Number(key.replace(/\D/g, ''))
  site.reply = async ({ kind, key }) => {
    const line =
      kind === 'passwd-name' ? `user${idOf(key)}:*:${2000 + idOf(key)}:${100 + idOf(key)}:::` : `g${key}:*:${key}:`
    return { status: 'found', lines: [line] }
  }
  for (let i = 0; i < 600; i++) await site.user(`user${i}`)
  for (const gid of [100, 355, 356, 357, 699])
    t.type(await site.lookups.lookUp('group', gid, 'one'), Uint8Array, `the group ${gid}, which is below the limits`)
  t.equal(await site.lookups.lookUp('group', 700, 'one'), 'absent', 'a group that no user has')
})

const ANN = { status: 'found', lines: ['ann:*:3000:5000::/home/ann:/bin/sh'] } as const
const LATE = { status: 'late', lines: [] } as const

t.test('equal questions are asked once, and answers of both kinds are kept', async (t) => {
  const site = new Site()
  site.reply = async ({ key }) => (key === 'ann' ? ANN : { status: 'absent', lines: [] })
  t.same(
    await Promise.all(Array.from({ length: 50 }, () => site.user('ann'))),
    Array.from({ length: 50 }, () => 'ann'),
  )
  t.same([await site.user('ann'), await site.user('eve'), await site.user('eve')], ['ann', 'absent', 'absent'])
  t.equal(site.asked.length, 2)
  site.clock.turn(15_000)
  await site.user('eve')
  t.equal(site.asked.length, 3, 'a negative answer counts for 15 s')
  await site.user('ann')
  t.equal(site.asked.length, 3)
})

t.test('a record that was found stays whatever is heard later; a reload has it looked for again', async (t) => {
  const site = new Site()
  site.reply = async () => ANN
  t.equal(await site.user('ann'), 'ann')
  for (const reply of [LATE, { status: 'unavail', lines: [] }, { status: 'absent', lines: [] }] as const) {
    site.reply = async () => reply
    site.clock.turn(60_000)
    t.equal(await site.user('ann'), 'ann', reply.status)
    await Promise.resolve()
    t.equal(await site.user('ann'), 'ann', reply.status)
  }
  site.reply = async () => LATE
  site.lookups.doubt()
  t.equal(await site.user('ann'), 'ann', 'nobody could tell')
  site.reply = async () => ({ status: 'absent', lines: [] })
  site.clock.turn(60_000)
  t.equal(await site.user('ann'), 'absent')
})

t.test(
  'one service that does not answer makes the answer of all unknown, and who asks waits for less than a second',
  async (t) => {
    const site = new Site()
    site.services = ['ldap', 'other']
    site.reply = async ({ service }) =>
      service === 'ldap' ? { status: 'unavail', lines: [] } : { status: 'absent', lines: [] }
    t.equal(await site.user('ann'), 'unknown')
    site.reply = () => new Promise(() => {})
    const answer = site.user('eve')
    site.clock.turn(799)
    site.clock.turn(1)
    t.equal(await answer, 'unknown')
  },
)

t.test('a flood of questions is bounded, and a name that can be none asks nobody', async (t) => {
  const site = new Site()
  site.reply = () => new Promise(() => {})
  for (let i = 0; i < 300; i++) void site.user(`user${i}`, `asker${i}`)
  t.equal(await site.user('eve', 'late'), 'unknown')
  t.equal(site.asked.length, 256)
  for (const name of ['', 'a:b', 'a\nb', 'a\0b', 'x'.repeat(300), 0]) t.equal(await site.user(name), 'absent')
  t.equal(site.asked.length, 256)
  t.equal(await site.lookups.lookUp('hosts', 'n1', 'one'), undefined)
  t.equal(await site.lookups.lookUp('shadow', 'ann', 'one'), undefined)
})

t.test('a flood of one asker, or of some, leaves places for the others', async (t) => {
  const site = new Site()
  site.reply = async ({ key }) => (key === 'ann' || key === 'bob' ? ANN : new Promise(() => {}))
  for (const asker of ['greedy', 'greedy too', 'greedier'])
    for (let i = 0; i < 1000; i++) void site.user(`${asker.replaceAll(' ', '')}${i}`, asker)
  t.equal(await site.user('ann', 'modest'), 'ann')
  t.ok(site.asked.length > 128, 'who floods has places that nobody else wants')
  t.equal(await site.user('ann', 'greedy'), 'ann', 'what is kept needs no place')
  t.equal(await site.user('bob', 'greedy'), 'unknown')
})

t.test('what a question leads to needs no place of its own', async (t) => {
  const site = new Site()
  site.reply = async ({ kind, key }) => {
    if (kind === 'initgroups') return { status: 'found', lines: ['5000', '5001'] }
    return kind === 'group-id' ? { status: 'found', lines: [`g${key}:*:${key}:ann`] } : new Promise(() => {})
  }
  for (let i = 0; i < 1000; i++) void site.user(`user${i}`, `asker${i % 255}`)
  const groups = await site.lookups.lookUp('initgroups', 'ann', 'modest')
  t.same(groups instanceof Uint8Array && DATABASES.initgroups.decode(groups).gids, [5000, 5001])
})
