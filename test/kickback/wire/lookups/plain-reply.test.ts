import t from 'tap'
import { encodePlainReply } from '../../../../src/kickback/wire/lookups/plain-reply.ts'
import { encodeFrame } from '../../../../src/kickback/wire/message.ts'
import { STATUSES } from '../../../../src/kickback/wire/protocol.ts'

t.test('replies are byte for byte those of the general way', async (t) => {
  const { SUCCESS, NOTFOUND } = STATUSES
  for (const length of [undefined, 0, 1, 255, 256, 5000, 65_535, 65_536]) {
    for (const number of [0, 127, 128, 255, 256, 65_535, 65_536, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const status = length === undefined ? NOTFOUND : SUCCESS
      const record = length === undefined ? {} : { record: Buffer.alloc(length, number) }
      const answer = { status, ...record, generation: number }
      t.ok(encodePlainReply(number, answer)?.equals(encodeFrame({ id: number, ...answer })), `${length} ${number}`)
    }
  }
})

t.test('refusals, signed replies and larger numbers are left to the general way', async (t) => {
  const answer = { status: STATUSES.SUCCESS, record: Buffer.of(1), generation: 1 }
  t.ok(encodePlainReply(1, answer))
  t.equal(encodePlainReply(2 ** 32, answer), undefined)
  t.equal(encodePlainReply(1, { ...answer, generation: 2 ** 32 }), undefined)
  t.equal(encodePlainReply(1, { ...answer, signature: Buffer.of(1) }), undefined)
  t.equal(encodePlainReply(1, { status: STATUSES.UNAVAIL, error: 'denied', message: '' }), undefined)
})
