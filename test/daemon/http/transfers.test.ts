import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Transfers } from '../../../src/daemon/http/transfers.ts'
import { HandClock } from '../../clocks.ts'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'

const SIZE = 64 * 1024 * 1024

/** A server that sends one large file, and its port. */
async function sending(t: Test) {
  const path = join(folder(t), 'image')
  writeFileSync(path, Buffer.alloc(SIZE, 'x'))
  const clock = new HandClock()
  const transfers = new Transfers(clock, { all: 3, perAddress: 2 })
  const outcomes: boolean[] = []
  const server = createServer(async (_, response) => {
    const file = await open(path)
    outcomes.push(await transfers.send(response, file, { start: 0, end: SIZE }))
    await file.close()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => {
    transfers.close()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const begun = () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    socket.once('data', () => socket.pause())
    return socket
  }
  return { clock, transfers, outcomes, begun, port }
}

t.test('a transfer that nobody reads ends at the second look, and one that goes on stays', async (t) => {
  const { clock, transfers, outcomes, begun } = await sending(t)
  const held = process.memoryUsage().arrayBuffers
  const socket = begun()
  await until(() => socket.isPaused(), 'it has begun')
  let before = -1
  await until(() => {
    const isStill = transfers.bytes === before
    before = transfers.bytes
    return isStill
  }, 'the buffers are full')
  t.ok(process.memoryUsage().arrayBuffers - held < SIZE / 8, 'little of the file is in memory')
  clock.turn(30_000)
  t.equal(transfers.count, 1, 'it has just begun')
  clock.turn(30_000)
  await until(() => transfers.count === 0, 'it is ended')
  t.same(outcomes, [false])
  t.equal(clock.timers, 0, 'an idle process is not woken')
})

t.test('a file is sent whole', async (t) => {
  const { transfers, outcomes, port } = await sending(t)
  const response = await fetch(`http://127.0.0.1:${port}/`)
  let length = 0
  for await (const part of response.body ?? []) length += part.length
  t.equal(length, SIZE)
  await until(() => outcomes.length === 1)
  t.same([outcomes, transfers.bytes], [[true], SIZE])
})

t.test('there are only so many at once, in all and of one address', async (t) => {
  const transfers = new Transfers(new HandClock(), { all: 3, perAddress: 2 })
  const [first, second] = [transfers.enter('10.0.0.1'), transfers.enter('10.0.0.1')]
  t.equal(transfers.enter('10.0.0.1'), undefined)
  t.ok(transfers.enter('10.0.0.2'))
  t.equal(transfers.enter('10.0.0.3'), undefined)
  first?.()
  first?.()
  t.ok(transfers.enter('10.0.0.1'), 'a place that was given back twice is one')
  t.equal(transfers.enter('10.0.0.3'), undefined)
  second?.()
  t.ok(transfers.enter('10.0.0.3'))
})
