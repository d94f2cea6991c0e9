import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildCandidate } from '../../../src/daemon/candidate/candidate.ts'
import { Reloader, type ReloaderParts } from '../../../src/daemon/reload/reloader.ts'
import type { Served } from '../../../src/daemon/served.ts'
import { KeptSources } from '../../../src/daemon/sources/kept-sources.ts'
import { SOURCE_NAMES, type SourceContent, type Sources } from '../../../src/daemon/sources/source.ts'
import type { SourcePaths } from '../../../src/daemon/sources/source-file.ts'
import { Pin } from '../../../src/daemon/store/pin.ts'
import { Snapshot, stamp } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { folder } from '../../folder.ts'
import { Gate } from '../../gate.ts'
import { until } from '../../patience.ts'
import { absentFile, RULES, readFile, sourcesOf } from '../sources.ts'

const AUTOMATIC = { dryRun: false, force: false }

/** How long until a reload that lacked descriptors is tried again, in milliseconds. */
const RETRY = 2000

/** A reloader that publishes into `current`, and what it logged. */
function setUp(more: Partial<ReloaderParts> = {}) {
  const current: { -readonly [K in keyof Served]: Served[K] } = { public: undefined, shadow: undefined }
  const logged: string[] = []
  let generation = 1000
  const log = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const silent = () => {}
  const reloader = new Reloader({
    rules: RULES,
    current: () => ({ ...current }),
    build: async (order) => buildCandidate(order, () => []),
    stamp: (pair) => {
      for (const bytes of [pair.public, pair.shadow]) if (bytes !== undefined) stamp(bytes, { generation })
      generation++
    },
    publish: async (pair) => {
      if (pair.public !== undefined) current.public = Snapshot.open(pair.public)
      if (pair.shadow !== undefined) current.shadow = Snapshot.open(pair.shadow)
    },
    judged: silent,
    logger: {
      info: log,
      error: log,
      warn: log,
      debug: silent,
      trace: silent,
      fatal: silent,
    } as ReloaderParts['logger'],
    wallClock: () => 1_700_000_000_500,
    ...more,
  })
  return { reloader, current, logged }
}

const read = (sources: Sources) => async () => sources

t.test('a reload publishes what changed, tells it, and is one line of the log', async (t) => {
  const { reloader, current, logged } = setUp()
  t.match(await reloader.reload('start', read(sourcesOf(2)), AUTOMATIC), { outcome: 'published', generation: 1000 })
  const report = await reloader.reload('SIGHUP', read(sourcesOf(3)), AUTOMATIC)
  t.match(report, {
    outcome: 'published',
    generation: 1001,
    databases: { passwd: { before: 2, after: 3, added: 1, removed: 0, changed: 0, names: { added: ['u2'] } } },
  })
  t.equal(current.public?.count('passwd'), 3)
  t.equal(logged.length, 2)
  t.match(logged[1], /^reload published .*"cause":"SIGHUP","generation":1001,"passwd":"\+1-0~0"/)
  t.same(reloader.last, { outcome: 'published', time: 1_700_000_000, cause: 'SIGHUP' })
})

t.test('what is in error is refused, counted, and what was served stays', async (t) => {
  const { reloader, current, logged } = setUp()
  await reloader.reload('start', read(sourcesOf(2)), AUTOMATIC)
  const broken = sourcesOf(2, { config: readFile('config', 'nodes x\n') })
  const report = await reloader.reload('request', read(broken), AUTOMATIC)
  t.match(report, {
    outcome: 'refused',
    generation: 1000,
    diagnostics: [{ file: 'config', line: 1, column: 7, severity: 'error', excerpt: { before: 6 } }],
  })
  t.equal(current.public?.generation, 1000)
  t.match(logged[1], /reload refused, the last good generation stays .*config:1:7/)
  t.match(reloader.last, { outcome: 'refused', reason: /config:1:7/ })
  t.equal(reloader.outcomes.get('refused'), 1)
})

t.test('a dry run publishes nothing and is no last reload', async (t) => {
  const judged: boolean[] = []
  const { reloader, current } = setUp({ judged: (_, isAccepted) => void judged.push(isAccepted) })
  const report = await reloader.reload('request', read(sourcesOf(2)), { dryRun: true, force: false })
  t.match(report, { outcome: 'dry-run', generation: 0 })
  t.same([current.public, reloader.last, judged], [undefined, undefined, []])
})

t.test(
  'where kickback boots the nodes, a dry run tells of images that are not there, and no reload waits for them',
  async (t) => {
    const { reloader } = setUp({ rules: { ...RULES, boot: true } })
    const lines = 'nodes 1\niprange 10.0.0.10 10.0.0.10\nkernelimage /no/such/kernel\nnode 0 0:0:0:0:0:1\n'
    const booting = read(sourcesOf(2, { config: readFile('config', lines) }))
    const image = { line: 3, column: 1, code: 'boot-no-image', severity: 'warning' }
    const tried = await reloader.reload('request', booting, { dryRun: true, force: false })
    t.match(tried, { outcome: 'dry-run', diagnostics: [image] })
    const codes = async (rules: typeof RULES, dryRun: boolean): Promise<readonly string[]> => {
      const { diagnostics } = await setUp({ rules }).reloader.reload('request', booting, { dryRun, force: false })
      return diagnostics.map(({ code }) => code)
    }
    t.same(await codes({ ...RULES, boot: true }, false), [])
    t.same(await codes(RULES, true), [])
    t.same(await codes({ ...RULES, boot: true, imagesElsewhere: true }, true), [])
  },
)

t.test('where kickback boots the nodes, a command line that iPXE would take apart is refused', async (t) => {
  const lines = `nodes 1\niprange 10.0.0.10 10.0.0.10\nkernelimage /k\nkernelcommandline a && b\nnode 0 0:0:0:0:0:1\n`
  const split = read(sourcesOf(2, { config: readFile('config', lines) }))
  const { reloader } = setUp({ rules: { ...RULES, boot: true } })
  const refused = await reloader.reload('request', split, AUTOMATIC)
  t.match(refused, { outcome: 'refused', diagnostics: [{ code: 'boot-split-line', line: 4 }] })
  t.match(await setUp().reloader.reload('request', split, AUTOMATIC), { outcome: 'published' })
})

t.test('a refused dry run is no last reload either', async (t) => {
  const { reloader } = setUp()
  await reloader.reload('start', read(sourcesOf(2)), AUTOMATIC)
  const broken = sourcesOf(2, { config: readFile('config', 'nodes x\n') })
  t.match(await reloader.reload('request', read(broken), { dryRun: true, force: false }), { outcome: 'refused' })
  t.match(reloader.last, { outcome: 'published' })
})

t.test('a mistake in one file holds up nothing that another says', async (t) => {
  const { reloader, current, logged } = setUp()
  await reloader.reload('start', read(sourcesOf(100)), AUTOMATIC)
  const config = readFile('config', 'nodes x\n')
  const report = await reloader.reload('SIGHUP', read(sourcesOf(101, { config })), AUTOMATIC)
  t.match(report, { outcome: 'refused', part: true, generation: 1001, databases: { passwd: { added: 1 } } })
  t.match(report.reason, /^config is not taken: 1 error: config:1:7: /)
  t.match(logged[1], /reload refused in part; the rest is published/)
  t.equal(current.public?.count('passwd'), 101)
  t.equal(current.public?.count('hosts'), 4, 'the last good configuration')
  t.match(await reloader.reload('SIGHUP', read(sourcesOf(101)), AUTOMATIC), { outcome: 'unchanged' })
  t.match(reloader.last, { outcome: 'unchanged' })
})

t.test('the loss limit judges by source: a lost passwd file holds up no node and no group', async (t) => {
  const { reloader, current } = setUp()
  await reloader.reload('start', read(sourcesOf(100)), AUTOMATIC)
  const more = sourcesOf(20, {
    config: readFile('config', 'nodes 5\niprange 10.0.0.10 10.0.0.14\n'),
    group: readFile('group', 'team:x:3000:u0,u1\nnew:x:3001:\n'),
    shadow: sourcesOf(100).shadow,
  })
  const report = await reloader.reload('SIGHUP', read(more), AUTOMATIC)
  t.match(report, {
    outcome: 'refused',
    part: true,
    reason: /^passwd is not taken: it would lose 80 of 100 records/,
  })
  t.same([current.public?.count('passwd'), current.public?.count('hosts')], [100, 5])
  t.ok(current.public?.find('group', { name: 'new' }))
  t.match(await reloader.reload('request', read(more), { dryRun: false, force: true }), { outcome: 'published' })
  t.equal(current.public?.count('passwd'), 20)
})

t.test('after a restart the last good content stands in for one that is bad', async (t) => {
  const first = setUp()
  const dir = folder(t)
  const paths = Object.fromEntries(SOURCE_NAMES.map((name) => [name, name])) as SourcePaths
  const keptBy = (kept: KeptSources) => ({ kept: { read: () => kept.read(paths), keep: (s: Sources) => kept.keep(s) } })
  const before = setUp(keptBy(new KeptSources(dir, { warn() {} })))
  await before.reloader.reload('start', read(sourcesOf(2)), AUTOMATIC)
  t.equal(statSync(join(dir, 'sources')).mode & 0o777, 0o700)
  const kept = SOURCE_NAMES.filter((name) => sourcesOf(1)[name].state === 'read')
  for (const name of kept) t.equal(statSync(join(dir, 'sources', name)).mode & 0o777, 0o600)
  const after = setUp(keptBy(new KeptSources(dir, { warn() {} })))
  const config = readFile('config', 'nodes x\n')
  const report = await after.reloader.reload('start', read(sourcesOf(3, { config })), AUTOMATIC)
  t.match(report, { outcome: 'refused', part: true })
  t.same([after.current.public?.count('passwd'), after.current.public?.count('hosts')], [3, 4])
  t.match(await first.reloader.reload('start', read(sourcesOf(3, { config })), AUTOMATIC), { outcome: 'refused' })
  t.equal(first.current.public, undefined, 'without it there is nothing to serve')
})

t.test('reloads come one after the other, each on what the one before left', async (t) => {
  let running = 0
  const { reloader, current } = setUp({
    build: async (order) => {
      t.equal(++running, 1, 'one at a time')
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return buildCandidate(order, () => [])
    },
  })
  const reports = await Promise.all(
    [3, 4, 5].map((users) => reloader.reload('request', read(sourcesOf(users)), AUTOMATIC)),
  )
  t.same(
    reports.map(({ generation }) => generation),
    [1000, 1001, 1002],
  )
  t.equal(current.public?.count('passwd'), 5)
})

t.test('whatever goes wrong is a refusal, and the next reload works', async (t) => {
  const { reloader } = setUp({
    publish: async () => {
      throw new Error('no space')
    },
  })
  t.match(await reloader.reload('request', read(sourcesOf(1)), AUTOMATIC), { outcome: 'refused', reason: 'no space' })
  const unreadable = async () => {
    throw new Error('no memory')
  }
  t.match(await reloader.reload('request', unreadable, AUTOMATIC), { outcome: 'refused', reason: 'no memory' })
})

t.test('once closed nothing is published, not even what is being built', async (t) => {
  const { reloader, current } = setUp({
    build: async (order) => {
      await new Promise((resolve) => setImmediate(resolve))
      return buildCandidate(order, () => [])
    },
  })
  const report = reloader.reload('request', read(sourcesOf(1)), AUTOMATIC)
  await new Promise((resolve) => setImmediate(resolve))
  await reloader.close()
  t.match(await report, { outcome: 'refused', reason: 'the daemon ends' })
  t.equal(current.public, undefined)
})

t.test('a reload that fails for want of descriptors is tried again by itself, and says so', async (t) => {
  const clock = new HandClock()
  const { reloader, current } = setUp({ clock })
  await reloader.reload('start', read(sourcesOf(2)), AUTOMATIC)
  const passwd: SourceContent = {
    ...absentFile('passwd'),
    state: 'unreadable',
    reason: 'too many open files',
    isStarved: true,
  }
  let tries = 0
  const reading = async (): Promise<Sources> => sourcesOf(3, ++tries === 1 ? { passwd } : {})
  const report = await reloader.reload('SIGHUP', reading, AUTOMATIC)
  t.match(report, { outcome: 'refused', reason: "can't read passwd: too many open files; kickback tries again" })
  t.equal(current.public?.count('passwd'), 2)
  clock.turn(RETRY)
  await reloader.between(async () => {})
  t.equal(current.public?.count('passwd'), 3)
  t.match(reloader.last, { outcome: 'published' })
  t.equal(clock.timers, 0, 'that was all')
})

t.test('a thread that can not be had for want of descriptors is waited for as well', async (t) => {
  const clock = new HandClock()
  const build = async () => {
    throw new Error('Worker initialization failure: EMFILE')
  }
  const { reloader } = setUp({ build, clock })
  await reloader.reload('request', read(sourcesOf(2)), { dryRun: true, force: false })
  t.equal(clock.timers, 0, 'a dry run is not repeated')
  await reloader.reload('SIGHUP', read(sourcesOf(2)), AUTOMATIC)
  t.equal(clock.timers, 1)
})

t.test('who was told that nothing was gone back to does not find it done later', async (t) => {
  const clock = new HandClock()
  const reading = async () => {
    throw new Error("can't read the kept generation 1000: EMFILE: too many open files")
  }
  const pin = Pin.open(join(folder(t), 'pin'), { error() {} })
  const { reloader } = setUp({ clock, earlier: { pin, read: reading } })
  const report = await reloader.reload('request', read(sourcesOf(2)), { ...AUTOMATIC, backTo: 1000 })
  t.match(report, { outcome: 'refused', reason: /EMFILE/ })
  t.equal(clock.timers, 0)
})

/** A reloader that keeps what it publishes in memory, and whose pin is a file; `more` adds to its parts. */
function returning(t: Test, more: Partial<ReloaderParts> = {}) {
  const path = join(folder(t), 'pin')
  const past = new Map<number, Snapshot>()
  const judged: boolean[] = []
  const pin = Pin.open(path, { error() {} })
  const earlier = {
    pin,
    read: async (generation: number) => {
      const snapshot = past.get(generation)
      if (snapshot === undefined) throw new Error(`generation ${generation} is not kept`)
      return { snapshot }
    },
  }
  const made = setUp({ earlier, judged: (_, isAccepted) => void judged.push(isAccepted), ...more })
  const keep = (): void => {
    const { public: snapshot } = made.current
    if (snapshot !== undefined) past.set(snapshot.generation, snapshot)
  }
  const reload = async (users: number, more: object = {}, sources: Partial<Sources> = {}) => {
    // Shadow entries are those of the users that are there: a test that is not about them has none.
    const given = sourcesOf(users, { shadow: absentFile('shadow'), ...sources })
    const report = await made.reloader.reload('request', read(given), { ...AUTOMATIC, ...more })
    keep()
    return report
  }
  const users = (): number | undefined => made.current.public?.count('passwd')
  return { ...made, reload, users, pin, path, judged, past }
}

t.test('who goes back serves old content under a new number, and no change of a source undoes that', async (t) => {
  const { reload, users, current, pin, judged, logged } = returning(t)
  await reload(2)
  await reload(3)
  const back = await reload(3, { backTo: 1000 })
  t.match(back, { outcome: 'published', generation: 1002, pinned: 1000, databases: { passwd: { removed: 1 } } })
  t.same([users(), pin.content?.generation], [2, 1000])
  t.match(logged.at(-1), /^reload published .*"pinned":1000/)
  const after = await reload(4)
  t.match(after, { outcome: 'unchanged', generation: 1002, pinned: 1000, databases: { passwd: { added: 2 } } })
  t.match(await reload(5, {}, { config: readFile('config', 'nodes x\n') }), { outcome: 'refused', pinned: 1000 })
  t.same([users(), current.public?.generation], [2, 1002])
  t.same(judged, [true, true, false, false], 'what is not served says nothing of this machine')
})

t.test('shadow entries follow the sources meanwhile, and the report tells of them alone', async (t) => {
  const { reload, current } = returning(t)
  const { shadow } = sourcesOf(3)
  await reload(2, {}, { shadow })
  await reload(3, {}, { shadow })
  await reload(3, { backTo: 1000 })
  const locked = readFile('shadow', Buffer.from(shadow.bytes).toString().replace('u0:!:', 'u0:*:'))
  const report = await reload(4, {}, { shadow: locked })
  t.match(report, { outcome: 'published', pinned: 1000 })
  t.same(Object.keys(report.databases), ['shadow'])
  t.equal(current.shadow?.generation, 1003)
  t.equal(current.public?.generation, 1002)
})

t.test('a user who was removed since is there again by a return, without a password', async (t) => {
  const { reload, users, current } = returning(t)
  const passwords = () => current.shadow?.count('shadow')
  await reload(3, {}, { shadow: sourcesOf(3).shadow })
  await reload(2, {}, { shadow: sourcesOf(2).shadow })
  t.same([users(), passwords()], [2, 2])
  await reload(2, { backTo: 1000 })
  t.same([users(), passwords()], [3, 2])
  await reload(2, { force: true }, { shadow: sourcesOf(2).shadow })
  t.same([users(), passwords()], [3, 2])
})

t.test('a release serves what the sources say; where they are refused the content stays pinned', async (t) => {
  const { reload, users, pin, judged } = returning(t)
  await reload(100)
  await reload(101)
  await reload(101, { backTo: 1000 })
  t.match(await reload(20, { release: true }), {
    outcome: 'refused',
    reason: /would lose 80 of 100.*kickback reload --release --force$/,
    pinned: 1000,
  })
  const config = readFile('config', 'nodes x\n')
  t.match(await reload(20, { release: true }, { config }), { outcome: 'refused', pinned: 1000 })
  t.match(await reload(102, { release: true, dryRun: true }), { outcome: 'dry-run', pinned: 1000 })
  t.equal(pin.content?.generation, 1000)
  const released = await reload(102, { release: true })
  t.match(released, { outcome: 'published', generation: 1003, databases: { passwd: { added: 2 } } })
  t.notOk('pinned' in released)
  t.same([users(), pin.content, judged.at(-1)], [102, undefined, true])
  t.match(await reload(103), { outcome: 'published', generation: 1004 })
  t.match(await reload(103, { release: true }), { outcome: 'refused', reason: /^nothing is pinned/ })
})

t.test('a return is judged by the loss limit, tried without harm, and refused where nothing is kept', async (t) => {
  const { reload, users, pin } = returning(t)
  await reload(10)
  await reload(100)
  const refused = await reload(100, { backTo: 1000 })
  t.match(refused, {
    outcome: 'refused',
    generation: 1001,
    reason: /lose 90 of 100 records of passwd.*kickback reload --back-to 1000 --force$/,
  })
  t.match(await reload(100, { backTo: 1000, force: true, dryRun: true }), {
    outcome: 'dry-run',
    generation: 1001,
    databases: { passwd: { removed: 90 } },
  })
  t.match(await reload(100, { backTo: 7 }), { outcome: 'refused', reason: 'generation 7 is not kept' })
  t.same([users(), pin.content], [100, undefined])
  t.match(await reload(100, { backTo: 1000, force: true }), { outcome: 'published', pinned: 1000 })
  t.equal(users(), 10)
})

t.test('a return or a release that is refused leaves what was said of the last reload of the files', async (t) => {
  const { reload, reloader } = returning(t)
  await reload(10)
  await reload(100)
  const requests = [{ backTo: 7 }, { backTo: 1000 }, { release: true }]
  for (const request of requests) {
    t.match(await reload(100, request), { outcome: 'refused' }, JSON.stringify(request))
    t.match(reloader.last, { outcome: 'published', cause: 'request' }, 'nothing needs attention')
  }
  const config = readFile('config', 'nodes x\n')
  const { reason } = await reload(100, {}, { config })
  for (const request of requests) {
    t.match(await reload(100, request, { config }), { outcome: 'refused' }, JSON.stringify(request))
    t.match(reloader.last, { outcome: 'refused', reason }, 'the error of the file is still told')
  }
  t.match(await reload(100, { backTo: 1000, force: true }), { outcome: 'published' })
  t.match(reloader.last, { outcome: 'published' })
  t.match(await reload(100, { release: true }, { config }), { outcome: 'refused' })
  t.match(reloader.last, { outcome: 'refused' }, 'a release of files that are in error is about the files')
})

t.test('what is served is pinned as it is, and by force anew', async (t) => {
  const { reload, pin } = returning(t)
  await reload(2)
  t.match(await reload(2, { backTo: 1000 }), { outcome: 'unchanged', generation: 1000, pinned: 1000 })
  t.match(await reload(3), { outcome: 'unchanged', generation: 1000, pinned: 1000 })
  t.match(await reload(3, { force: true }), { outcome: 'published', generation: 1001, pinned: 1000 })
  t.match(await reload(3, { backTo: 1000, force: true }), { outcome: 'published', generation: 1002, pinned: 1000 })
  t.equal(pin.content?.generation, 1000)
})

t.test('a pin that cannot be written changes nothing', async (t) => {
  const { reload, users, path, current } = returning(t)
  await reload(2)
  await reload(3)
  mkdirSync(`${path}.new`)
  t.match(await reload(3, { backTo: 1000 }), {
    outcome: 'refused',
    reason: /^can't keep the pin over a restart: .*; nothing has changed$/,
  })
  t.same([users(), current.public?.generation], [3, 1001])
  t.match(await reload(4), { outcome: 'published' }, 'and nothing is pinned')
})

/** Users of which so many come or go that a comparison of both has steps, and few enough for the loss limit. */
const [FEW, MANY] = [12_000, 13_100]

t.test('while what is gone back to is compared with what is served, everything else has its turn', async (t) => {
  const gate = new Gate()
  const { reload, users, reloader, current, pin } = returning(t, { turn: gate.pass })
  await reload(FEW)
  await reload(MANY)
  const back = reload(MANY, { backTo: 1000 })
  await until(() => gate.reached > 0)
  t.same([users(), current.public?.generation, pin.content], [MANY, 1001, undefined], 'that is served meanwhile')
  t.match(reloader.last, { outcome: 'published' })
  gate.open()
  t.match(await back, { outcome: 'published', pinned: 1000, databases: { passwd: { removed: MANY - FEW } } })
  t.equal(users(), FEW)
})

t.test('a daemon that ends while it compares has gone back to nothing, and pins nothing', async (t) => {
  const gate = new Gate()
  const { reload, users, reloader, pin } = returning(t, { turn: gate.pass })
  await reload(FEW)
  await reload(MANY)
  const back = reload(MANY, { backTo: 1000 })
  await until(() => gate.reached > 0)
  const closed = reloader.close()
  gate.open()
  t.match(await back, { outcome: 'refused', reason: 'the daemon ends' })
  await closed
  t.same([users(), pin.content], [MANY, undefined])
})

t.test('a hundred thousand lines in error are a refusal that is told in bounds, with their number', async (t) => {
  const { reloader } = setUp()
  const config = readFile('config', 'host zz\n'.repeat(100_000))
  const report = await reloader.reload('SIGHUP', read(sourcesOf(2, { config })), AUTOMATIC)
  t.match(report, { outcome: 'refused', reason: /^100000 errors: config:1:/, diagnostics: { length: 1000 } })
  t.equal(report.omitted, 99_000)
})
