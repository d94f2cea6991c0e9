import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { background, bootClock, CHORE_SLACK, ChoreClock, dayOf, monotonic, othersTurn } from '../../src/values/clock.ts'
import { HandClock } from '../clocks.ts'

t.test('a day begins at midnight UTC, before 1970 too', async (t) => {
  const day = 86_400_000
  t.equal(dayOf(0), 0)
  t.equal(dayOf(day - 1), 0)
  t.equal(dayOf(day), 1)
  t.equal(dayOf(-1), -1)
  t.equal(dayOf(Date.UTC(2026, 0, 1, 23, 59, 59)), 20454)
})

for (const [name, clock] of Object.entries({ monotonic, background })) {
  t.test(`the ${name} clock calls once, and not where it was called off`, async (t) => {
    const called: string[] = []
    clock.after(0, () => void called.push('called off'))()
    const keepsAlive = setInterval(() => {}, 1000)
    await new Promise<void>((resolve) => {
      clock.after(1, () => {
        called.push('first')
        resolve()
      })
    })
    clearInterval(keepsAlive)
    t.same(called, ['first'])
    const before = clock.now()
    t.ok(clock.now() >= before)
  })
}

t.test('a timer of the background clock does not keep a process alive, one of the other does', async (t) => {
  const kept = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = kept()
  const off = [monotonic.after(1000, () => {}), background.after(1000, () => {})]
  t.equal(kept(), before + 1)
  for (const cancel of off) cancel()
  t.equal(kept(), before)
})

t.test('other work that waits is done in its turn', async (t) => {
  const done: string[] = []
  setImmediate(() => done.push('other'))
  await othersTurn()
  t.same(done, ['other'])
})

t.test('the boot clock has the time since the boot, as the kernel tells it, and which boot it is', async (t) => {
  /** Milliseconds since the boot (proc_uptime(5)), in steps of 10. */
  const uptime = (): number => Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000
  const before = uptime()
  const now = bootClock.now()
  t.ok(before <= now && now <= uptime() + 10, `${now} ms, not before ${before}`)
  t.match(bootClock.boot, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  t.equal(bootClock.boot, bootClock.boot)
})

t.test('a chore is done when the process is awake after its time, and not before', async (t) => {
  const hand = new HandClock()
  const chores = new ChoreClock(hand)
  const done: string[] = []
  chores.after(10_000, () => done.push('early'))
  chores.after(11_000, () => done.push('late'))
  hand.turn(8999)
  chores.stir()
  t.same(done, [])
  hand.turn(1)
  t.same(done, [], 'its time alone wakes nobody')
  chores.stir()
  chores.stir()
  t.same(done, ['early'])
  t.equal(chores.now(), hand.now())
})

t.test('a chore of a process that sleeps on is done a little later', async (t) => {
  const hand = new HandClock()
  const chores = new ChoreClock(hand)
  let done = 0
  chores.after(10_000, () => done++)
  hand.turn(19_999)
  t.equal(done, 0)
  hand.turn(1)
  chores.stir()
  t.same([done, hand.timers], [1, 0])
  chores.after(60_000, () => done++)
  hand.turn(60_000 + CHORE_SLACK)
  t.equal(done, 2)
})

t.test('a chore that is called off is not done, nor one that another one calls off', async (t) => {
  const hand = new HandClock()
  const chores = new ChoreClock(hand)
  let done = 0
  let cancel = (): void => {}
  chores.after(9000, () => cancel())
  cancel = chores.after(10_000, () => done++)
  chores.after(10_000, () => done++)()
  hand.turn(10_000)
  chores.stir()
  hand.turn(60_000)
  t.same([done, hand.timers], [0, 0])
})

for (const name of ['monotonic', 'background']) {
  t.test(`a long timer of the ${name} clock that is called off leaves nothing that wakes the process`, async (t) => {
    // What Node holds of timers is told by what it says of them: see lists in lib/internal/timers.js.
    const script = `
      import { ${name} } from './src/values/clock.ts'
      const first = ${name}.after(10_000, () => {})
      const second = ${name}.after(10_000, () => {})
      first()
      console.error('SECOND')
      second()`
    const words = ['--no-warnings', '--input-type=module-typescript', '--eval', script]
    const env = { ...process.env, NODE_DEBUG: 'timer' }
    const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env })
    const [before = '', after = ''] = stderr.split('SECOND')
    t.match(before, /unenroll: list empty/, 'the list of the first goes, though the second still waits')
    t.match(after, /unenroll: list empty/)
    t.equal(stderr.match(/no 100\d\d list was found/g)?.length, 2)
  })
}
