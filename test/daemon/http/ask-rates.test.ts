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

t.test('nodes that found no room are told when there is some, and each is put then', async (t) => {
  const clock = new HandClock()
  const rates = new AskRates(clock)
  const nodes = (network: number) => Array.from({ length: 1000 }, (_, i) => `10.${network}.${i >> 8}.${i & 255}`)
  for (const address of nodes(1)) rates.take(address)
  const told = new Map(nodes(2).map((address) => [address, rates.take(address) ? 0 : rates.secondsUntilRoom(address)]))
  t.same(count(told.values()), { 1: 500, 2: 500 }, 'half of a second is kept for those who come for the first time')
  t.equal(rates.secondsUntilRoom('10.2.0.0'), 1, 'who asks again has the same place')
  for (const second of [1, 2]) {
    clock.turn(1000)
    for (const address of nodes(2 + second).slice(0, 500)) t.ok(rates.take(address))
    for (const [address, due] of told) if (due === second) t.ok(rates.take(address), address)
  }
})

t.test('who has no claim to room has no place in the queue, and takes none from others', async (t) => {
  const rates = new AskRates(new HandClock())
  rates.stranger('10.9.0.1')
  for (let i = 0; i < 1000; i++) rates.take(`10.1.${i >> 8}.${i & 255}`)
  t.equal(rates.take('10.9.0.1'), false)
  t.equal(rates.secondsUntilRoom('10.9.0.1'), undefined, 'a stranger')
  t.equal(rates.secondsUntilRoom('10.2.0.1'), 1)
  const busy = new AskRates(new HandClock())
  t.equal(put(busy, '10.9.0.2', 1000), 40)
  t.equal(busy.secondsUntilRoom('10.9.0.2'), undefined, 'one that asks without end')
  const last = Array.from({ length: 20_000 }, (_, i) => rates.secondsUntilRoom(`10.3.${i >> 8}.${i & 255}`))
  t.equal(Math.max(...last.map((seconds) => seconds ?? 0)), 14, 'none is told to wait without end')
  t.equal(last.filter((seconds) => seconds !== undefined).length, 14 * 500 - 1, 'and a bounded number is known')
})

/** How often each value is there. */
function count(values: Iterable<number | undefined>): { readonly [value: string]: number } {
  const counts: { [value: string]: number } = {}
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1
  return counts
}
