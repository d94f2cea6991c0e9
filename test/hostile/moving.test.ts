import t from 'tap'
import { Moving, movingAddress } from './moving.ts'

const answer = (moves: number): Buffer =>
  Buffer.concat([Buffer.from('mover\0'), Buffer.from(movingAddress(moves).split('.').map(Number)), Buffer.of(1)])

t.test('addresses of the host that moves are all different, and none ends in 0 or 255', async (t) => {
  const all = Array.from({ length: 1100 }, (_, moves) => movingAddress(moves))
  t.equal(new Set(all).size, all.length)
  t.notOk(all.some((address) => /\.(0|255)$/.test(address)))
})

t.test('an answer may be newer than what was known, or the same, but not older', async (t) => {
  const moving = new Moving()
  t.ok(moving.mayBe(answer(3), -1))
  t.ok(moving.mayBe(answer(3), 3))
  t.ok(moving.mayBe(answer(700), 3))
  t.equal(moving.moves, 700)
  t.notOk(moving.mayBe(answer(699), 700))
  t.ok(moving.mayBe(answer(699), 698), 'a question that was asked before the newer answer came')
  t.equal(moving.moves, 700)
})

t.test('no answer, and one without an address, is wrong', async (t) => {
  const moving = new Moving()
  t.notOk(moving.mayBe(undefined, -1))
  t.notOk(moving.mayBe(Buffer.from('mover'), -1))
  t.notOk(moving.mayBe(Buffer.of(10, 137, 1), -1))
})
