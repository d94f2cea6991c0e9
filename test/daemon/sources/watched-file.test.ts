import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { SourceContent } from '../../../src/daemon/sources/source.ts'
import { readSource } from '../../../src/daemon/sources/source-file.ts'
import { CALM, type Quiet, WatchedFile } from '../../../src/daemon/sources/watched-file.ts'
import { chores, othersTurn } from '../../../src/values/clock.ts'
import { HandClock } from '../../clocks.ts'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'
import { watches } from './watches.ts'

/** The quiet of these tests: the hours are turned to where a test wants them. */
const QUIET: Quiet = { usual: 30, suspicious: 3_600_000, ceiling: 3_600_000, poll: 36_000_000 }
/** What waits on the clock of a watch that has seen a change: the next look for one, and the read of the file. */
const SEEN = 2

/** A watched file `config` in a folder of its own, on a clock that stands still, and a queue of what was believed. */
async function watched(
  t: Test,
  content: string,
  quiet: Partial<Quiet> = {},
  more: { restless?: () => void; stirred?: () => void } = {},
) {
  const dir = folder(t)
  const path = join(dir, 'config')
  writeFileSync(path, content)
  const believed: string[] = []
  const changed = (file: SourceContent): void => {
    believed.push(file.state === 'read' ? Buffer.from(file.bytes).toString() : file.state)
  }
  const clock = new HandClock()
  const reads = { begun: 0, ended: 0 }
  const read = async (of: string): Promise<SourceContent> => {
    reads.begun++
    return await readSource(of).finally(() => reads.ended++)
  }
  const file = new WatchedFile(await readSource(path), { changed, quiet: { ...QUIET, ...quiet }, clock, read, ...more })
  t.teardown(() => file.close())
  /** Lets time pass, and the read that is due by then come to its end, with all that follows from it. */
  const pass = async (ms: number): Promise<void> => {
    clock.turn(ms)
    await until(() => reads.ended === reads.begun, 'the file is read')
    await othersTurn()
  }
  /** Waits for a change to be seen, then for the file to be read, and for all that comes of it for a while. */
  const looked = async (): Promise<void> => {
    await until(() => clock.timers === SEEN, 'the change is seen')
    const before = reads.ended
    while (reads.ended === before) await pass(QUIET.usual)
    for (let i = 0; i < 5; i++) await pass(QUIET.usual)
  }
  /** The next content that is believed. */
  const next = async (): Promise<string> => {
    await until(async () => {
      if (believed.length === 0) await pass(QUIET.usual)
      return believed.length > 0
    }, 'a change is believed')
    return believed.shift() ?? ''
  }
  await looked()
  return { dir, path, file, believed, clock, pass, looked, next, reads }
}

t.test('a write in place, a rename over the file and its loss are all seen', async (t) => {
  const { dir, path, next } = await watched(t, 'one\n', { suspicious: 60 })
  writeFileSync(path, 'two two\n')
  t.equal(await next(), 'two two\n')
  writeFileSync(join(dir, 'draft'), 'three three\n')
  renameSync(join(dir, 'draft'), path)
  t.equal(await next(), 'three three\n')
  unlinkSync(path)
  t.equal(await next(), 'absent')
  writeFileSync(path, 'four\n')
  t.equal(await next(), 'four\n')
})

t.test('the swap of a symlink is seen wherever on the way it is, and again after that', async (t) => {
  const { dir, path, next } = await watched(t, 'zero\n')
  for (const name of ['a', 'b', 'c']) {
    mkdirSync(join(dir, name))
    writeFileSync(join(dir, name, 'config'), `in ${name}, long enough\n`)
  }
  symlinkSync('a', join(dir, 'now'))
  symlinkSync('now/config', join(dir, 'draft'))
  renameSync(join(dir, 'draft'), path)
  t.equal(await next(), 'in a, long enough\n')
  for (const name of ['b', 'c']) {
    symlinkSync(name, join(dir, 'then'))
    renameSync(join(dir, 'then'), join(dir, 'now'))
    t.equal(await next(), `in ${name}, long enough\n`)
  }
  writeFileSync(join(dir, 'c', 'config'), 'in c, and written again\n')
  t.equal(await next(), 'in c, and written again\n')
})

t.test('content decides: a touched or rewritten file with the same bytes is no change', async (t) => {
  const { path, believed, looked, next } = await watched(t, 'one\n')
  writeFileSync(path, 'one\n')
  await looked()
  t.same(believed, [])
  writeFileSync(path, 'one two\n')
  t.equal(await next(), 'one two\n')
})

t.test('a file without a final newline, or that lost bytes, is not believed at once', async (t) => {
  const { path, believed, looked, next } = await watched(t, 'one\ntwo\n')
  for (const part of ['one\n', '', 'one\ntwo\nthr']) {
    writeFileSync(path, part)
    await looked()
  }
  t.same(believed, [])
  writeFileSync(path, 'one\ntwo\nthree\n')
  t.equal(await next(), 'one\ntwo\nthree\n')
})

t.test('a file that stays without a final newline is believed after the longer quiet', async (t) => {
  const { path, next } = await watched(t, 'one\n', { suspicious: 60 })
  writeFileSync(path, 'two')
  t.equal(await next(), 'two')
})

/** Has something written again and again, `step` milliseconds one after the other, until it is over. */
async function writing(
  pass: (ms: number) => Promise<void>,
  write: (round: number) => void,
  isOver: () => boolean,
  step = 10,
): Promise<void> {
  let round = 0
  await until(async () => {
    write(++round)
    await pass(step)
    return isOver()
  }, 'it is over')
}

t.test('a file that is replaced all the time is believed while that goes on', async (t) => {
  const { dir, path, believed, pass } = await watched(t, 'one\n', { ceiling: 100 })
  const replace = (round: number): void => {
    writeFileSync(join(dir, 'draft'), `two two ${round}\n`)
    renameSync(join(dir, 'draft'), path)
  }
  await writing(pass, replace, () => believed.length >= 2)
  for (const content of believed) t.match(content, /^two two \d+\n$/)
})

t.test('one that loses bytes each time is believed, too, but never without its final newline', async (t) => {
  const { dir, path, believed, pass, reads } = await watched(t, 'one one one\n', { ceiling: 60 })
  const replace = (content: string): void => {
    writeFileSync(join(dir, 'draft'), content)
    renameSync(join(dir, 'draft'), path)
  }
  const { begun } = reads
  await writing(
    pass,
    (round) => replace(`half ${round}`),
    () => reads.begun >= begun + 10,
  )
  t.same(believed, [])
  await writing(
    pass,
    (round) => replace(`${round}\n`),
    () => believed.length > 0,
  )
  t.match(believed[0], /^\d+\n$/)
})

t.test('that a file can not be read whole for long is told once', async (t) => {
  let told = 0
  const { path, clock, pass } = await watched(t, 'one\n', { ceiling: 2000 }, { restless: () => void told++ })
  const isToldBy: boolean[] = []
  const half = (round: number): void => {
    writeFileSync(path, `half ${round}`)
    isToldBy[Math.floor(clock.now() / 1000)] = told > 0
  }
  await writing(pass, half, () => clock.now() > 30_000, 200)
  t.equal(told, 1)
  t.same([isToldBy[9], isToldBy[29]], [false, true], 'after ten seconds')
})

t.test('a watch that was closed calls nothing and leaves no timer', async (t) => {
  const { path, file, clock, believed, pass } = await watched(t, 'one\n')
  writeFileSync(path, 'one two\n')
  await until(() => clock.timers === SEEN, 'the change is seen')
  file.close()
  t.equal(clock.timers, 0)
  await pass(QUIET.poll)
  t.same(believed, [])
})

t.test('an absolute symlink is followed from the root, without looking now and then', async (t) => {
  const { dir, path, next } = await watched(t, 'zero\n')
  for (const name of ['a', 'b']) {
    mkdirSync(join(dir, name))
    writeFileSync(join(dir, name, 'config'), `in ${name}, which is long enough\n`)
  }
  symlinkSync(join(dir, 'a'), join(dir, 'now'))
  symlinkSync(join(dir, 'now/config'), join(dir, 'draft'))
  renameSync(join(dir, 'draft'), path)
  t.equal(await next(), 'in a, which is long enough\n')
  writeFileSync(join(dir, 'a', 'config'), 'in a, which is written in place\n')
  t.equal(await next(), 'in a, which is written in place\n')
  writeFileSync(join(dir, 'b', 'config'), 'in b, which is written in place and longer\n')
  symlinkSync(join(dir, 'b'), join(dir, 'then'))
  renameSync(join(dir, 'then'), join(dir, 'now'))
  t.equal(await next(), 'in b, which is written in place and longer\n')
})

t.test('what a reload has read already is no change', async (t) => {
  const { path, file, believed, looked } = await watched(t, 'one\n')
  writeFileSync(path, 'one two\n')
  await file.reread()
  await looked()
  t.same(believed, [])
})

t.test('where no event comes, looking now and then sees it', async (t) => {
  const { dir, path, next } = await watched(t, 'one\n', { poll: 40 })
  // The events of a hard link's other name do not tell ours.
  const { linkSync } = await import('node:fs')
  mkdirSync(join(dir, 'elsewhere'))
  linkSync(path, join(dir, 'elsewhere', 'other'))
  writeFileSync(join(dir, 'elsewhere', 'other'), 'through the other name\n')
  t.equal(await next(), 'through the other name\n')
})

t.test(
  'folders that the way to the file no longer goes through are watched no more, and none after the end',
  async (t) => {
    const before = watches()
    const { dir, path, file, next } = await watched(t, 'zero\n')
    for (const name of ['a', 'b']) {
      mkdirSync(join(dir, name))
      writeFileSync(join(dir, name, 'config'), `in ${name}, long enough\n`)
    }
    for (const name of ['a', 'b']) {
      symlinkSync(`${name}/config`, join(dir, 'draft'))
      renameSync(join(dir, 'draft'), path)
      t.equal(await next(), `in ${name}, long enough\n`)
      t.same(
        ['a', 'b'].map((one) => watches(join(dir, one))),
        ['a', 'b'].map((one) => (one === name ? 1 : 0)),
      )
    }
    t.ok(watches() > before)
    file.close()
    t.equal(watches(), before)
  },
)

t.test('a node looks at its own files when its chores come, by no timer of the watch', async (t) => {
  const path = join(folder(t), 'passwd')
  writeFileSync(path, 'one\n')
  const [clock, polls] = [new HandClock(), new HandClock()]
  const watched = new WatchedFile(await readSource(path), { ...CALM, polls, clock, changed: () => {} })
  t.teardown(() => watched.close())
  t.equal(CALM.polls, chores, 'which wait until the process is awake')
  clock.turn(2000)
  t.equal(clock.timers, 0, 'a file that is quiet has no timer')
  t.equal(polls.timers, 1)
  polls.turn(60_000)
  t.equal(polls.timers, 1, 'it is looked at again and again')
})

t.test('who waits for a new content hears of a change before it is believed, once for many', async (t) => {
  let stirred = 0
  const { path, next, clock } = await watched(t, 'one\n', {}, { stirred: () => stirred++ })
  t.equal(stirred, 0, 'nothing has happened')
  writeFileSync(path, 'two\n')
  await until(() => clock.timers === SEEN, 'the change is seen')
  await until(() => stirred === 1, 'it is told')
  writeFileSync(path, 'three\n')
  t.equal(await next(), 'three\n')
  t.equal(stirred, 1)
})
