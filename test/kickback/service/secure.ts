/** A server with TLS for tests: a cluster whose nodes have addresses of loopback, and clients that show certificates. */
import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connect as connectSecurely, type SecureContext, type TLSSocket } from 'node:tls'
import type { ClientTls, KickbackClient } from '../../../src/kickback/node/client.ts'
import type { KickbackServer } from '../../../src/kickback/service/server.ts'
import type { ServerOptions } from '../../../src/kickback/service/server-options.ts'
import { connected as shaken, tlsContext } from '../../../src/kickback/transport/secure-socket.ts'
import { FrameSplitter } from '../../../src/kickback/wire/frames.ts'
import { decodeMessage, encodeFrame, type Fields } from '../../../src/kickback/wire/message.ts'
import { OPERATIONS, type OperationName, REPLY_MAX } from '../../../src/kickback/wire/protocol.ts'
import { buildPublic, judgedCertificate, layout, Snapshot, stamp } from '../../../src/resolver/index.ts'
import type { HostPort } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import type { Tap } from '../../folder.ts'
import { authority, CLUSTER, certificate } from '../../resolver/certificates/cluster.ts'
import { connected } from '../../sockets.ts'
import { client, contents, server } from '../cluster.ts'

/** The address of a node of this cluster. */
export const addressOf = (node: number): string => `127.0.0.${10 + node}`

/** The public snapshot of a cluster whose nodes 0 to 9 have addresses of loopback. */
export function loopbackSnapshot(generation = 1, address = addressOf, unapproved: readonly number[] = []): Snapshot {
  const made = contents(5)
  const { NODE, UNAPPROVED } = layout.HOST_KINDS
  const hosts = made.hosts.map((host) => {
    const kind = unapproved.includes(host.number) ? UNAPPROVED : host.kind
    return host.kind === NODE ? { ...host, kind, addresses: [ip(address(host.number))] } : host
  })
  const bytes = buildPublic({ ...made, hosts })
  stamp(bytes, { generation, contentTime: generation })
  return Snapshot.open(bytes)
}

/** What a client shows: its key and certificate; nothing unless given. */
export interface Shown {
  readonly key: KeyObject
  readonly der: Uint8Array
}

/** A server behind TLS, its authority, and means to come in. `now` is the time of the master, `revoked` the marks of revoked keys. */
export async function secured(t: Tap, options: Partial<ServerOptions> = {}) {
  const { authority: issuer, trust: believed } = await authority()
  // Tests take authorities away.
  const trust = { ...believed, authorities: [...believed.authorities] }
  // Certificates know whole seconds.
  const clock = { now: Math.floor(Date.now() / 1000) * 1000 }
  const master = await certificate(issuer, { kind: 'master', cluster: CLUSTER }, clock.now)
  const context = tlsContext({ privateKey: master.key, certificate: master.der })
  const revoked = new Set<string>()
  const tls: ServerOptions['tls'] = {
    context: () => context,
    judge: (der) => judgedCertificate(der, 'client', trust, clock.now),
    isRevoked: (mark) => revoked.has(mark),
    wallClock: () => clock.now,
  }
  const made: KickbackServer = server(t, { ...options, tls }, loopbackSnapshot())
  const place = (await made.listen('network', { host: '127.0.0.1', port: 0 }, { isSecure: true })) as HostPort
  const nodeCertificate = (node: number, now = clock.now): Promise<Shown> =>
    certificate(issuer, { kind: 'node', node, cluster: CLUSTER }, now)
  const judge: ClientTls['judge'] = (der = new Uint8Array()) => void judgedCertificate(der, 'server', trust, clock.now)
  return { made, place, issuer, trust, clock, revoked, nodeCertificate, judge }
}

let ports = 0

/** A client by plain TCP from an address, as root of that machine (from a port below 1024) or as a user. */
export async function from(t: Tap, { port }: HostPort, address: string, isRoot: boolean): Promise<KickbackClient> {
  const local = isRoot ? { localPort: 700 + (ports++ % 40) } : {}
  const [near, far] = [createServer(), { host: '127.0.0.1', port }]
  near.on('connection', (socket) => {
    const other = connect({ ...far, localAddress: address, ...local })
    for (const one of [socket, other]) {
      one.on('error', () => {})
      t.teardown(() => one.destroy())
    }
    socket.pipe(other).pipe(socket)
  })
  near.listen(0, '127.0.0.1')
  await once(near, 'listening')
  t.teardown(() => near.close())
  return client(t, { host: '127.0.0.1', port: (near.address() as AddressInfo).port })
}

/** A connection by TLS from an address, and what comes of it: each message, and whether it has ended. */
export async function shake(t: Tap, place: HostPort, from: string, shown?: Shown, session?: Buffer) {
  const socket = await connected(t, place, { localAddress: from })
  const secureContext = tlsContext(shown && { privateKey: shown.key, certificate: shown.der })
  const secure = await (session === undefined ? shaken(socket, secureContext) : taken(socket, secureContext, session))
  t.teardown(() => secure.destroy())
  return { secure, ...talk(secure) }
}

/** TLS by a client that offers a session of before. */
async function taken(socket: Socket, secureContext: SecureContext, session: Buffer): Promise<TLSSocket> {
  const options = { socket, secureContext, session, rejectUnauthorized: false, ALPNProtocols: ['kickback/1'] }
  const secure = connectSecurely(options)
  await once(secure, 'secureConnect')
  return secure
}

/** Questions over a connection. What answers no question has the id 0. */
function talk(secure: TLSSocket) {
  const splitter = new FrameSplitter(REPLY_MAX)
  const came: Fields[] = []
  let wake = (): void => {}
  const state = { hasEnded: false }
  secure.on('data', (chunk) => {
    splitter.push(chunk)
    for (let body = splitter.next(); body !== undefined; body = splitter.next()) came.push(decodeMessage(body, 1000))
    wake()
  })
  secure.on('close', () => {
    state.hasEnded = true
    wake()
  })
  secure.on('error', () => {})
  let id = 0
  const next = async (): Promise<Fields | 'ended'> => {
    for (;;) {
      const message = came.shift()
      if (message !== undefined) return message
      if (state.hasEnded) return 'ended'
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const ask = (op: OperationName, fields: object): Promise<Fields | 'ended'> => {
    secure.write(encodeFrame({ id: ++id, op: OPERATIONS[op], ...fields }))
    return next()
  }
  return { ask, next }
}
