// Users and groups that come from the name service of the master: listed, filtered, and kept where a service does not answer.
import t from 'tap'
import { Scratch } from '../../cli/scratch.ts'
import { until } from '../../patience.ts'
import { asker, FakeService, user, users } from './fake.ts'

const NSS = ['--accounts-source', 'nss', '--accounts-services', 'fake', '--accounts-deadline', '1'] as const
const FOR_EVER = ['--accounts-refresh', '86400'] as const

t.test('a master serves what its name service lists, without system accounts, and looks again at times', async (t) => {
  const [scratch, fake] = [new Scratch(t), new FakeService(t)]
  fake.users(user('daemon', 1, 1), ...users(30))
  fake.groups('lab:x:5000:user1,user2')
  const daemon = scratch.start(['serve', ...scratch.flags, ...NSS, '--accounts-refresh', '1'], fake.environment)
  await daemon.logged('ready')
  const ask = await asker(t, scratch)
  t.equal(await ask('passwd', 'user7'), 'user7:*:2007:5000:user7:/home/user7:/bin/sh\n')
  t.equal(await ask('passwd', 'daemon'), 'absent')
  t.equal(await ask('initgroups', 'user1'), '5000')
  fake.users(...users(31))
  await until(async () => (await ask('passwd', 'user30')) !== 'absent')

  await t.test(
    'a service that hangs is killed at the deadline: nothing is lost, and hosts are answered meanwhile',
    async (t) => {
      fake.mode('hang')
      await daemon.logged('the name service of this machine does not list accounts')
      t.not(await ask('passwd', 'user30'), 'absent')
      t.equal(await ask('passwd', 'nobody-there'), 'absent')
      t.not(await ask('hosts', 'n1'), 'absent')
      const told = await scratch.ask('reload')
      t.match(told, { code: 1, stderr: /nss:passwd.*the service fake of nsswitch.conf did not answer within 1 s/s })
      t.not(await ask('passwd', 'user30'), 'absent')
    },
  )

  await t.test('so are outages, and one in the middle of a listing', async (t) => {
    for (const mode of ['unavail', 'tryagain', 'half'] as const) {
      fake.mode(mode)
      t.match(
        await scratch.ask('reload'),
        { code: 1, stderr: /the service fake of nsswitch.conf is not available/ },
        mode,
      )
      t.not(await ask('passwd', 'user30'), 'absent', mode)
    }
  })

  await t.test('a listing that shrank meets the loss limit, and a negative answer removes nothing', async (t) => {
    fake.mode('answer')
    await daemon.logged('the name service of this machine lists accounts again')
    fake.users(...users(15))
    t.match(await scratch.ask('reload'), { code: 1, stderr: /lose 16 of 31 records of passwd/ })
    t.not(await ask('passwd', 'user30'), 'absent')
    t.match(await scratch.ask('reload', '--force'), { code: 0 })
    t.equal(await ask('passwd', 'user30'), 'absent')
  })
})

t.test('a master starts while its name service hangs, with the accounts that it had', async (t) => {
  const [scratch, fake] = [new Scratch(t), new FakeService(t)]
  fake.users(...users(3))
  const start = () =>
    scratch.start(['serve', ...scratch.flags, ...NSS, ...FOR_EVER, '--accounts-deadline', '60'], fake.environment)
  const first = start()
  await first.logged('ready')
  first.process.kill('SIGTERM')
  await first.ended
  fake.mode('hang')
  const second = start()
  await second.logged('ready')
  const ask = await asker(t, scratch)
  t.not(await ask('passwd', 'user2'), 'absent')
  t.notMatch(second.stderr, /did not answer/, 'it did not wait for the deadline')
})

t.test('without any accounts of before it says what is wrong, and does not start', async (t) => {
  const [scratch, fake] = [new Scratch(t), new FakeService(t)]
  fake.mode('hang')
  const daemon = scratch.start(['serve', ...scratch.flags, ...NSS], fake.environment)
  t.match(await daemon.ended, {
    code: 1,
    stderr: /nss:passwd: .*the service fake of nsswitch.conf did not answer within 1 s/,
  })
})

t.test('filters keep accounts back, and check counts them and says why', async (t) => {
  const [scratch, fake] = [new Scratch(t), new FakeService(t)]
  fake.users(...users(40, 500), ...users(50, 2000).map((line) => `x${line}`), user('ann', 3000), user('bob', 3001))
  fake.groups('lab:x:5000:', 'hidden:x:5001:ann', 'far:x:9000:ann')
  const filters = ['--uids', '2010-3500', '--gids', '5000-5999', '--exclude-users', 'ann', '--exclude-groups', '5001']
  const words = ['check', ...scratch.files, '--state-dir', scratch.path('state'), ...NSS, ...filters]
  const { code, stdout } = await scratch.start(words, fake.environment).ended
  t.equal(code, 0, stdout)
  t.match(
    stdout,
    /nss:passwd:.*: note: 50 users below 2010, the least of the setting 'uids', or 65534, are not exported: "user0"/,
  )
  t.match(
    stdout,
    /nss:passwd:.*: note: "ann" has id 3000; it is not exported because the setting 'exclude_users' names it/,
  )
  t.match(
    stdout,
    /nss:group:.*: note: "hidden" has id 5001; it is not exported because the setting 'exclude_groups' names it/,
  )
  t.match(stdout, /nss:group:.*: note: "far" has id 9000, above 5999, the greatest of the setting 'gids'/)
  const more = await scratch.start([...words, '--uids', '1-1000'], fake.environment).ended
  t.match(
    more.stdout,
    /note: 51 users above 1000, the greatest of the setting 'uids' are not exported: "xuser0", "xuser1", "xuser2" and 48 more/,
  )

  const daemon = scratch.start(['serve', ...scratch.flags, ...NSS, ...FOR_EVER, ...filters], fake.environment)
  await daemon.logged('ready')
  const ask = await asker(t, scratch)
  t.not(await ask('passwd', 'bob'), 'absent')
  for (const [database, key] of [
    ['passwd', 'ann'],
    ['passwd', 'xuser5'],
    ['group', 'hidden'],
    ['group', 'far'],
  ] as const)
    t.equal(await ask(database, key), 'absent', key)
  const asked = [
    ...scratch.files,
    '--run-dir',
    scratch.path('run'),
    '--state-dir',
    scratch.path('state'),
    ...NSS,
    ...filters,
  ]
  const told = await scratch.start(['explain', 'passwd', 'ann', ...asked], fake.environment).ended
  t.match(told.stdout, /the user ann is not exported: the setting 'exclude_users' names it/)
})

t.test('groups of several services are merged where nsswitch.conf says so, and kickback is never asked', async (t) => {
  const { servicesOf } = await import('../../../src/daemon/accounts/services.ts')
  const { listing } = await import('../../../src/daemon/accounts/listing.ts')
  const services = servicesOf(
    'group',
    'passwd: files\ngroup: files [SUCCESS=merge] kickback [NOTFOUND=return] fake\n',
    [],
  )
  t.same(
    services.map(({ name }) => name),
    ['files', 'fake'],
  )
  const lines = { files: ['lab:*:5000:ann', 'own:*:5001:'], fake: ['lab:*:5000:ann,bob', 'lab:*:6000:eve'] }
  const pool = {
    ask: async ({ service }: { service: string }) =>
      ({ status: 'absent', lines: lines[service as keyof typeof lines] }) as const,
  }
  const text = await listing(pool, { database: 'group', services, lookups: 'auto', deadline: 1 })
  t.equal(text, '# listed by files 2, fake 2\nlab:*:5000:ann,bob\nown:*:5001:\nlab:*:6000:eve\n')
  t.same(
    servicesOf('initgroups', 'group: files sss', []).map(({ name }) => name),
    ['files', 'sss'],
  )
  t.same(
    servicesOf('passwd', '', []).map(({ name }) => name),
    ['files'],
  )
})
