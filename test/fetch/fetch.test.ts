import { spawnSync } from 'node:child_process'
import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { keyMark, layout, snapshotOf } from '../../src/resolver/index.ts'
import { hex } from '../../src/values/index.ts'
import { type ClusterKey, clusterKey } from '../keys.ts'
import { environment, missing, noCompiler } from '../nss/programs.ts'
import { until } from '../patience.ts'
import { trustList } from '../trust-lists.ts'
import { Fetching, SHELLS, signed } from './fetching.ts'
import { TestMaster, text } from './master.ts'

for (const [name, shell] of Object.entries(SHELLS)) {
  t.test(`${name}: fetches, is in step, takes news`, { skip: missing(shell[0] ?? '') }, async (t) => {
    const key = clusterKey()
    const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
    const machine = new Fetching(t, key, { shell })
    const first = await machine.run([master])
    t.strictSame([first.code, first.stdout], [0, ''], first.stderr)
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
    t.equal(statSync(machine.path).mode & 0o777, 0o644)
    const { ino } = statSync(machine.path)
    t.strictSame(await machine.run([master]), { code: 0, signal: null, stdout: '', stderr: '' })
    t.equal(statSync(machine.path).ino, ino, 'it is the same file')
    master.serve(signed(key, 101, 6))
    const third = await machine.run([master])
    t.equal(third.code, 0, third.stderr)
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
    t.strictSame(machine.names, ['.fetch.lock', 'in-step', 'snapshot.1'])
  })
}

t.test('programs of busybox do as well as those of coreutils', { skip: missing('busybox') }, async (t) => {
  const key = clusterKey()
  const tools = join(new Fetching(t, key).settings, '..', 'bin')
  const busybox =
    'awk cat chmod cmp cp cut date dd env grep head id ls mkdir mv od printf rm sed sleep sort sync tail touch tr wc'
  spawnSync('sh', [
    '-c',
    `mkdir ${tools}; for tool in ${busybox}; do ln -s "$(command -v busybox)" ${tools}/$tool; done
    for tool in curl openssl flock; do ln -s "$(command -v $tool)" ${tools}/$tool; done`,
  ])
  const changes = [['PATH=/usr/sbin:/usr/bin:/sbin:/bin\n', `PATH=${tools}\n`]] as const
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key, { shell: SHELLS.busybox ?? [], changes })
  const first = await machine.run([master])
  t.equal(first.code, 0, first.stderr)
  master.serve(signed(key, 101, 6))
  t.equal((await machine.run([master])).code, 0)
  master.snapshot = signed(key, 102, 6)
  t.match((await machine.run([master])).stderr, 'generation 102: the number')
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
})

t.test('the module reads what was fetched, with the floors of the machine', { skip: noCompiler }, async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  // The groups of this cluster have 100 and 101, and the group of all users is 100.
  writeFileSync(join(machine.dir, '..', 'login.defs'), 'UID_MIN 1003\nGID_MIN 101\n')
  const getent = (database: string, ...keys: readonly string[]): string =>
    spawnSync('getent', ['-s', 'kickback', database, ...keys], { env: environment(machine.dir), encoding: 'utf8' })
      .stdout
  t.equal((await machine.run([master])).code, 0)
  t.strictSame(
    [getent('passwd', 'user3'), getent('group', 'users'), getent('group', 'wheel')],
    ['', '', 'wheel:*:101:user1,user2\n'],
  )
  t.equal(getent('ahostsv4', 'storage').split(' ')[0], '10.0.0.9')
  machine.add('user 1001\ngroup 100\nuser 70000\n')
  const run = await machine.run([master])
  t.match(run.stderr, 'the ids that this machine takes were changed')
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes, 'the signed part is as it was')
  const { file = Buffer.alloc(0) } = machine
  t.strictSame([...file.subarray(snapshotOf(file).length)], [0xe9, 3, 0, 0, 100, 0, 0, 0], 'exceptions, ascending')
  t.equal(getent('passwd', 'user3'), 'user3:*:1003:100:User 3:/home/user3:/bin/sh\n')
  t.equal(getent('passwd', 'user1'), 'user1:*:1001:100:User 1:/home/user1:/bin/sh\n', 'an exception')
  t.equal(getent('passwd', 'user2'), '')
  t.equal(getent('group', 'users'), 'users:*:100:\n')
})

t.test('who has the old file open sees that it was superseded', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100, 200), key })
  const machine = new Fetching(t, key)
  await machine.run([master])
  const { openSync, readSync, closeSync, fstatSync } = await import('node:fs')
  const fd = openSync(machine.path, 'r')
  t.teardown(() => closeSync(fd))
  master.serve(signed(key, 101, 201))
  t.equal((await machine.run([master])).code, 0)
  const old = Buffer.alloc(fstatSync(fd).size)
  readSync(fd, old, 0, old.length, 0)
  t.equal(old.readUInt32LE(layout.HEADER.at.state), layout.STATES.EMPTIED)
  t.ok(
    old.subarray(4096).every((byte) => byte === 0),
    'its memory was given back',
  )
  t.ok(old.length > 8192)
})

t.test('masters are asked in turn, and bodies come from the cache first', async (t) => {
  const key = clusterKey()
  const gone = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  gone.stop()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const cache = await TestMaster.start(t, { snapshot: master.snapshot })
  const machine = new Fetching(t, key)
  const run = await machine.run([{ url: 'http://127.0.0.1:1' }, master], '--objects', cache.url)
  t.equal(run.code, 0)
  t.match(run.stderr, 'http://127.0.0.1:1: the connection is refused')
  t.strictSame(
    cache.asked.map(({ path }) => path),
    [`/1/object/${hex(master.snapshot.digest)}`],
  )
  t.equal(master.asked.length, 1)
  // The cache does not know the next one, and the master names another cache that lies.
  master.serve(signed(key, 101, 6))
  const liar = master.liar('cache', (reply) => ({ ...reply, body: Buffer.alloc(100), headers: {} }))
  master.lie = (reply, { path }) => (path === '/1/head' ? text(`${reply.body}objects ${liar.url}\n`) : reply)
  t.equal((await machine.run([master], '--objects', cache.url)).code, 0)
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
  t.equal(cache.asked.length, 2)
  t.equal(master.asked.filter(({ path }) => path.startsWith('/1/object/')).length, 2, 'by both names of the master')
})

t.test('--wait ends when there is something new, and --follow goes on', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  await machine.run([master])
  const waiting = machine.start(['--wait', '--master', master.url])
  await until(() => master.asked.some(({ query }) => query.get('wait') === '60'))
  master.serve(signed(key, 101, 6))
  t.equal((await waiting.ended).code, 0)
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
  const following = machine.start(['--follow', '--master', master.url])
  for (const generation of [102, 103]) {
    const heads = master.asked.length
    await until(() => master.asked.slice(heads - 1).some(({ query }) => query.get('wait') === '60'))
    master.serve(signed(key, generation, generation - 95))
    await until(() => machine.snapshot?.generation === generation)
  }
  // Another run has its turn while this one waits.
  t.equal((await machine.run([master])).code, 0)
  following.child.kill('SIGTERM')
  t.equal((await following.ended).code, 143)
  t.strictSame(machine.names, ['.fetch.lock', 'in-step', 'snapshot.1'], 'nothing is left')
})

t.test('--patience tries again', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  let refused = 0
  master.lie = (reply) => (refused++ === 0 ? { ...reply, status: 503 } : reply)
  t.equal((await machine.run([master])).code, 1, 'control')
  refused = 0
  t.equal((await machine.run([master], '--patience', '60')).code, 0)
})

const listOf = (root: ClusterKey, number: number, signers: readonly ClusterKey[], by = [root], roots = [root]) => ({
  number,
  bytes: trustList({ number, roots, by, signers: signers.map((signer, i) => [signer, `m${i}`] as const) }),
})

t.test('a machine that knows the root believes the masters of the newest list', async (t: Test) => {
  const [root, first, second, stranger] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
  const master = await TestMaster.start(t, { snapshot: signed(first, 100), key: first })
  const machine = new Fetching(t, root)
  t.equal((await machine.run([master])).code, 1, 'control: without a list nothing is believed')
  master.trust = listOf(root, 5, [first])
  const run = await machine.run([master])
  t.equal(run.code, 0, run.stderr)
  t.match(run.stderr, 'trust list 5: taken')
  t.equal((await machine.run([master])).code, 0)
  t.equal(master.asked.filter(({ path }) => path === '/1/trust').length, 1, 'it is asked for once')

  // Another master adopts the header that the first one signed.
  const other = await TestMaster.start(t, {
    snapshot: signed(first, 101, 6),
    key: second,
    trust: listOf(root, 6, [first, second]),
  })
  t.equal((await machine.run([other])).code, 0)

  // The first one is revoked: it still says what it said, with the list of before.
  const clean = await TestMaster.start(t, {
    snapshot: signed(second, 102, 7),
    key: second,
    trust: listOf(root, 7, [second]),
  })
  t.equal((await machine.run([clean])).code, 0)
  master.serve(signed(first, 200, 8))
  t.equal((await machine.run([master])).code, 1, 'a revoked master is not believed')
  for (const [title, trust] of [
    ['an older list', listOf(root, 6, [first, second])],
    ['a list of nobody', listOf(stranger, 9, [first])],
    ['a list with a root of its own', listOf(stranger, 9, [first], [stranger], [stranger])],
    ['a list that names our root and is signed by another', listOf(root, 9, [first], [stranger])],
  ] as const) {
    master.trust = { ...trust, number: 99 }
    const refused = await machine.run([master])
    t.equal(refused.code, 1, title)
    t.match(refused.stderr, 'its trust list 99 could not be proved')
  }
  master.trust = listOf(root, 10, [first, second])
  t.equal((await machine.run([master])).code, 0, 'control: one that the root signed')
})

t.test('a new root counts once the old one signed for it', async (t) => {
  const [root, next, key] = [clusterKey(), clusterKey(), clusterKey()]
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key, trust: listOf(root, 1, [key]) })
  const machine = new Fetching(t, root)
  const alone = listOf(next, 3, [key])
  t.equal((await machine.run([master])).code, 0)
  master.trust = alone
  t.equal((await machine.run([master])).code, 1, 'control')
  master.trust = listOf(root, 2, [key], [root, next], [root, next])
  t.equal((await machine.run([master])).code, 0)
  master.trust = alone
  t.equal((await machine.run([master])).code, 0)
  // A machine that gets the key of another cluster does not believe that list.
  writeFileSync(join(machine.dir, '..', 'key.pub'), clusterKey().pem.publicKey)
  t.equal((await machine.run([master])).code, 1)
})

t.test(
  'a copy that was damaged is fetched again, and one of another key is kept until there is a better one',
  async (t) => {
    const key = clusterKey()
    const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
    const machine = new Fetching(t, key)
    await machine.run([master])
    const bytes = Buffer.from(machine.file ?? [])
    bytes[bytes.length - 20] = 99
    writeFileSync(machine.path, bytes)
    const run = await machine.run([master])
    t.match(run.stderr, 'is damaged: it is fetched again')
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
    writeFileSync(machine.path, signed(clusterKey(), 5000, 5).bytes)
    t.equal((await machine.run([])).code, 64, 'no master is named')
    const check = await machine.run([], '--check')
    t.strictSame([check.code, check.stderr], [3, 'kickback-fetch: the copy is signed by another key\n'])
    t.equal((await machine.run([master])).code, 0, 'its number does not count')
    t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
  },
)

t.test('--check says what there is, and how old', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key })
  const machine = new Fetching(t, key)
  t.equal((await machine.run([], '--check')).code, 1)
  await machine.run([master])
  const young = await machine.run([], '--check')
  t.equal(young.code, 0)
  t.match(young.stdout, /^generation 100\ndigest [0-9a-f]{64}\nsize \d+\nage \d{1,3}\n$/)
  const record = (fields: object): void => writeFileSync(join(machine.dir, 'in-step'), `${JSON.stringify(fields)}\n`)
  record({ age: 604_800_000.5, boot: 'b007', since_boot: 1.25, wall: Date.now() })
  const old = await machine.run([], '--check')
  t.strictSame([old.code, old.stderr], [3, 'kickback-fetch: no master was in step with it for seven days\n'])
  // A clock that was put back does not make it younger, and one of before 1970 does no harm.
  record({ age: 1000, boot: 'b007', since_boot: 0, wall: Date.now() + 10 ** 10 })
  t.equal((await machine.run([], '--check')).code, 0)
  // Without the record the time of the file counts.
  writeFileSync(join(machine.dir, 'in-step'), 'nonsense $(id)\n')
  utimesSync(machine.path, 1, 1)
  t.equal((await machine.run([], '--check')).code, 3)
})

t.test('a machine that was off while the root changed is led to the new one, list by list', async (t) => {
  const [old, middle, next, thief, key] = Array.from({ length: 5 }, clusterKey) as [
    ClusterKey,
    ClusterKey,
    ClusterKey,
    ClusterKey,
    ClusterKey,
  ]
  const made = (number: number, roots: readonly ClusterKey[], by = roots, revoked: readonly ClusterKey[] = []) =>
    trustList({ number, roots, by, signers: [[key, 'm1']], revoked: revoked.map((one) => [one, 'root'] as const) })
  const [begun, ended] = [made(2, [middle, old]), made(3, [middle], [middle], [old])]
  const [again, last] = [made(4, [next, middle], [next, middle], [old]), made(5, [next], [next], [old, middle])]
  const master = await TestMaster.start(t, { snapshot: signed(key, 100), key, trust: { number: 5, bytes: last } })
  const run = async (bridge: readonly Buffer[], machine: Fetching) => {
    master.bridges.set(keyMark(old.key).toString('hex'), bridge)
    master.bridges.set(keyMark(middle.key).toString('hex'), bridge)
    return machine.run([master])
  }
  const forged = made(9, [thief, old], [old])
  for (const [title, ...bridge] of [
    ['none'],
    ['a gap', begun, again],
    ['another order', again, begun, ended],
    ['a root that was revoked on the way', begun, ended, forged],
    ['garbage', Buffer.from('kickback trust 1\n'), begun],
    ['too many', ...Array.from({ length: 17 }, () => begun)],
  ] as readonly [string, ...Buffer[]][]) {
    const machine = new Fetching(t, old)
    const refused = await run([...bridge, last], machine)
    if (title === 'a gap') t.equal(refused.code, 0, 'the list that ends a rotation may be left out')
    else t.equal(refused.code, 1, title)
  }
  const machine = new Fetching(t, old)
  t.equal((await run([begun, ended, again, last], machine)).code, 0)
  t.match(await machine.run([master], '--check'), { stdout: /^trust 5$/m })
  // Who has a root that was revoked gets nothing from a machine that was led past it.
  const theirs = { number: 10, bytes: made(10, [thief]) }
  const rogue = await TestMaster.start(t, { snapshot: signed(thief, 200), key: thief, trust: theirs })
  for (const one of [old, middle, next]) rogue.bridges.set(keyMark(one.key).toString('hex'), [forged, theirs.bytes])
  t.equal((await machine.run([rogue])).code, 1)
  t.match(await machine.run([master], '--check'), { stdout: /^trust 5$/m })
})
