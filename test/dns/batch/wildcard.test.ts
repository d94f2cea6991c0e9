import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { until } from '../../patience.ts'
import { askUdp, query } from '../client.ts'
import { endpoint, snapshotOf, startServer } from '../cluster.ts'

const SNAPSHOT = snapshotOf('nodes 10\niprange 10.1.1.0 10.1.1.9\n')
const REQUEST = query('n1.cluster.internal', 'A')

/** Where the reply to a request comes from. */
async function sender(host: string, port: number): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.send(REQUEST, port, host)
  const [, { address }] = await once(socket, 'message')
  socket.close()
  return address
}

t.test(
  'one socket answers at every address, also at those that the system does not list, from the address that was asked',
  async (t) => {
    const server = await startServer(SNAPSHOT, { listen: [endpoint('0.0.0.0', 0)] })
    t.teardown(() => server.close())
    const port = server.endpoints[0]?.port ?? 0
    // Who asks, and the answer, are known from the first time: the native part answers.
    for (const host of ['127.0.0.1', '127.0.0.2', '127.77.1.9', '127.0.0.2']) t.equal(await sender(host, port), host)
    t.equal(server.counters.batched, 3)
  },
)

t.test('a request that goes to all machines of a network has no reply', async (t) => {
  const server = await startServer(SNAPSHOT, { listen: [endpoint('0.0.0.0', 0)] })
  t.teardown(() => server.close())
  const port = server.endpoints[0]?.port ?? 0
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  let replies = 0
  socket.on('message', () => replies++)
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  socket.setBroadcast(true)
  for (let i = 0; i < 5; i++) socket.send(REQUEST, port, '127.255.255.255')
  await askUdp(port, REQUEST)
  socket.send(REQUEST, port, '127.0.0.1')
  await until(() => replies > 0, 'the last one is answered')
  t.equal(replies, 1)
  t.equal(server.counters.udp, 2, 'those to all are not counted: no one asked this server')
})
