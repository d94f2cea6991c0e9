import t from 'tap'
import { Scrapes } from '../../../src/daemon/http/scrapes.ts'
import { HandClock } from '../../clocks.ts'

/** Scrapes whose texts count themselves. */
function counting(): { readonly clock: HandClock; readonly scrapes: Scrapes; readonly made: () => number } {
  const clock = new HandClock()
  let made = 0
  const scrapes = new Scrapes(async () => String(++made), clock)
  return { clock, scrapes, made: () => made }
}

t.test('scrapes that wait together get one text', async (t) => {
  const { clock, scrapes, made } = counting()
  const texts = Array.from({ length: 1000 }, () => scrapes.text())
  t.equal(made(), 0, 'a text is begun after its scrapes came')
  clock.turn(0)
  t.same(new Set(await Promise.all(texts)), new Set(['1']))
})

t.test('a flood of scrapes makes ten texts a second, and each scrape a text that is newer than itself', async (t) => {
  const { clock, scrapes, made } = counting()
  const asked: Promise<boolean>[] = []
  for (let i = 0; i < 1000; i++) {
    const before = made()
    asked.push(scrapes.text().then((text) => Number(text) > before))
    clock.turn(1)
    await Promise.resolve()
  }
  clock.turn(100)
  t.same(new Set(await Promise.all(asked)), new Set([true]))
  t.ok(made() >= 10 && made() <= 11, `${made()} texts in a second`)
})

t.test('a scrape after a while waits for nothing', async (t) => {
  const { clock, scrapes } = counting()
  for (const text of ['1', '2', '3']) {
    clock.turn(100)
    const scrape = scrapes.text()
    clock.turn(0)
    t.equal(await scrape, text)
  }
})

t.test('a text that cannot be made costs its own scrapes, not the next', async (t) => {
  const clock = new HandClock()
  let fails = true
  const scrapes = new Scrapes(async () => {
    if (fails) throw new Error('no text')
    return 'text'
  }, clock)
  const first = scrapes.text()
  clock.turn(0)
  await t.rejects(first, { message: 'no text' })
  fails = false
  const second = scrapes.text()
  clock.turn(100)
  t.equal(await second, 'text')
})
