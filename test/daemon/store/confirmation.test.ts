// How old the copy of a node is, while its wall clock is put right and after a restart.
import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Confirmation } from '../../../src/daemon/store/confirmation.ts'
import { handlers } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { until } from '../../patience.ts'

const NOW = 1_790_000_000_000
const DAY = 86_400_000

/** A confirmation of a file in a folder of its own, and the hands of both clocks. */
function confirmation(t: Tap) {
  const file = join(folder(t), 'snapshot.1')
  const time = { wall: NOW, passed: 0 }
  const clock = { now: () => time.passed, after: () => () => {} }
  const open = (): Confirmation => new Confirmation({ file, clock, wallClock: () => time.wall })
  return { file, time, open }
}

t.test('a wall clock that is put right makes no copy old that was confirmed a moment ago', async (t) => {
  const { time, open } = confirmation(t)
  const one = open()
  t.equal(one.age, Number.POSITIVE_INFINITY)
  time.wall = 1000
  one.confirm()
  time.wall = NOW
  time.passed = 30_000
  t.equal(one.age, 30)
})

t.test('after a restart a copy is as old as its file', async (t) => {
  const { file, time, open } = confirmation(t)
  writeFileSync(file, '')
  utimesSync(file, (NOW - 8 * DAY) / 1000, (NOW - 8 * DAY) / 1000)
  const one = open()
  await one.read()
  t.equal(one.age, (8 * DAY) / 1000)
  time.wall = 1000
  t.equal(one.age, 0, 'a clock that was put back makes no copy old')
})

t.test('a wall clock that was put right is written down at once', async (t) => {
  const { file, time, open } = confirmation(t)
  writeFileSync(file, '')
  const one = open()
  time.wall = 1000
  one.confirm()
  time.wall = NOW
  one.confirm()
  await until(() => statSync(file).mtimeMs === NOW)
  t.pass()
})

t.test('a confirmation is written to the file by the hour, whichever way the wall clock goes', async (t) => {
  const { file, time, open } = confirmation(t)
  writeFileSync(file, '')
  const one = open()
  let writes = 0
  handlers.tryWith((name) => {
    if (name === 'confirmation') writes++
  })
  t.teardown(() => handlers.tryWith(undefined))
  for (const [at, expected, count] of [
    [10_000, 10_000, 1],
    [10_000 + 3_599_999, 10_000, 1],
    [10_000 + 3_600_000, 3_610_000, 2],
    [0, 0, 3],
  ] as const) {
    time.wall = NOW + at
    one.confirm()
    t.equal(one.age, 0)
    t.equal(writes, count, `${at} ms: written or not is decided at once`)
    await until(() => statSync(file).mtimeMs === NOW + expected)
  }
})

t.test('a copy that is not there yet is of no known age, is not made, and that is no error', async (t) => {
  const { file, open } = confirmation(t)
  const one = open()
  await one.read()
  t.equal(one.age, Number.POSITIVE_INFINITY)
  const stacks: string[] = []
  handlers.logTo({ error: (fields) => void stacks.push(String((fields as { stack?: string }).stack)) })
  t.teardown(() => handlers.logTo(undefined))
  one.confirm()
  t.equal(one.age, 0)
  writeFileSync(`${file}.other`, '')
  const clock = { now: () => 0, after: () => () => {} }
  new Confirmation({ file: join(`${file}.other`, 'below'), clock, wallClock: () => NOW }).confirm()
  await until(() => stacks.length > 0)
  t.match(stacks[0], /ENOTDIR/, 'a file that is missing is the first that was asked for, and is told by nobody')
  t.equal(handlers.failures.get('confirmation'), 1)
  t.notOk(existsSync(file))
})
