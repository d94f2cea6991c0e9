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

t.test(
  'a node that finds the second full is told to come in the next one, one that asks without end later',
  async (t) => {
    const answers = new BootAnswers({
      clock: new HandClock(),
      log: { warn: (fields) => t.fail(JSON.stringify(fields)) },
      ask: async () => ({ status: 200, text: '' }),
    })
    const server = createServer((request, response) => void answers.answer(request, response)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.teardown(() => {
      answers.close()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const waitOf = (localAddress: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const at = { port, host: '127.0.0.1', path: '/boot/00-a0-d1-00-00-03', agent: false, localAddress }
        get(at, (response) => {
          response.resume().on('end', () => resolve(Number(response.headers['retry-after'] ?? 0)))
        }).on('error', reject)
      })
    const greedy: number[] = []
    for (let i = 0; i < 50; i++) greedy.push(await waitOf('127.0.9.1'))
    t.ok(
      greedy.every((wait) => wait === 0 || wait >= 5),
      greedy.join(),
    )
    t.ok(greedy.some((wait) => wait >= 5))
    const nodes: number[] = []
    for (let i = 0; i < 1000; i++) nodes.push(await waitOf(`127.0.${10 + (i >> 8)}.${i & 255}`))
    t.same(nodes, [...Array(960).fill(0), ...Array(40).fill(1)])
  },
)
