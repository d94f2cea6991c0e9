// How old the copy of a node is, while its wall clock is put right and after a restart.
import { existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { Confirmation, IN_STEP } from '../../../src/kickback/files/confirmation.ts'
import { handlers } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { until } from '../../patience.ts'

const NOW = 1_790_000_000_000
const DAY = 86_400_000

/** A confirmation of a file in a folder of its own, and the hands of both clocks. */
function confirmation(t: Tap) {
  const file = join(folder(t), 'snapshot.1')
  const record = join(dirname(file), IN_STEP)
  const warnings: object[] = []
  const time = { wall: NOW, passed: 0, boot: 'this boot' }
  const open = (): Confirmation =>
    new Confirmation({
      ...{ file, record, wallClock: () => time.wall },
      bootClock: { now: () => time.passed, boot: time.boot },
      log: { warn: (fields) => void warnings.push(fields) },
    })
  /** A process that starts now. */
  const started = async (): Promise<Confirmation> => {
    const one = open()
    await one.read()
    return one
  }
  /** So many milliseconds pass, by both clocks. */
  const pass = (ms: number): void => {
    time.wall += ms
    time.passed += ms
  }
  /** The machine is off for so long, and boots. */
  const reboot = (ms: number): void => {
    time.wall += ms
    time.passed = 0
    time.boot += ' and another'
  }
  return { file, record, time, open, started, pass, reboot, warnings }
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
  // What it writes is not to come when the folder has gone.
  await one.keep()
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
  await one.keep()
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
  await one.keep()
})

t.test('a copy that is not there yet is of no known age, is not made, and that is no error', async (t) => {
  const { file, open, warnings } = confirmation(t)
  const one = open()
  await one.read()
  t.equal(one.age, Number.POSITIVE_INFINITY)
  one.confirm()
  t.equal(one.age, 0)
  await one.keep()
  t.same(warnings, [])
  t.notOk(existsSync(file))
})

t.test('a disk that takes nothing is told once, and the next confirmation is written down when it does', async (t) => {
  const { file, record, open, warnings } = confirmation(t)
  writeFileSync(file, '')
  // In the place of the draft.
  mkdirSync(`${record}.new/full`, { recursive: true })
  const one = open()
  for (let times = 0; times < 3; times++) {
    one.confirm()
    await one.keep().catch(() => {})
  }
  t.equal(warnings.length, 1)
  t.equal(handlers.failures.get('confirmation'), undefined, 'that is no fault of the program')
  rmSync(`${record}.new`, { recursive: true })
  one.confirm()
  await until(() => existsSync(record))
  mkdirSync(`${record}.new/full`, { recursive: true })
  one.confirm()
  await one.keep().catch(() => {})
  t.equal(warnings.length, 1, 'it is written once an hour')
})

t.test('the first confirmation is written down, though its copy is not there yet', async (t) => {
  const { file, record, time, open, started, pass } = confirmation(t)
  open().confirm()
  await until(() => existsSync(record))
  t.notOk(existsSync(file))
  writeFileSync(file, '')
  pass(2 * DAY)
  time.wall = 1000
  t.equal((await started()).age, (2 * DAY) / 1000, 'after a restart, whatever the wall clock says')
})

/** A copy that was confirmed, and of which that was written down. */
async function confirmed(t: Tap) {
  const made = confirmation(t)
  writeFileSync(made.file, '')
  const one = made.open()
  one.confirm()
  await until(() => existsSync(made.record))
  await one.keep()
  return { ...made, one }
}

/** Ages in days, as tests write them. */
const days = ({ age }: Confirmation): number => (age * 1000) / DAY

t.test('within a boot the wall clock counts for nothing, over restarts of the process neither', async (t) => {
  const { time, started, pass } = await confirmed(t)
  pass(2 * DAY)
  for (const wall of [NOW + 2000 * DAY, 1000, NOW - 3 * DAY]) {
    time.wall = wall
    t.equal(days(await started()), 2)
  }
})

t.test('the time in which a machine was off counts by the wall clock', async (t) => {
  const { started, pass, reboot } = await confirmed(t)
  reboot(5 * DAY)
  t.equal(days(await started()), 5)
  pass(DAY)
  t.equal(days(await started()), 6)
})

t.test('a wall clock that is behind after each boot keeps no copy young for ever', async (t) => {
  const { time, started, pass, reboot } = await confirmed(t)
  for (let boots = 1; boots <= 8; boots++) {
    reboot(0)
    time.wall = 1000
    pass(DAY)
    const one = await started()
    t.equal(days(one), boots, 'at least what passed in each boot')
    await one.keep()
  }
})

t.test('a wall clock that is wrong after a boot and is put right makes no copy old for good', async (t) => {
  const { time, started, pass, reboot } = await confirmed(t)
  reboot(DAY)
  time.wall += 3000 * DAY
  const one = await started()
  t.equal(days(one), 3001)
  pass(60_000)
  time.wall -= 3000 * DAY
  t.equal(Math.round(days(one)), 1)
})

t.test('what passed before is not forgotten when the wall clock is put back at a boot', async (t) => {
  const { time, started, pass, reboot } = await confirmed(t)
  pass(6 * DAY)
  await (await started()).keep()
  reboot(0)
  time.wall = NOW - 100 * DAY
  const one = await started()
  t.equal(days(one), 6)
  pass(DAY)
  t.equal(days(one), 7)
})

t.test('a master that is in step makes a copy new, whatever was written down', async (t) => {
  const { started, pass, reboot } = await confirmed(t)
  reboot(30 * DAY)
  const one = await started()
  one.confirm()
  t.equal(one.age, 0)
  pass(60_000)
  t.equal(one.age, 60)
  await one.keep()
  t.equal((await started()).age, 60)
})

t.test('without a copy, and with a damaged record, what was written down tells nothing', async (t) => {
  const { file, record, started, pass } = await confirmed(t)
  pass(DAY)
  writeFileSync(record, '{"age":0,"boot":')
  utimesSync(file, NOW / 1000, NOW / 1000)
  t.equal(days(await started()), 1, 'then the file does')
  rmSync(file)
  t.equal((await started()).age, Number.POSITIVE_INFINITY)
})

t.test('of a file alone nobody knows the boot: it ages by the process at least', async (t) => {
  const { file, time, started, pass } = confirmation(t)
  writeFileSync(file, '')
  utimesSync(file, NOW / 1000, NOW / 1000)
  time.passed = 100 * DAY
  const one = await started()
  t.equal(one.age, 0)
  time.wall = 1000
  pass(DAY)
  t.equal(days(one), 1)
})
