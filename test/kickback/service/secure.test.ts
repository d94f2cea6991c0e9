import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { ServiceError } from '../../../src/kickback/node/client.ts'
import { NETWORK_LIMITS } from '../../../src/kickback/service/shares/limits.ts'
import { accepted, tlsContext } from '../../../src/kickback/transport/secure-socket.ts'
import { certificateKeyMark, issued } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'
import { authority, CLUSTER, certificate, certificateKey, DAY } from '../../resolver/certificates/cluster.ts'
import { connected, ended } from '../../sockets.ts'
import { client } from '../cluster.ts'
import { addressOf, secured, shake } from './secure.ts'

const HELLO = { versions: [1], software: 'test' }
const LOOKUP = { db: 'passwd', key: 'user1' }

t.test('a node that shows its certificate from its own address asks as it does by plain TCP', async (t) => {
  const { place, nodeCertificate } = await secured(t)
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  t.match(await ask('HELLO', HELLO), { status: 1 })
  t.match(await ask('LOOKUP', LOOKUP), { status: 1 })
})

t.test('who shows no certificate may ask nothing but for one', async (t) => {
  const { place } = await secured(t)
  const { ask } = await shake(t, place, addressOf(1))
  t.match(await ask('LOOKUP', LOOKUP), { error: 'denied' })
  t.match(await ask('SNAPSHOT', { kind: 1, offset: 0 }), { error: 'denied' })
  t.match(await ask('SUBSCRIBE', {}), { error: 'denied' })
  t.match(await ask('STATUS', {}), { error: 'denied' })
})

t.test('a certificate that has ended, has not begun, or is of another cluster is refused in words', async (t) => {
  const { place, clock, nodeCertificate } = await secured(t)
  const cases: readonly [string, Awaited<ReturnType<typeof nodeCertificate>>, RegExp][] = [
    ['ended', await nodeCertificate(1, clock.now - 31 * DAY), /ended at/],
    ['not begun', await nodeCertificate(1, clock.now + 3 * DAY), /is good from/],
    [
      'another cluster',
      await certificate((await authority()).authority, { kind: 'node', node: 1, cluster: CLUSTER }, clock.now),
      /authority/,
    ],
  ]
  for (const [name, shown, message] of cases) {
    const { next } = await shake(t, place, addressOf(1), shown)
    t.match(await next(), { id: 0, error: 'denied', message }, name)
    t.equal(await next(), 'ended')
  }
  t.ok((await shake(t, place, addressOf(1), await nodeCertificate(1))).ask('HELLO', HELLO))
})

t.test('a key that is not that of the certificate ends the handshake', async (t) => {
  const { place, nodeCertificate } = await secured(t)
  const { der } = await nodeCertificate(1)
  t.throws(() => tlsContext({ privateKey: certificateKey(), certificate: der }), 'OpenSSL shows no such pair at all')
  t.ok(place)
})

t.test('a revoked key has its connections ended at once, is told why, and does not come in again', async (t) => {
  const { made, place, revoked, nodeCertificate, clock, issuer } = await secured(t)
  const shown = await nodeCertificate(1)
  const session = await shake(t, place, addressOf(1), shown)
  const other = await shake(t, place, addressOf(2), await nodeCertificate(2))
  t.match(await session.ask('HELLO', HELLO), { status: 1 })
  t.match(await other.ask('HELLO', HELLO), { status: 1 })
  revoked.add(certificateKeyMark(shown.key))
  made.endUncertified()
  t.match(await session.next(), { id: 0, status: -1, error: 'revoked' })
  t.equal(await session.next(), 'ended')
  const again = await shake(t, place, addressOf(1), shown)
  t.match(await again.next(), { id: 0, error: 'revoked' })
  const renewed = await issued(
    issuer,
    { kind: 'node', node: 1, cluster: CLUSTER },
    createPublicKey(shown.key),
    clock.now,
  )
  const newer = await shake(t, place, addressOf(1), { key: shown.key, der: renewed })
  t.match(await newer.next(), { id: 0, error: 'revoked' }, 'it is the key that is revoked, whatever its certificate')
  t.match(await other.ask('HELLO', HELLO), { status: 1 }, 'and no other node')
})

t.test('a TLS session from before a revocation lets nobody in, nor does one of another node', async (t) => {
  const { made, place, revoked, nodeCertificate } = await secured(t)
  const shown = await nodeCertificate(1)
  const sessions: Buffer[] = []
  const before = await shake(t, place, addressOf(1), shown)
  before.secure.on('session', (session) => sessions.push(session))
  t.match(await before.ask('HELLO', HELLO), { status: 1 })
  const session = sessions.at(-1) ?? before.secure.getSession()
  if (session === undefined) throw new Error('there is no session')
  revoked.add(certificateKeyMark(shown.key))
  made.endUncertified()
  t.match(await before.next(), { error: 'revoked' })
  const again = await shake(t, place, addressOf(1), shown, session)
  t.notOk(again.secure.isSessionReused())
  t.match(await again.next(), { id: 0, error: 'revoked' })
  const bare = await shake(t, place, addressOf(1), undefined, session)
  t.notOk(bare.secure.isSessionReused())
  t.match(await bare.ask('LOOKUP', LOOKUP), { error: 'denied' }, 'the session stands for no certificate')
  const other = await shake(t, place, addressOf(2), await nodeCertificate(2), session)
  t.match(await other.ask('HELLO', HELLO), { status: 1 }, 'control: who shows one of its own comes in')
})

t.test('a connection does not outlive the authority of its certificate', async (t) => {
  const { made, place, trust, nodeCertificate } = await secured(t)
  const { ask, next } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  made.endUncertified(true)
  t.match(await ask('HELLO', HELLO), { status: 1 }, 'control: it is believed still')
  trust.authorities.length = 0
  made.endUncertified()
  t.match(await ask('HELLO', HELLO), { status: 1 }, 'who asks is judged again only where the list has changed')
  made.endUncertified(true)
  t.match(await next(), { id: 0, error: 'denied', message: /trust list has changed/ })
  t.equal(await next(), 'ended')
})

t.test('a connection does not outlive its certificate', async (t) => {
  const { made, place, clock, nodeCertificate } = await secured(t)
  const { ask, next } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  t.match(await ask('HELLO', HELLO), { status: 1 })
  clock.now += 30 * DAY - 1
  made.endUncertified()
  t.match(await ask('HELLO', HELLO), { status: 1 })
  clock.now += 1
  made.endUncertified()
  t.equal(await next(), 'ended')
})

t.test('a client gives nothing to a service that is not a master of its cluster', async (t) => {
  const { place, judge, nodeCertificate } = await secured(t)
  const { judge: strange } = await secured(t)
  const own = await nodeCertificate(1)
  const context = tlsContext({ privateKey: own.key, certificate: own.der })
  await t.rejects(client(t, place, { tls: { context, judge: strange } }), { message: /authority/ })
  const bare = await client(t, place, { tls: { context: tlsContext(undefined), judge } })
  await bare.hello()
  await t.rejects(bare.lookup('passwd', 'user1'), ServiceError)
})

t.test('a user who took the port while the master is down is not spoken to', async (t) => {
  const { judge, nodeCertificate, issuer, clock } = await secured(t)
  // A node's own certificate is the best that a user of a node could get hold of.
  const node = await certificate(issuer, { kind: 'node', node: 2, cluster: CLUSTER }, clock.now)
  const heard: Buffer[] = []
  const context = tlsContext({ privateKey: node.key, certificate: node.der })
  const posing = createServer(async (socket) => {
    const secure = await accepted(socket, context).catch(() => undefined)
    secure?.on('data', (chunk) => heard.push(chunk))
    secure?.on('error', () => {})
  })
  posing.listen(0, '127.0.0.1')
  await once(posing, 'listening')
  t.teardown(() => posing.close())
  const { port } = posing.address() as { port: number }
  const own = await nodeCertificate(1)
  const tls = { context: tlsContext({ privateKey: own.key, certificate: own.der }), judge }
  await t.rejects(client(t, { host: '127.0.0.1', port }, { tls }), { message: /not that of a master/ })
  t.same(heard, [])
})

t.test('a stranger costs no handshake, and neither does one that there is no room for', async (t) => {
  const limits = { network: { ...NETWORK_LIMITS, connections: 4, perAddress: 2, reserved: 0 } }
  const { made, place, nodeCertificate } = await secured(t, { limits })
  const shown = await nodeCertificate(1)
  await shake(t, place, addressOf(1), shown)
  await shake(t, place, addressOf(1), shown)
  await t.rejects(shake(t, place, addressOf(1), shown))
  await until(() => made.report().refused === 1)
})

t.test('who begins no handshake in time is ended, and was counted until then', async (t) => {
  const clock = new HandClock()
  const limits = { network: { ...NETWORK_LIMITS, perAddress: 2, reserved: 0 } }
  const { made, place, nodeCertificate } = await secured(t, { clock, limits })
  const silent = [
    await connected(t, place, { localAddress: addressOf(1) }),
    await connected(t, place, { localAddress: addressOf(1) }),
  ]
  await t.rejects(shake(t, place, addressOf(1), await nodeCertificate(1)), 'its address has as many as it may have')
  await until(() => made.report().refused === 1)
  clock.turn(10_000)
  await Promise.all(silent.map(ended))
  t.equal(made.report().refused, 3)
  const { ask } = await shake(t, place, addressOf(1), await nodeCertificate(1))
  t.match(await ask('HELLO', HELLO), { status: 1 })
})

t.test('who goes before its handshake is counted no longer', async (t) => {
  const limits = { network: { ...NETWORK_LIMITS, perAddress: 1, reserved: 0 } }
  const { place, nodeCertificate } = await secured(t, { limits })
  const socket = await connected(t, place, { localAddress: addressOf(1) })
  socket.destroy()
  const shown = await nodeCertificate(1)
  await until(async () => {
    try {
      const { ask } = await shake(t, place, addressOf(1), shown)
      return (await ask('HELLO', HELLO)) !== 'ended'
    } catch {
      return false
    }
  })
})

t.test('those that wait for their handshake hold up no end', async (t) => {
  // No deadline comes on this clock.
  const { made, place } = await secured(t, { clock: new HandClock() })
  const socket = await connected(t, place, { localAddress: addressOf(1) })
  const closed = made.close()
  await ended(socket)
  await closed
  t.equal(made.report().connections, 0)
})
