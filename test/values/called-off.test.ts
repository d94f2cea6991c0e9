import { spawnSync } from 'node:child_process'
import t from 'tap'
import { CalledOff } from '../../src/values/clock.ts'

/** How often the main thread of a process goes to sleep that has called off timers and waits for another one; `forgets`: whether it forgets those. */
function sleeps(forgets: boolean): number {
  const script = `
    import { readFileSync } from 'node:fs'
    import { calledOff } from './src/values/clock.ts'
    const count = () => Number(/^voluntary_ctxt_switches:\\s+(\\d+)/m.exec(readFileSync('/proc/self/task/' + process.pid + '/status', 'latin1'))[1])
    const called = Array.from({ length: 20 }, (_, i) => setTimeout(() => {}, 150 + 20 * i))
    // Not where a timer ends: there the time is set anew in any case.
    setTimeout(() => setImmediate(() => {
      for (const timer of called) clearTimeout(timer)
      const before = count()
      setTimeout(() => console.log(count() - before), 500)
      ${forgets ? 'calledOff.forget()' : ''}
    }), 50)`
  const words = ['--no-warnings', '--input-type=module-typescript', '--eval', script]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  t.equal(stderr, '')
  return Number(stdout)
}

t.test('a timer that was called off wakes the process when it would have ended, unless it is forgotten', async (t) => {
  // Threads of V8 may wake it once more.
  let [without, withIt] = [sleeps(false), sleeps(true)]
  for (let more = 0; more < 5 && withIt >= without; more++) {
    without = Math.min(without, sleeps(false))
    withIt = Math.min(withIt, sleeps(true))
  }
  t.ok(withIt < without, `${withIt} times, and ${without} without`)
})

t.test('it costs a millisecond, and is done once in a while', async (t) => {
  let now = 0
  const timers: number[] = []
  const after = (ms: number): (() => void) => {
    timers.push(ms)
    return () => {}
  }
  const clock = { now: () => now++, after }
  const calledOff = new CalledOff(clock)
  calledOff.forget()
  t.same(timers, [1])
  t.equal(now, 3, 'until that has passed for every clock')
  calledOff.forget()
  t.same(timers, [1], 'so soon it does nothing')
  now += 5000
  calledOff.forget()
  t.same(timers, [1, 1])
})
