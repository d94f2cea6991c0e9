import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { buildOnThread, expectBuild } from '../../../src/daemon/candidate/build-thread.ts'
import { NO_SNAPSHOTS } from '../../../src/daemon/candidate/candidate.ts'
import { nextCandidate } from '../../../src/daemon/candidate/following/build.ts'
import { Snapshot } from '../../../src/resolver/index.ts'
import { handlers } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { buffersUsed } from '../../memory.ts'
import { until } from '../../patience.ts'
import { RULES, readFile, sourcesOf } from '../sources.ts'

/** So many users that the thread is seen at work. */
const USERS = 30_000
/** Where proc_pid_stat(5) has the nice value, counted from what follows the name. */
const NICE = 16

/** The nice value of each thread of this process. */
function niceValues(): ReadonlyMap<string, number> {
  const all = new Map<string, number>()
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1')
      all.set(thread, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE]))
    } catch {
      // It has ended.
    }
  }
  return all
}

t.test('the thread has the priority of the daemon: other work holds up no publication', async (t) => {
  const before = niceValues()
  const seen = new Map<string, Set<number>>()
  let isBuilt = false
  const built = buildOnThread({ sources: sourcesOf(USERS), rules: RULES, before: NO_SNAPSHOTS, today: 20_000 })
  const ended = built.finally(() => {
    isBuilt = true
  })
  while (!isBuilt) {
    for (const [thread, nice] of niceValues()) seen.set(thread, (seen.get(thread) ?? new Set()).add(nice))
    await turn()
  }
  t.ok((await ended).built?.public, 'it has built')
  const come = [...seen.keys()].filter((thread) => !before.has(thread))
  t.not(come.length, 0, 'the thread was seen')
  const own = before.get(String(process.pid))
  t.same([...new Set([...seen.values()].flatMap((values) => [...values]))], [own], 'no thread has another priority')
})

const order = () => ({ sources: sourcesOf(4), rules: RULES, before: NO_SNAPSHOTS, today: 20_000 })
const threads = (): number => readdirSync('/proc/self/task').length

t.test('a thread that is there before its order builds what another one builds, and ends', async (t) => {
  const before = threads()
  const clock = new HandClock()
  expectBuild(clock)
  expectBuild(clock)
  t.equal(clock.timers, 1, 'one thread is enough')
  const early = await buildOnThread(order())
  t.equal(clock.timers, 0, 'nobody waits for its end any more')
  const { built } = await buildOnThread(order())
  t.same(early.built, built)
  await until(() => threads() <= before, 'both threads end')
})

t.test('a thread that gets no order ends, and the next build has another one', async (t) => {
  const clock = new HandClock()
  const before = threads()
  expectBuild(clock)
  await until(() => threads() > before, 'the thread is there')
  clock.turn(5000)
  await until(() => threads() <= before, 'the thread ends')
  t.ok((await buildOnThread(order())).built)
})

/** A build, and the order of one that follows it: another member of a group. */
async function followed(users: number) {
  const sources = sourcesOf(users)
  const { built, memory } = await buildOnThread({ ...order(), sources })
  if (built === undefined || memory === undefined) throw new Error('there is nothing to follow')
  const changed = { ...sources, group: { ...sources.group, bytes: Buffer.from('team:x:3000:u0,u1,u2\n') } }
  return { ...order(), sources: changed, before: built, last: { sources, memory } }
}

const tids = (): readonly string[] => readdirSync('/proc/self/task')

t.test('the thread of a build that took little has the next one, and ends when none comes', async (t) => {
  const clock = new HandClock()
  const small = await followed(4)
  const before = threads()
  const whole = nextCandidate({ ...small, last: undefined }, () => [])
  const first = await buildOnThread(small, 200, clock)
  t.equal(first.work.whole, undefined, 'it followed')
  t.same(first.built, whole.built)
  t.equal(clock.timers, 1, 'it waits')
  const there = tids()
  expectBuild(clock)
  for (let count = 0; count < 3; count++) t.same((await buildOnThread(small, 200, clock)).built, whole.built)
  t.equal(clock.timers, 1)
  t.same(tids(), there, 'there was no other thread')
  t.ok((await buildOnThread(small, 300, clock)).built, 'a build that may need more has another one')
  t.equal(clock.timers, 1, 'and that one waits')
  clock.turn(5000)
  await until(() => threads() <= before, 'no thread stays')
})

t.test('a thread whose result is not taken ends, though it would wait for the next order', async (t) => {
  const small = await followed(4)
  const before = threads()
  t.teardown(() => handlers.tryWith(undefined))
  handlers.tryWith((name) => {
    if (name === 'build message') throw new Error('thrown by a test')
  })
  await t.rejects(buildOnThread(small, 200, new HandClock()), { message: 'thrown by a test' })
  handlers.tryWith(undefined)
  await until(() => threads() <= before, 'no thread stays')
})

t.test('a thread whose order cannot be given ends', async (t) => {
  const small = await followed(4)
  const before = threads()
  const unsendable = { ...small, rules: { ...small.rules, unsendable: () => {} } }
  await t.rejects(buildOnThread(unsendable, 200, new HandClock()), { name: 'DataCloneError' })
  await until(() => threads() <= before, 'no thread stays')
})

t.test('a thread that waits holds nothing of what it was given', async (t) => {
  const clock = new HandClock()
  const small = await followed(4)
  const mebibytes = 128
  const resident = (): number =>
    Number(/^RssAnon:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024
  const atFirst = resident()
  await buildOnThread({ ...small, ...ballast(mebibytes) }, 200, clock)
  const has = () => resident() < atFirst + mebibytes / 2
  await until(() => has() || (collected() && has()), 'its memory goes')
  t.equal(clock.timers, 1, 'while it waits')
  clock.turn(5000)
})

/** Whether garbage was collected here: the thread may have taken the flag for it back, which is one of the process. */
function collected(): boolean {
  try {
    return buffersUsed() > 0
  } catch {
    return false
  }
}

/** What an order may hold besides: memory that threads share. */
function ballast(mebibytes: number): object {
  return { ballast: new Uint8Array(new SharedArrayBuffer(mebibytes * 2 ** 20)).fill(1) }
}

t.test('a build that needs more memory than was estimated is done again without a limit', async (t) => {
  const large = { ...order(), sources: sourcesOf(USERS / 3) }
  const [limited, usual] = [await buildOnThread(large, 8), await buildOnThread(large)]
  t.ok(Buffer.compare(limited.built?.public ?? new Uint8Array(), usual.built?.public ?? new Uint8Array()) === 0)
  t.ok(limited.built?.public)
})

/** How many threads a build takes. */
async function threadsOf(build: () => Promise<unknown>): Promise<number> {
  let count = 0
  const counts = (): void => {
    count++
  }
  process.on('worker', counts)
  await build()
  process.off('worker', counts)
  return count
}

t.test('a source of many lines has no limit: V8 may end the process where a large table grows at one', async (t) => {
  const lines = (count: number) => {
    const netgroup = readFile('netgroup', '\n'.repeat(count))
    return { ...order(), sources: sourcesOf(4, { netgroup }) }
  }
  const room = 2000
  t.equal(await threadsOf(() => buildOnThread(lines(500_000), room)), 1)
  t.equal(await threadsOf(() => buildOnThread(lines(600_000), room)), 2, 'the first one had a limit, and built nothing')
  const clock = new HandClock()
  const small = await followed(4)
  const { last, before } = small
  const many = { ...lines(600_000), last, before }
  t.equal(await threadsOf(() => buildOnThread(many, room, clock)), 2, 'nor does a build that follows another one')
  t.equal(await threadsOf(() => buildOnThread({ ...many, sources: { ...small.sources } }, room, clock)), 1)
  clock.turn(5000)
})

t.test('few lines that mean many nodes are built once: the estimate counts names', async (t) => {
  const config = readFile('config', 'iprange 10.0.0.0 10.1.134.159\n')
  let nodes = 0
  const large = { ...order(), sources: sourcesOf(4, { config }) }
  const build = async (): Promise<void> => {
    const { built } = await buildOnThread(large)
    nodes = Snapshot.open(built?.public ?? new Uint8Array(0)).count('hosts')
  }
  t.equal(await threadsOf(build), 1)
  t.ok(nodes >= 100_000, `${nodes}`)
})

/** Configurations of so many lines of one kind. */
const CONFIGURATIONS: Record<string, (count: number) => string> = {
  node: (count) =>
    `nodes ${count}\niprange 10.0.0.0 10.255.255.255\n${lines(count, (i, octets) => `node ${i} 02:01:00:${octets.map((octet) => octet.toString(16)).join(':')}`)}`,
  host: (count) =>
    `hostrange 10.0.0.0 10.255.255.255\n${lines(count, (i, octets) => `host - 10.${octets.join('.')} h${i}`)}`,
}

function lines(count: number, line: (i: number, octets: readonly number[]) => string): string {
  return Array.from({ length: count }, (_, i) => `${line(i, [i >> 16, (i >> 8) & 255, i & 255])}\n`).join('')
}

t.test(
  '100,000 lines of one kind are built once: the estimate counts what lines of a configuration take',
  async (t) => {
    for (const [kind, text] of Object.entries(CONFIGURATIONS)) {
      const large = { ...order(), sources: sourcesOf(4, { config: readFile('config', text(100_000)) }) }
      const build = async (): Promise<void> => void t.ok((await buildOnThread(large)).built, kind)
      t.equal(await threadsOf(build), 1, kind)
    }
  },
)

t.test('lines that mean more names than there is memory for are refused at once, also in a long file', async (t) => {
  const most = `iprange 10.0.0.0 10.15.255.255\n${'nodename n%N\n'.repeat(200)}`
  for (const text of [most, most + '# long\n'.repeat(40_000)]) {
    const large = { ...order(), sources: sourcesOf(4, { config: readFile('config', text) }) }
    const refused = { message: /more memory than the daemon may have/ }
    t.equal(await threadsOf(async () => void (await t.rejects(buildOnThread(large), refused))), 1)
  }
})

t.test('a whole build of 100,000 users takes less than 105 MiB: V8 has little room for new objects', async (t) => {
  const words = ['--no-warnings', join(import.meta.dirname, 'taken-by-build.ts'), '100000']
  // As the unit files have it.
  const env = { ...process.env, MALLOC_ARENA_MAX: '2' }
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env })
  t.equal(stderr, '')
  t.ok(Number(stdout) > 0 && Number(stdout) < 105, `${stdout.trim()} MiB`)
})
