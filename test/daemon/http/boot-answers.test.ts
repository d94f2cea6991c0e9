import { writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { BootAnswers } from '../../../src/daemon/http/boot-answers.ts'
import { HandClock } from '../../clocks.ts'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'

t.test(
  'of many who ask for a file at one moment only so many are sent it as may be, and the places are free again',
  async (t) => {
    const path = join(folder(t), 'kernel')
    writeFileSync(path, 'kernel')
    const asked: (() => void)[] = []
    const answers = new BootAnswers({
      clock: new HandClock(),
      log: { warn: (fields) => t.fail(JSON.stringify(fields)) },
      ask: (what) =>
        new Promise((resolve) => {
          if (what === 'image') asked.push(() => resolve({ paths: [path] }))
          else resolve({ status: 200, text: '' })
        }),
    })
    const server = createServer((request, response) => void answers.answer(request, response)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.teardown(() => {
      answers.close()
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const statuses: (number | undefined)[] = []
    const load = (): void => {
      const request = get(
        { port, host: '127.0.0.1', path: '/file/00-a0-d1-00-00-03/kernel', agent: false },
        (response) => {
          response.resume().on('end', () => statuses.push(response.statusCode))
        },
      )
      request.on('error', () => {})
    }
    for (let i = 0; i < 10; i++) load()
    await until(() => asked.length + statuses.length === 10, 'all have come')
    t.equal(asked.length, 4, 'the daemon is asked for as many as one address may have')
    t.same(new Set(statuses), new Set([503]))
    for (const answer of asked) answer()
    await until(() => statuses.length === 10, 'all are answered')
    t.equal(statuses.filter((status) => status === 200).length, 4)
    load()
    await until(() => asked.length === 5, 'a place is free again')
    asked.at(-1)?.()
    await until(() => statuses.length === 11)
    t.equal(statuses.at(-1), 200)
  },
)
