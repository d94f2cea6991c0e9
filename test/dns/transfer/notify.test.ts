import { createSocket } from 'node:dgram'
import t from 'tap'
import { until } from '../../patience.ts'
import { askTcp, glued, query } from '../client.ts'
import { endpoint, snapshotOf, startServer } from '../cluster.ts'
import { decode } from '../decode.ts'

const config = (nodes: number) => `nodes ${nodes}\niprange 10.1.1.0 10.1.1.99\n`

/** A secondary that is told; `answers` says whether it says that it heard. */
async function secondary(answers: (count: number) => boolean) {
  const heard: string[] = []
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  socket.on('message', (message, { port, address }) => {
    const { opcode, aa, questions, answers: records } = decode(message)
    heard.push(`${opcode} ${aa} ${questions[0]?.name} ${records[0]?.data.split(' ')[2]}`)
    if (!answers(heard.length)) return
    const reply = Buffer.from(message)
    reply[2] = (reply[2] ?? 0) | 0x80
    socket.send(reply, port, address)
  })
  return { heard, port: socket.address().port, close: () => socket.close() }
}

t.test('a secondary is told of each zone at the start and of each generation, again until it answers', async (t) => {
  const other = await secondary((count) => count !== 1)
  const secondaries = [{ endpoint: endpoint('127.0.0.1', other.port), key: undefined }]
  const server = await startServer(snapshotOf(config(5), 100), { secondaries })
  t.teardown(async () => {
    other.close()
    await server.close()
  })
  await until(() => other.heard.length === 3, 'three are heard')
  t.same(other.heard.toSorted(), [
    '4 true 1.1.10.in-addr.arpa. 100',
    '4 true cluster.internal. 100',
    '4 true cluster.internal. 100',
  ])
  server.serve(snapshotOf(config(6), 101))
  await until(() => other.heard.length === 5, 'five are heard')
  t.same(other.heard.slice(3).toSorted(), ['4 true 1.1.10.in-addr.arpa. 101', '4 true cluster.internal. 101'])
  await until(() => server.counters.acknowledged === 4, 'all are counted')
  t.equal(server.counters.notified, 5)
})

t.test('a secondary that can not be reached, and one whose port is closed, do no harm', async () => {
  const hosts = [endpoint('255.255.255.255', 53), endpoint('127.0.0.1', 9)]
  const server = await startServer(snapshotOf(config(5), 100), {
    secondaries: hosts.map((each) => ({ endpoint: each, key: undefined })),
  })
  await until(() => server.counters.notified > 0, 'the second is tried')
  server.serve(snapshotOf(config(6), 101))
  await until(() => server.counters.notified > 3, 'and tried again')
  await server.close()
})

t.test('the difference is ready when a secondary is told', async (t) => {
  const other = await secondary(() => true)
  const secondaries = [{ endpoint: endpoint('127.0.0.1', other.port), key: undefined }]
  const server = await startServer(snapshotOf(config(5), 100), { secondaries })
  t.teardown(async () => {
    other.close()
    await server.close()
  })
  server.serve(snapshotOf(config(6), 101))
  await until(() => other.heard.some((line) => line.endsWith(' 101')), 'the new one is heard')
  const request = Buffer.concat([
    query('cluster.internal', 'IXFR'),
    Buffer.from('c00c0006000100000000', 'hex'),
    soaData(100),
  ])
  request[9] = 1
  const [reply] = await askTcp(server.endpoints[0]?.port ?? 0, [glued(request)])
  const told =
    reply && decode(reply).answers.map(({ name, type, data }) => `${name} ${type === 6 ? data.split(' ')[2] : data}`)
  t.same(told, [
    'cluster.internal. 101',
    'cluster.internal. 100',
    'cluster.internal. 101',
    'n5.cluster.internal. 10.1.1.5',
    'cluster.internal. 101',
  ])
})

/** The length and data of an SOA record with a serial. */
function soaData(serial: number): Buffer {
  const data = Buffer.alloc(24)
  data.writeUInt16BE(22, 0)
  data.writeUInt32BE(serial, 4)
  return data
}
