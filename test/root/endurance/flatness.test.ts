import t from 'tap'
import { numbers } from '../../numbers.ts'
import { isFlat, lineThrough, type Reading } from './flatness.ts'

/** An hour of readings, each half a minute: a start, what is gained in the hour, and a figure by chance on top. */
function hour(start: number, gain: number, chance = 0): readonly Reading[] {
  const random = numbers(7)
  return Array.from({ length: 121 }, (_, i) => ({
    seconds: i * 30,
    value: start + (gain * i) / 120 + random(chance + 1),
  }))
}

t.test('a line through readings has their slope, mean and rise', async (t) => {
  const line = lineThrough(hour(100, 36))
  t.ok(Math.abs(line.slope - 0.01) < 1e-9, 'a hundredth a second')
  t.ok(Math.abs(line.mean - 118) < 1e-9)
  t.ok(Math.abs(line.rise - 36) < 1e-9)
  t.ok(line.error < 1e-9)
})

t.test('what stays, what falls, and what goes up and down by chance is flat', async (t) => {
  t.ok(isFlat(lineThrough(hour(100, 0))))
  t.ok(isFlat(lineThrough(hour(100, -60))))
  t.ok(isFlat(lineThrough(hour(100, 0, 80))))
  t.ok(isFlat(lineThrough(hour(100, 9))), 'less than a tenth')
})

t.test('a leak is not flat, under the ups and downs of a daemon that works too', async (t) => {
  t.notOk(isFlat(lineThrough(hour(100, 15))))
  t.notOk(isFlat(lineThrough(hour(100, 40, 60))))
})

t.test('two readings make no line', async (t) => {
  t.throws(() => lineThrough(hour(1, 1).slice(0, 2)), /2 readings make no line/)
})
