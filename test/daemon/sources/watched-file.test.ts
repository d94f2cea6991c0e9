import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readSource, type SourceFile } from '../../../src/daemon/sources/source-file.ts'
import { type Quiet, WatchedFile } from '../../../src/daemon/sources/watched-file.ts'
import type { Clock } from '../../../src/values/index.ts'
import { watches } from './watches.ts'

/** Suspicious content is never believed here, so that no test depends on how long something takes. */
const QUIET: Quiet = { usual: 30, suspicious: 3_600_000, ceiling: 3_600_000, poll: 3_600_000 }

/** A watched file `config` in a folder of its own, and a queue of what was believed. */
async function watched(t: Test, content: string, quiet: Partial<Quiet> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-watch-'))
  const path = join(folder, 'config')
  writeFileSync(path, content)
  const believed: string[] = []
  let wake = (): void => {}
  const changed = (file: SourceFile): void => {
    believed.push(file.state === 'read' ? Buffer.from(file.bytes).toString() : file.state)
    wake()
  }
  const file = new WatchedFile(await readSource(path), { changed, quiet: { ...QUIET, ...quiet } })
  // A watch alone keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => {
    clearInterval(alive)
    file.close()
    rmSync(folder, { recursive: true })
  })
  /** The next content that is believed. */
  const next = async (): Promise<string> => {
    while (believed.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return believed.shift() ?? ''
  }
  return { folder, path, file, believed, next }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, QUIET.usual * 6))

t.test('a write in place, a rename over the file and its loss are all seen', async (t) => {
  const { folder, path, next } = await watched(t, 'one\n', { suspicious: 60 })
  writeFileSync(path, 'two two\n')
  t.equal(await next(), 'two two\n')
  writeFileSync(join(folder, 'draft'), 'three three\n')
  renameSync(join(folder, 'draft'), path)
  t.equal(await next(), 'three three\n')
  unlinkSync(path)
  t.equal(await next(), 'absent')
  writeFileSync(path, 'four\n')
  t.equal(await next(), 'four\n')
})

t.test('the swap of a symlink is seen wherever on the way it is, and again after that', async (t) => {
  const { folder, path, next } = await watched(t, 'zero\n')
  for (const name of ['a', 'b', 'c']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'config'), `in ${name}, long enough\n`)
  }
  symlinkSync('a', join(folder, 'now'))
  symlinkSync('now/config', join(folder, 'draft'))
  renameSync(join(folder, 'draft'), path)
  t.equal(await next(), 'in a, long enough\n')
  for (const name of ['b', 'c']) {
    symlinkSync(name, join(folder, 'then'))
    renameSync(join(folder, 'then'), join(folder, 'now'))
    t.equal(await next(), `in ${name}, long enough\n`)
  }
  writeFileSync(join(folder, 'c', 'config'), 'in c, and written again\n')
  t.equal(await next(), 'in c, and written again\n')
})

t.test('content decides: a touched or rewritten file with the same bytes is no change', async (t) => {
  const { path, believed, next } = await watched(t, 'one\n')
  writeFileSync(path, 'one\n')
  await pause()
  t.same(believed, [])
  writeFileSync(path, 'one two\n')
  t.equal(await next(), 'one two\n')
})

t.test('a file without a final newline, or that lost bytes, is not believed at once', async (t) => {
  const { path, believed, next } = await watched(t, 'one\ntwo\n')
  writeFileSync(path, 'one\n')
  await pause()
  writeFileSync(path, '')
  await pause()
  writeFileSync(path, 'one\ntwo\nthr')
  await pause()
  t.same(believed, [])
  writeFileSync(path, 'one\ntwo\nthree\n')
  t.equal(await next(), 'one\ntwo\nthree\n')
})

t.test('a file that stays without a final newline is believed after the longer quiet', async (t) => {
  const { path, next } = await watched(t, 'one\n', { suspicious: 60 })
  writeFileSync(path, 'two')
  t.equal(await next(), 'two')
})

/** Writes a new content into the file or in its place, again and again, until it is told to stop. */
function writing(t: Test, write: (round: number) => void): () => void {
  let round = 0
  const timer = setInterval(() => write(++round), 30)
  t.teardown(() => clearInterval(timer))
  return () => clearInterval(timer)
}

t.test('a file that is replaced all the time is believed while that goes on', async (t) => {
  const { folder, path, next } = await watched(t, 'one\n', { ceiling: 100 })
  const stop = writing(t, (round) => {
    writeFileSync(join(folder, 'draft'), `two two ${round}\n`)
    renameSync(join(folder, 'draft'), path)
  })
  t.match(await next(), /^two two \d+\n$/)
  t.match(await next(), /^two two \d+\n$/, 'and again')
  stop()
})

t.test('one that loses bytes each time is believed, too, but never without its final newline', async (t) => {
  const { folder, path, next, believed } = await watched(t, 'one one one\n', { ceiling: 60 })
  const replace = (content: string): void => {
    writeFileSync(join(folder, 'draft'), content)
    renameSync(join(folder, 'draft'), path)
  }
  const stop = writing(t, (round) => replace(`half ${round}`))
  await pause()
  t.same(believed, [])
  stop()
  const stopWhole = writing(t, (round) => replace(`${round}\n`))
  t.match(await next(), /^\d+\n$/)
  stopWhole()
})

t.test('that a file can not be read whole for long is told once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-watch-'))
  const path = join(folder, 'config')
  writeFileSync(path, 'one\n')
  let time = 0
  const due: (() => void)[] = []
  const after: Clock['after'] = (_, then) => {
    due.push(then)
    return () => {}
  }
  const clock: Clock = { now: () => time, after }
  let told = 0
  const file = new WatchedFile(await readSource(path), { changed() {}, restless: () => told++, clock, quiet: QUIET })
  t.teardown(() => {
    file.close()
    rmSync(folder, { recursive: true })
  })
  writeFileSync(path, 'half')
  for (time = 0; time < 30_000; time += 1000) {
    for (const then of due.splice(0)) then()
    await pause()
    if (told > 0 && time > 15_000) break
  }
  t.equal(told, 1)
})

t.test('a watch that was closed calls nothing and leaves no timer', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-watch-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'config'), 'one\n')
  let timers = 0
  const clock: Clock = {
    now: () => performance.now(),
    after() {
      timers++
      return () => void timers--
    },
  }
  const file = new WatchedFile(await readSource(join(folder, 'config')), { changed() {}, clock })
  t.equal(timers, 2, 'one to look now and then, one to settle')
  file.close()
  t.equal(timers, 0)
})

t.test('an absolute symlink is followed from the root, without looking now and then', async (t) => {
  const { folder, path, next } = await watched(t, 'zero\n')
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'config'), `in ${name}, which is long enough\n`)
  }
  symlinkSync(join(folder, 'a'), join(folder, 'now'))
  symlinkSync(join(folder, 'now/config'), join(folder, 'draft'))
  renameSync(join(folder, 'draft'), path)
  t.equal(await next(), 'in a, which is long enough\n')
  writeFileSync(join(folder, 'a', 'config'), 'in a, which is written in place\n')
  t.equal(await next(), 'in a, which is written in place\n')
  writeFileSync(join(folder, 'b', 'config'), 'in b, which is written in place and longer\n')
  symlinkSync(join(folder, 'b'), join(folder, 'then'))
  renameSync(join(folder, 'then'), join(folder, 'now'))
  t.equal(await next(), 'in b, which is written in place and longer\n')
})

t.test('what a reload has read already is no change', async (t) => {
  const { path, file, believed } = await watched(t, 'one\n')
  writeFileSync(path, 'one two\n')
  await file.reread()
  await pause()
  t.same(believed, [])
})

t.test('where no event comes, looking now and then sees it', async (t) => {
  const { folder, path, next } = await watched(t, 'one\n', { poll: 20 })
  // The events of a hard link's other name do not tell ours.
  const { linkSync } = await import('node:fs')
  mkdirSync(join(folder, 'elsewhere'))
  linkSync(path, join(folder, 'elsewhere', 'other'))
  writeFileSync(join(folder, 'elsewhere', 'other'), 'through the other name\n')
  t.equal(await next(), 'through the other name\n')
})

t.test(
  'folders that the way to the file no longer goes through are watched no more, and none after the end',
  async (t) => {
    const before = watches()
    const { folder, path, file, next } = await watched(t, 'zero\n')
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'config'), `in ${name}, long enough\n`)
    }
    for (const name of ['a', 'b']) {
      symlinkSync(`${name}/config`, join(folder, 'draft'))
      renameSync(join(folder, 'draft'), path)
      t.equal(await next(), `in ${name}, long enough\n`)
      t.same(
        ['a', 'b'].map((one) => watches(join(folder, one))),
        ['a', 'b'].map((one) => (one === name ? 1 : 0)),
      )
    }
    t.ok(watches() > before)
    file.close()
    t.equal(watches(), before)
  },
)
