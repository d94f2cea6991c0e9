import t from 'tap'
import { ReplyRates } from '../../src/dns/reply-rates.ts'
import type { Address } from '../../src/values/index.ts'
import { endpoint } from './cluster.ts'

const REQUEST = Buffer.alloc(50)
const COOKIE = Buffer.alloc(24)
const at = (host: string) => ({ address: endpoint(host, 0).address, guest: 'member' as const })

/** Rates at a time that stands still; `proved` has each address whose cookie was looked at. */
function rates(isGood: boolean) {
  const proved: Address[] = []
  const proves = (_: Uint8Array, address: Address): boolean => proved.push(address) > 0 && isGood
  return { rates: new ReplyRates({ now: () => 0, proves }), proved }
}

t.test('a cookie is looked at where the reply is long or the room is little, and once a request', async (t) => {
  const { rates: all, proved } = rates(true)
  const short = all.roomFor(REQUEST, at('10.1.1.1'))
  t.equal(short.bytes(COOKIE), 1232)
  short.sent(Buffer.alloc(150))
  t.equal(proved.length, 0, 'a short reply')
  const long = all.roomFor(REQUEST, at('10.1.1.1'))
  long.bytes(COOKIE)
  long.sent(Buffer.alloc(151))
  t.same(proved, [at('10.1.1.1').address])
  all.roomFor(REQUEST, at('10.1.1.1')).sent(Buffer.alloc(1024 * 1024))
  const tight = all.roomFor(REQUEST, at('10.1.1.1'))
  t.equal(tight.bytes(undefined), 150)
  t.equal(tight.bytes(COOKIE), 1232)
  t.notOk(tight.sent(Buffer.alloc(1232, 0xff)), 'it was not cut for want of room')
  t.equal(proved.length, 2)
})

t.test('a cookie that proves nothing gives no room, and what proves is not counted', async (t) => {
  for (const isGood of [true, false]) {
    const { rates: all } = rates(isGood)
    for (let i = 0; i < 1000; i++) {
      const room = all.roomFor(REQUEST, at('10.1.1.1'))
      room.bytes(COOKIE)
      room.sent(Buffer.alloc(1232))
    }
    t.equal(all.roomFor(REQUEST, at('10.1.1.1')).bytes(undefined), isGood ? 1232 : 150)
    t.equal(all.roomFor(REQUEST, at('10.1.1.2')).bytes(undefined), 1232)
  }
})
