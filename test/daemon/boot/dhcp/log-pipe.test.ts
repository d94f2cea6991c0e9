import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LogPipe } from '../../../../src/daemon/boot/dhcp/log-pipe.ts'
import { HandClock } from '../../../clocks.ts'
import { folder } from '../../../folder.ts'
import { until } from '../../../patience.ts'

t.test('the lines of many exchanges are read a few times, in their order, and none is lost', async (t) => {
  const clock = new HandClock()
  const path = join(folder(t), 'log')
  const heard: string[] = []
  const pipe = new LogPipe(path, (line) => heard.push(line), clock)
  t.teardown(() => pipe.close())
  pipe.open()
  appendFileSync(path, 'first\n')
  await until(() => heard.length === 1 && clock.timers === 1, 'the first line is heard at once')
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i}`)
  for (const line of lines) appendFileSync(path, `${line}\n`)
  let turns = 0
  while (heard.length <= lines.length) {
    const before = heard.length
    clock.turn(50)
    turns++
    await until(() => heard.length > before && clock.timers === 1, 'more lines are heard')
  }
  t.same(heard, ['first', ...lines])
  t.ok(turns <= 3, `${turns} reads`)
})

t.test('a pipe that is closed hears nothing more, also while lines are gathered', async (t) => {
  const clock = new HandClock()
  const path = join(folder(t), 'log')
  const heard: string[] = []
  const pipe = new LogPipe(path, (line) => heard.push(line), clock)
  pipe.open()
  appendFileSync(path, 'first\nrest')
  await until(() => heard.length === 1 && clock.timers === 1, 'the first line is heard')
  pipe.close()
  await until(() => clock.timers === 0, 'nobody waits')
  t.same(heard, ['first'])
})
