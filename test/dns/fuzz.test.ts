import t from 'tap'
import { ReadyAnswers } from '../../src/dns/answer/ready.ts'
import { NativeReady } from '../../src/dns/batch/native-ready.ts'
import { nativePackets } from './batch/native.ts'
import { Fuzz } from './fuzz.ts'

/** How long requests are made up, in milliseconds; node test/dns/fuzz.ts does it for longer. */
const TIME_BOX = 3000

for (const [where, ready] of [
  ['in TypeScript', new ReadyAnswers()],
  ['in C', new NativeReady(nativePackets())],
] as const) {
  t.test(`every well-formed request has a reply, and no request of any kind does harm (${where})`, (t) => {
    const seed = Date.now() & 0xffffff
    const fuzz = new Fuzz(seed, ready)
    const end = performance.now() + TIME_BOX
    t.doesNotThrow(() => {
      while (performance.now() < end) for (let i = 0; i < 100; i++) fuzz.once()
    }, `seed ${seed}`)
    t.ok(fuzz.wellFormed > 0, `${fuzz.requests} requests, ${fuzz.replies} replies, ${fuzz.wellFormed} well-formed`)
    t.ok(fuzz.ready > 0 && fuzz.ready < 1000, 'what is kept ready is bounded by what the zones hold')
    t.end()
  })
}
