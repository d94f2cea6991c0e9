import t from 'tap'
import { createLogger } from '../../../src/cli/logger.ts'
import { HttpFront } from '../../../src/daemon/http/http-front.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'

const unused = (): never => {
  throw new Error('unused')
}
const sources = { reading: unused }

/** A front, and the lines of its log. */
function front(host: string, port = 0, mayOpen = () => true) {
  const lines: string[] = []
  const clock = new HandClock()
  const logger = createLogger('plain', 'info', { write: (line) => void lines.push(line) })
  return { made: new HttpFront({ host, port }, sources, logger, { clock, mayOpen }), lines, clock }
}

t.test('HTTP whose address is not here yet keep no daemon from its start, and are looked for', async (t) => {
  const { made, lines, clock } = front('192.0.2.1')
  t.teardown(() => made.close())
  await made.open()
  clock.turn(1000)
  await until(() => clock.timers === 1, 'it is tried again')
  t.same(lines.length, 1, 'and told once')
  t.match(lines[0], /^<4>cannot answer HTTP there yet/)
  await made.close()
  t.equal(clock.timers, 0)
})

t.test('a port that is taken is an error at the start', async (t) => {
  const first = front('127.0.0.1')
  t.teardown(() => first.made.close())
  await first.made.open()
  const port = Number(/:(\d+)$/m.exec(first.lines[0] ?? '')?.[1])
  await t.rejects(front('127.0.0.1', port).made.open(), { code: 'EADDRINUSE' })
})

t.test('HTTP that may not open yet open once they may', async (t) => {
  let isAllowed = false
  const { made, lines, clock } = front('127.0.0.1', 0, () => isAllowed)
  t.teardown(() => made.close())
  await made.open()
  clock.turn(1000)
  t.same([clock.timers, lines], [1, []])
  isAllowed = true
  clock.turn(1000)
  await until(() => lines.length > 0, 'they are open')
  t.match(lines, [/answering HTTP/])
  t.equal(clock.timers, 0)
})
