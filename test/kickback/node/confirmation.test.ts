// How old the copy of a node is, while its wall clock is put right and after a restart.
import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Confirmation } from '../../../src/kickback/node/confirmation.ts'
import { folder, type Tap } from '../cluster.ts'

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
  while (statSync(file).mtimeMs !== NOW) await new Promise((resolve) => setImmediate(resolve))
  t.pass()
})
