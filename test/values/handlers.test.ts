import t from 'tap'
import { Handlers } from '../../src/values/handlers.ts'
import type { Clock } from '../../src/values/index.ts'

function clockAt(): Clock & { time: number } {
  return { time: 0, now: () => clock.time, after: () => () => {} }
}
let clock = clockAt()
t.beforeEach(() => {
  clock = clockAt()
})

t.test('what a handler throws is counted, and its work is given up', async (t) => {
  const handlers = new Handlers(clock)
  const fault = new Error('fault')
  const given: unknown[] = []
  const guarded = handlers.guard(
    'DNS request by UDP',
    (_packet: string) => {
      throw fault
    },
    (error, packet) => given.push(error, packet),
  )
  guarded('packet')
  t.same(given, [fault, 'packet'])
  t.same([...handlers.failures], [['DNS request by UDP', 1]])
})

t.test('what the promise of a handler rejects with counts alike', async (t) => {
  const handlers = new Handlers(clock)
  const ended = new Promise<unknown>((resolve) => {
    handlers.float('caches flushed', () => Promise.reject(new Error('late')), resolve)
  })
  t.match(await ended, { message: 'late' })
  t.same([...handlers.failures], [['caches flushed', 1]])
})

t.test('what giving up throws is counted too, and so is what the log throws', async (t) => {
  const handlers = new Handlers(clock)
  const fault = (): never => {
    throw new Error('fault')
  }
  handlers.logTo({ error: fault })
  handlers.guard('watch poll', fault, fault)()
  t.same([...handlers.failures], [['watch poll', 2]])
})

t.test('failures are logged with their stack at a bounded rate, each handler by itself', async (t) => {
  const handlers = new Handlers(clock)
  const lines: [object, string][] = []
  handlers.logTo({ error: (fields, message) => void lines.push([fields, message]) })
  const fail = (name: 'watch poll' | 'SIGHUP'): void =>
    handlers.guard(name, () => {
      throw new Error('fault')
    })()
  for (let i = 0; i < 1000; i++) fail('watch poll')
  fail('SIGHUP')
  t.match(lines, [
    [{ handler: 'watch poll', cost: 'the change is seen at the next look', stack: /^Error: fault\n +at / }, /handler/],
    [{ handler: 'SIGHUP' }, /handler/],
  ])
  clock.time = 10_000
  fail('watch poll')
  t.match(lines[2]?.[0], { handler: 'watch poll', unlogged: 999 })
  t.equal(handlers.failures.get('watch poll'), 1001)
})

t.test('a handler that does not throw is not counted', async (t) => {
  const handlers = new Handlers(clock)
  let calls = 0
  const guarded = handlers.guard('watch poll', (by: number) => {
    calls += by
  })
  guarded(2)
  t.equal(calls, 2)
  t.same([...handlers.failures], [])
})
