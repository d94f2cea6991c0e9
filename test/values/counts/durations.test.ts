import t from 'tap'
import { Durations } from '../../../src/values/counts/durations.ts'

t.test('durations are counted by step, each bound inclusive, the last step without end', async (t) => {
  const durations = new Durations([0.001, 0.1])
  for (const ms of [0, 0.5, 1, 1.5, 100, 101, 5000]) durations.count(ms)
  t.match(durations.all, { bounds: [0.001, 0.1], counts: [3, 2, 2] })
  t.ok(Math.abs(durations.all.sum - 5.204) < 1e-9)
})
