/** Scenarios of objects by HTTP. */
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { httpGet } from '../../../src/kickback/node/transfer/http.ts'
import { endpointAt, type HostPort, hex, monotonic } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { hurried } from '../../clocks.ts'
import type { Tap } from '../../folder.ts'
import { freePort } from '../../free-port.ts'
import { publicSnapshot } from '../../kickback/cluster.ts'
import { type Giver, giver } from '../../kickback/objects/http.ts'
import { acceptError } from './dns.ts'
import type { Scenarios } from './scenario.ts'

/** Sends a request and reads nothing. */
async function asks(t: Tap, place: HostPort, path: string): Promise<Socket> {
  const socket = connect(place)
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
  return socket
}

const bodyPath = ({ service }: Giver): string => `/1/object/${hex(service.current?.digest ?? new Uint8Array())}`

/** Asks for a body that does not fit between the two; `reads` says whether it is read then. */
async function transfer(t: Tap, reads: boolean, more: Parameters<typeof giver>[1] = {}): Promise<void> {
  const made = await giver(t, { users: 40_000, ...more })
  const socket = await asks(t, made.place, bodyPath(made))
  if (reads) socket.resume()
}

/** A request that waits for news. */
async function waiting(t: Tap, more: Parameters<typeof giver>[1] = {}): Promise<Giver & { readonly socket: Socket }> {
  const made = await giver(t, more)
  const digest = hex(made.service.current?.digest ?? new Uint8Array())
  const socket = await asks(t, made.place, `/1/head?nonce=${'00'.repeat(32)}&after=${digest}&wait=60`)
  return { ...made, socket }
}

/** Asks a place where nobody is. */
async function asksNobody(): Promise<void> {
  const endpoint = endpointAt(ip('127.0.0.1'), await freePort())
  const asked = httpGet(
    { server: { endpoint, prefix: '' }, path: '/', accept: '', clock: monotonic, signal: new AbortController().signal },
    async () => {},
  )
  await asked.catch(() => {})
}

/** The scenarios. */
export const OBJECTS: Scenarios = {
  'cache connection error': asksNobody,
  'objects listener error': (t) => acceptError(() => giver(t)),
  'objects connection': async (t) => asks(t, (await giver(t)).place, '/1/none'),
  'objects connection close': async (t) => (await asks(t, (await giver(t)).place, '/1/none')).destroy(),
  'objects request': async (t) => asks(t, (await giver(t)).place, '/1/none'),
  'objects response end': async (t) =>
    request({ ...(await giver(t)).place, path: '/1/none' })
      .on('error', () => {})
      .end(),
  'objects wait': (t) => waiting(t, { clock: hurried }),
  'objects wait end': async (t) => {
    const { socket, objects } = await waiting(t)
    while (objects.counts.waiting === 0) await new Promise(setImmediate)
    socket.destroy()
  },
  'objects news': async (t) => {
    const { serve, objects } = await waiting(t)
    while (objects.counts.waiting === 0) await new Promise(setImmediate)
    serve(publicSnapshot(2, 6))
  },
  'objects drain': (t) => transfer(t, true),
  'objects transfer end': (t) => transfer(t, true),
  'objects pace': (t) => transfer(t, false, { clock: hurried }),
}
