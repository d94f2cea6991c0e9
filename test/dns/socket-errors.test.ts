import t from 'tap'
import { SocketErrors } from '../../src/dns/socket-errors.ts'
import { HandClock } from '../clocks.ts'

t.test('replies that cannot be sent, to forged addresses without end, do not fill the log', async (t) => {
  const clock = new HandClock()
  const lines: object[] = []
  const errors = new SocketErrors({ warn: (fields) => void lines.push(fields) }, clock)
  const error = new Error('send ENETUNREACH')
  for (let i = 0; i < 1000; i++) errors.tell(error, `10.0.0.${i % 2}`)
  t.same(lines, [{ err: error, host: '10.0.0.0', times: 1 }])
  clock.turn(10_000)
  errors.tell(error, '10.0.0.1')
  t.match(lines[1], { host: '10.0.0.1', times: 1000 })
})
