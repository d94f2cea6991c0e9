// How requests of nodes that boot are shared out, where some ask without end; the clock is turned by hand.
import t from 'tap'
import { AskRates } from '../../../src/daemon/http/ask-rates.ts'
import { HandClock } from '../../clocks.ts'

/** How many of so many requests of an address are put. */
function put(rates: AskRates, address: string, requests: number): number {
  let count = 0
  for (let i = 0; i < requests; i++) if (rates.take(address)) count++
  return count
}

t.test('twenty-five that ask without end leave a node that boots its requests', async (t) => {
  const clock = new HandClock()
  const rates = new AskRates(clock)
  const greedy = Array.from({ length: 25 }, (_, i) => `10.0.9.${i}`)
  const taken = greedy.map((address) => put(rates, address, 1000))
  t.ok(taken.reduce((all, one) => all + one, 0) < 600)
  t.ok(taken.every((one) => one >= 4 && one <= 40))
  for (let i = 0; i < 100; i++) t.equal(put(rates, `10.0.1.${i}`, 4), 4)
  clock.turn(1000)
  t.equal(put(rates, '10.0.9.0', 1000), 40, 'in the next second they may again')
})

t.test('strangers share a small part, however many they are', async (t) => {
  const clock = new HandClock()
  const rates = new AskRates(clock)
  const strangers = Array.from({ length: 2000 }, (_, i) => `10.9.${i >> 8}.${i & 255}`)
  for (const address of strangers) rates.stranger(address)
  t.equal(
    strangers.map((address) => put(rates, address, 10)).reduce((all, one) => all + one, 0),
    100,
  )
  t.equal(put(rates, strangers[0] ?? '', 1), 0)
  let nodes = 0
  for (let i = 0; i < 225; i++) nodes += put(rates, `10.0.1.${i}`, 4)
  t.equal(nodes, 900)
  clock.turn(60_000)
  t.equal(put(rates, strangers[0] ?? '', 10), 10, 'who was a stranger a minute ago may be a node now')
})

t.test('a bounded number of strangers is known', async (t) => {
  const rates = new AskRates(new HandClock())
  for (let i = 0; i < 20_000; i++) rates.stranger(`s${i}`)
  t.equal(put(rates, 's0', 10), 10, 'the first one is forgotten')
  t.equal(put(rates, 's19999', 10), 5)
})
