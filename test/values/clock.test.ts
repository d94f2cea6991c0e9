import { readFileSync } from 'node:fs'
import t from 'tap'
import { background, bootClock, dayOf, monotonic, othersTurn } from '../../src/values/clock.ts'

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
