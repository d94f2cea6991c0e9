import t from 'tap'
import { LINES_AT_ONCE, LINES_PER_SECOND, QueryLog, TOLD_AFTER } from '../../../src/values/counts/query-log.ts'
import { HandClock } from '../../clocks.ts'

/** A log of queries, its lines, and how often fields were made. */
function queries() {
  const clock = new HandClock()
  const lines: { readonly message: string; readonly fields: object }[] = []
  const made = { fields: 0 }
  const log = { info: (fields: object, message: string) => void lines.push({ message, fields }) }
  const one = new QueryLog({ log, clock })
  const ask = (times: number): void => {
    for (let i = 0; i < times; i++) one.tell(() => ({ query: ++made.fields }))
  }
  return { clock, lines, made, ask }
}

t.test('a flood of queries gets so many lines at once and so many a second, and the rest costs no text', async (t) => {
  const { clock, lines, made, ask } = queries()
  ask(10_000)
  t.equal(lines.length, LINES_AT_ONCE)
  for (let i = 0; i < 1000; i++) {
    clock.turn(1)
    ask(10)
  }
  t.equal(lines.length, LINES_AT_ONCE + LINES_PER_SECOND)
  t.equal(made.fields, lines.length)
})

t.test('how many were left out is told, once after a while, also when the flood has ended', async (t) => {
  const { clock, lines, ask } = queries()
  ask(LINES_AT_ONCE)
  t.equal(clock.timers, 0, 'where none is left out no timer waits')
  ask(1000)
  t.equal(clock.timers, 1)
  clock.turn(TOLD_AFTER)
  t.same(lines.at(-1), { message: 'queries were left out of the log', fields: { queries: 1000, seconds: 10 } })
  t.equal(clock.timers, 0)
  ask(1)
  t.equal(lines.at(-1)?.message, 'query')
})
