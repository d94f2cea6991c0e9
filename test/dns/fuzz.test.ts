import t from 'tap'
import { Fuzz } from './fuzz.ts'

/** How long requests are made up, in milliseconds; node test/dns/fuzz.ts does it for longer. */
const TIME_BOX = 5000

t.test('every well-formed request has a reply, and no request of any kind does harm', (t) => {
  const seed = Date.now() & 0xffffff
  const fuzz = new Fuzz(seed)
  const end = performance.now() + TIME_BOX
  t.doesNotThrow(() => {
    while (performance.now() < end) for (let i = 0; i < 100; i++) fuzz.once()
  }, `seed ${seed}`)
  t.ok(fuzz.wellFormed > 0, `${fuzz.requests} requests, ${fuzz.replies} replies, ${fuzz.wellFormed} well-formed`)
  t.ok(fuzz.ready < 1000, 'what is kept ready is bounded by what the zones hold')
  t.end()
})
