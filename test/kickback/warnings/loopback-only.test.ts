import t from 'tap'
import { isLoopbackOnly } from '../../../src/kickback/warnings/loopback-only.ts'

t.test('sockets of this machine and its loopback addresses are out of reach for nodes', async (t) => {
  t.ok(isLoopbackOnly([]))
  t.ok(isLoopbackOnly(['/run/kickback/socket']))
  t.ok(isLoopbackOnly(['/run/kickback/socket', '127.0.0.1:3045', '127.9.9.9:3045', '[::1]:3045']))
})

t.test('one address that others reach is enough', async (t) => {
  for (const place of ['10.0.0.1:3045', '0.0.0.0:3045', '[::]:3045', '[fd00::1]:3045']) {
    t.notOk(isLoopbackOnly(['127.0.0.1:3045', place]), place)
  }
})
