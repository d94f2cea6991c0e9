import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import { accepted, connected, shownCertificate, tlsContext } from '../../../src/kickback/transport/secure-socket.ts'
import { TransportError } from '../../../src/kickback/transport/transport-error.ts'
import type { Tap } from '../../folder.ts'
import { authority, CLUSTER, certificate } from '../../resolver/certificates/cluster.ts'
import * as sockets from '../../sockets.ts'

const { authority: issuer } = await authority()
const identity = async (kind: 'node' | 'master') => {
  const { key, der } = await certificate(issuer, { kind, node: 1, cluster: CLUSTER }, Date.now())
  return { privateKey: key, certificate: der }
}

/** A server, and what became of the first connection to it. */
async function serving(t: Tap) {
  const context = tlsContext(await identity('master'))
  const listening = createServer({ allowHalfOpen: true })
  const first = once(listening, 'connection').then(([socket]: Socket[]) => {
    t.teardown(() => socket?.destroy())
    socket?.on('error', () => {})
    return accepted(socket as Socket, context)
  })
  first.catch(() => {})
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  t.teardown(() => listening.close())
  return { place: { host: '127.0.0.1', port: (listening.address() as AddressInfo).port }, first }
}

/** Another client of TLS than ours. */
async function foreign(t: Tap, place: { host: string; port: number }, options: ConnectionOptions): Promise<string> {
  const secure = connect({ ...place, rejectUnauthorized: false, ...options })
  t.teardown(() => secure.destroy())
  return new Promise((resolve) => {
    secure.on('secureConnect', () => resolve('agreed'))
    secure.on('error', ({ message }) => resolve(message))
    secure.on('close', () => resolve('closed'))
  })
}

t.test('both ends agree on TLS 1.3, and each has the certificate of the other', async (t) => {
  const { place, first } = await serving(t)
  const own = await identity('node')
  const secure = await connected(await sockets.connected(t, place), tlsContext(own))
  t.teardown(() => secure.destroy())
  const other = await first
  t.same([secure.getProtocol(), other.getProtocol()], ['TLSv1.3', 'TLSv1.3'])
  t.same(shownCertificate(other), Buffer.from(own.certificate))
  t.ok(shownCertificate(secure))
})

t.test('who has no certificate shows none', async (t) => {
  const { place, first } = await serving(t)
  const secure = await connected(await sockets.connected(t, place), tlsContext(undefined))
  t.teardown(() => secure.destroy())
  t.equal(shownCertificate(await first), undefined)
})

t.test('TLS 1.2 is refused', async (t) => {
  const { place, first } = await serving(t)
  t.not(await foreign(t, place, { maxVersion: 'TLSv1.2', ALPNProtocols: ['kickback/1'] }), 'agreed')
  await t.rejects(first, TransportError)
})

t.test('another protocol inside is refused, and so is none', async (t) => {
  for (const ALPNProtocols of [['http/1.1'], undefined]) {
    const { place, first } = await serving(t)
    void foreign(t, place, ALPNProtocols === undefined ? {} : { ALPNProtocols })
    await t.rejects(first, TransportError)
  }
})

t.test('a client that offers its last session is not taken back by it', async (t) => {
  const context = tlsContext(await identity('master'))
  const listening = createServer({ allowHalfOpen: true })
  const came: TLSSocket[] = []
  listening.on('connection', async (socket) => {
    t.teardown(() => socket.destroy())
    const secure = await accepted(socket, context)
    came.push(secure)
    secure.write('x')
  })
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  t.teardown(() => listening.close())
  const { port } = listening.address() as AddressInfo
  const secureContext = tlsContext(await identity('node'))
  const options = { port, host: '127.0.0.1', secureContext, rejectUnauthorized: false, ALPNProtocols: ['kickback/1'] }
  const sessions: Buffer[] = []
  const first = connect(options)
  t.teardown(() => first.destroy())
  first.on('session', (session) => sessions.push(session))
  await once(first, 'data')
  const session = sessions.at(-1) ?? first.getSession()
  t.ok(session)
  const second = connect({ ...options, ...(session && { session }) })
  t.teardown(() => second.destroy())
  await once(second, 'data')
  t.same(
    came.map((secure) => secure.isSessionReused()),
    [false, false],
  )
  t.ok(came.every(shownCertificate), 'each time it showed its certificate')
})

t.test('bytes that are no TLS end the handshake, and so does an end in the middle of it', async (t) => {
  const garbage = await serving(t)
  const one = await sockets.connected(t, garbage.place)
  one.write('GET / HTTP/1.1\r\n\r\n')
  await t.rejects(garbage.first, TransportError)
  const half = await serving(t)
  const other = await sockets.connected(t, half.place, { allowHalfOpen: true })
  other.end(Buffer.from('1603010200', 'hex'))
  await t.rejects(half.first, { code: 'unreachable' })
})

t.test('who connects to something that speaks no TLS gets an error', async (t) => {
  const plain = createServer((socket) => socket.end('hello'))
  plain.listen(0, '127.0.0.1')
  await once(plain, 'listening')
  t.teardown(() => plain.close())
  const { port } = plain.address() as AddressInfo
  const socket = await sockets.connected(t, { host: '127.0.0.1', port })
  await t.rejects(connected(socket, tlsContext(undefined)), TransportError)
})
