// An edit that is killed in the middle: the file is the old one or the new one, whole, the lock is free, and the next edit leaves nothing behind.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'

const EDITOR = fileURLToPath(new URL('editor.ts', import.meta.url))
const isLong = process.env.KICKBACK_LONG !== undefined
const BEFORE = `${'node 0\n'.repeat(20_000)}`
const AFTER = `${BEFORE}line 0\n`
const MODE = 0o640
/** The calls that change what is in a folder. */
const CHANGING = ['openat', 'unlink', 'rename', 'fchown', 'fchmod', 'write', 'fsync', 'ftruncate']

/** A folder with a file that is edited. */
function fresh(t: Test): { dir: string; path: string } {
  const dir = join(folder(t), 'etc')
  mkdirSync(dir)
  const path = join(dir, 'config')
  writeFileSync(path, BEFORE)
  chmodSync(path, MODE)
  return { dir, path }
}

/** An edit under strace(1), which sees the thread that makes the calls, and not the programs that it starts. */
function edited(path: string, ...words: readonly string[]) {
  return spawnSync('strace', ['-qq', '-y', ...words, process.execPath, EDITOR, path, 'line', '1'], { encoding: 'utf8' })
}

/** The calls of an edit on its folder, each by its name and by how many of that name there were until then. */
function callsOf(t: Test): readonly (readonly [name: string, count: number])[] {
  const { dir, path } = fresh(t)
  const trace = join(folder(t), 'trace')
  const { status, stderr } = edited(path, '-o', trace)
  t.equal(status, 0, stderr)
  const counts = new Map<string, number>()
  return readFileSync(trace, 'latin1')
    .split('\n')
    .flatMap((line) => {
      const name = /^(\w+)\(/.exec(line)?.[1] ?? ''
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      return line.includes(`${dir}/`) || line.includes(`<${dir}>`) ? [[name, count] as const] : []
    })
}

t.test('an edit that is killed at any call leaves the old file or the new one, and nothing for ever', async (t) => {
  const all = callsOf(t)
  const calls = isLong ? all : all.filter(([name]) => CHANGING.includes(name))
  const left = { killed: 0, old: 0, new: 0, draft: 0 }
  for (const [name, count] of calls) {
    const { dir, path } = fresh(t)
    const { signal } = edited(path, '-e', `trace=${name}`, '-e', `inject=${name}:signal=KILL:when=${count}`)
    const at = `killed at ${name}, the ${count}th`
    if (signal === 'SIGKILL') left.killed++
    const text = readFileSync(path, 'utf8')
    t.ok(text === BEFORE || text === AFTER, `${at}: the old file or the new one`)
    left[text === BEFORE ? 'old' : 'new']++
    const names = readdirSync(dir)
    if (names.includes('config.kickback-new')) left.draft++
    // A program that it had started may end after it.
    if (names.includes('.config.lock'))
      await until(() => spawnSync('flock', ['-n', join(dir, '.config.lock'), 'true']).status === 0, `${at}: no lock`)
    const next = spawnSync(process.execPath, [EDITOR, path, 'next', '1'], { encoding: 'utf8' })
    t.equal(next.status, 0, next.stderr)
    t.equal(readFileSync(path, 'utf8'), `${text}next 0\n`)
    t.same(readdirSync(dir).sort(), ['.config.lock', 'config'], `${at}: the next edit leaves nothing`)
    t.equal(statSync(path).mode & 0o7777, MODE)
  }
  // How many calls Node itself makes before is not always the same: where that differs, another call is hit, or the last one none.
  t.ok(left.killed > calls.length / 2, `killed ${left.killed} times of ${calls.length}`)
  t.ok(left.old > 0 && left.new > 0 && left.draft > 0, `the old file ${left.old} times, the new one ${left.new} times`)
})
