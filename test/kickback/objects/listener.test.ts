import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import t from 'tap'
import { ObjectsListener } from '../../../src/kickback/objects/listener.ts'
import { NETWORK_LIMITS } from '../../../src/kickback/service/shares/limits.ts'
import { objectPath } from '../../../src/kickback/wire/objects.ts'
import { type HostPort, monotonic } from '../../../src/values/index.ts'
import { until } from '../../patience.ts'
import { logOf } from '../cluster.ts'
import { loopbackSnapshot } from '../service/secure.ts'
import { get, giver } from './http.ts'

/** What comes on a connection until its end, after these bytes were sent. */
async function said(place: HostPort, sent: string): Promise<string> {
  const socket = connect(place)
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
  })
  socket.write(sent)
  await once(socket, 'close')
  return text
}

type Test = typeof t

/** Has connections look as if they came from this address. */
function comingFrom(t: Pick<Test, 'intercept'>, address: string): void {
  // What Node asks the system for both, since a loopback address is all that a test has.
  t.intercept(Socket.prototype, '_getpeername' as keyof Socket, { value: () => ({ address, port: 40_000 }) })
  t.intercept(Socket.prototype, '_getsockname' as keyof Socket, { value: () => ({ address: '10.0.0.1' }) })
}

t.test('members alone come in: of others nothing is read, and that is told', async (t) => {
  const made = await giver(t)
  const path = objectPath(made.service.current?.digest ?? Buffer.alloc(32))
  const rows = [
    ['10.0.0.11', true],
    ['10.0.0.1', true],
    ['10.0.0.9', false],
    ['192.0.2.1', false],
    ['127.0.0.1', false],
  ] as const
  for (const [address, mayAsk] of rows) {
    await t.test(address, async (t) => {
      comingFrom(t, address)
      const answer = said(made.place, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
      t.equal((await answer).startsWith('HTTP/1.1 200'), mayAsk)
    })
  }
  t.equal(made.listener.denied, 3)
  t.ok(made.lines.includes('a connection for objects was denied'))
})

t.test('who may ask is judged at each request, and again when what it waited for has come', async (t) => {
  const made = await giver(t)
  comingFrom(t, '10.0.0.11')
  const digest = Buffer.from(made.service.current?.digest ?? '').toString('hex')
  const object = `GET /1/object/${digest} HTTP/1.1\r\nhost: a\r\n\r\n`
  const wait = `GET /1/head?nonce=${'00'.repeat(32)}&after=${digest}&wait=60 HTTP/1.1\r\nhost: a\r\n\r\n`
  const visit = async (sent: string) => {
    const socket = connect(made.place)
    t.teardown(() => socket.destroy())
    const heard: Buffer[] = []
    socket.on('data', (bytes) => heard.push(bytes))
    socket.on('error', () => {})
    socket.write(sent)
    const closed = once(socket, 'close')
    return { socket, closed, heard: () => Buffer.concat(heard).toString('latin1') }
  }
  const [kept, waiting] = [await visit(object), await visit(wait)]
  await until(() => kept.heard().startsWith('HTTP/1.1 200') && made.objects.counts.waiting === 1)
  const before = kept.heard().length
  // The node of this address has another one from now on.
  made.serve(loopbackSnapshot(2))
  await waiting.closed
  t.equal(waiting.heard(), '', 'it is not told of what came')
  kept.socket.write(object)
  await kept.closed
  t.equal(kept.heard().length, before, 'the connection was kept, and is not answered')
  t.equal(made.listener.denied, 2)
  await until(() => made.listener.connections === 0, 'neither is counted any more')
})

t.test('as many connections as may be, of one address as well', async (t) => {
  const made = await giver(t, { limits: { ...NETWORK_LIMITS, perAddress: 2 } })
  const sockets = [connect(made.place), connect(made.place)]
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await until(() => made.listener.connections === 2, 'both are in')
  t.equal(await said(made.place, ''), '')
  t.equal(made.listener.refused, 1)
  sockets[0]?.destroy()
  await until(() => made.listener.connections === 1, 'one has gone')
  t.match(await get(made.place, '/1/none'), { status: 404 })
})

t.test('a header that is too long, or is no HTTP, ends the connection', async (t) => {
  const { place } = await giver(t)
  t.match(await said(place, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(9000)}\r\n\r\n`), /^HTTP\/1.1 431/)
  t.match(await said(place, '\x00\x01\x02\r\n\r\n'), /^HTTP\/1.1 400/)
})

t.test('who sends many requests at once without reading is ended', async (t) => {
  const nonce = '00'.repeat(32)
  const made = await giver(t)
  const after = Buffer.from(made.service.current?.digest ?? '').toString('hex')
  const wait = `GET /1/head?nonce=${nonce}&after=${after}&wait=60 HTTP/1.1\r\nhost: a\r\n\r\n`
  t.equal(await said(made.place, wait.repeat(20)), '')
  await until(() => made.objects.counts.waiting === 0, 'nothing of it waits any more')
})

t.test('an address that cannot be had is an error that says so', async (t) => {
  const { place, service, objects } = await giver(t)
  await t.rejects(ObjectsListener.open(place, { ...service.shared, clock: monotonic, log: logOf(), objects }), {
    name: 'TransportError',
    systemCode: 'EADDRINUSE',
    message: /can't listen on 127\.0\.0\.1:/,
  })
})
