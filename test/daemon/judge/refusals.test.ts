// What a node refused: told once, not fetched again.
import t from 'tap'
import type { Loss } from '../../../src/daemon/judge/loss-limit.ts'
import { Refusals } from '../../../src/daemon/judge/refusals.ts'
import { UntrustedError } from '../../../src/kickback/node/trust.ts'
import { signed } from '../../kickback/node/masters.ts'

const held = signed(100, 40)
const other = signed(101, 39)
const lost: readonly Loss[] = [{ database: 'passwd', lost: 40, moved: 0, before: 40 }]

t.test('what was refused is refused again in place of the same content, and of no other', async (t) => {
  const refusals = new Refusals()
  const offered = signed(200, 1).header
  t.doesNotThrow(() => refusals.check(held, offered))
  const error = refusals.refuse(held, offered, lost)
  t.type(error, UntrustedError)
  t.throws(() => refusals.check(held, offered), { name: 'UntrustedError', message: error.message })
  t.throws(() => refusals.check(held, signed(300, 1).header), UntrustedError, 'under another number too')
  t.doesNotThrow(() => refusals.check(other, offered))
  t.doesNotThrow(() => refusals.check(held, signed(200, 2).header))
  t.doesNotThrow(() => refusals.check(undefined, offered))
  t.same(refusals.all, [
    { generation: 200, digest: Buffer.from(offered.digest).toString('hex'), reason: error.message },
  ])
  refusals.clear()
  t.same(refusals.all, [])
  t.doesNotThrow(() => refusals.check(held, offered))
})

t.test('the last sixteen are remembered', async (t) => {
  const refusals = new Refusals()
  const numbersOf = (): number[] => refusals.all.map(({ generation }) => generation)
  for (let i = 1; i <= 16; i++) refusals.refuse(held, signed(200 + i, i).header, lost)
  t.equal(numbersOf()[0], 201)
  t.equal(numbersOf().length, 16)
  refusals.refuse(held, signed(217, 17).header, lost)
  t.equal(numbersOf()[0], 202)
  t.equal(numbersOf().length, 16)
})
