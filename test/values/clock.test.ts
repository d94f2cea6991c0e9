import t from 'tap'
import { background, dayOf, monotonic, othersTurn } from '../../src/values/clock.ts'

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
