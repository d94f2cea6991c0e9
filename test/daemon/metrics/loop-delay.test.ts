import t from 'tap'
import { LoopDelay } from '../../../src/daemon/metrics/loop-delay.ts'
import { HandClock } from '../../clocks.ts'

const samples = (loop: LoopDelay): number => loop.scraped().delay.counts.reduce((sum, count) => sum + count, 0)

t.test('a daemon that nobody scrapes has no timer, and one scrape of a node costs one sample', async (t) => {
  const clock = new HandClock()
  const loop = new LoopDelay({ clock, lasts: 0 })
  t.equal(clock.timers, 0)
  t.equal(samples(loop), 0)
  t.equal(clock.timers, 1)
  for (let i = 0; i < 50; i++) clock.turn(100)
  t.equal(clock.timers, 0)
  t.equal(samples(loop), 1)
})

t.test('a master samples on while it is scraped, and ends when it is not', async (t) => {
  const clock = new HandClock()
  const loop = new LoopDelay({ clock, lasts: 1000 })
  loop.scraped()
  for (let i = 0; i < 50; i++) clock.turn(100)
  t.equal(clock.timers, 0)
  t.equal(samples(loop), 10)
})

t.test('a timer that comes late is counted by how late', async (t) => {
  let now = 0
  let run = (): void => {}
  const after = (_: number, then: () => void): (() => void) => {
    run = then
    return () => {}
  }
  const loop = new LoopDelay({ clock: { now: () => now, after }, lasts: 0 })
  loop.scraped()
  now = 150
  run()
  const { delay } = loop.scraped()
  t.equal(delay.sum, 0.05)
  t.equal(delay.counts[delay.bounds.indexOf(0.1)], 1)
})
