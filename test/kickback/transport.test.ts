import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { type Link, type Listener, type Place, placeName } from '../../src/kickback/link.ts'
import { dial, listen } from '../../src/kickback/transport.ts'
import { monotonic } from '../../src/values/index.ts'
import { folder, type Tap } from './cluster.ts'

/** A listener and the first link that comes in; what goes wrong is kept. */
async function listening(t: Tap, place: Place): Promise<{ listener: Listener; first: Promise<Link>; errors: Error[] }> {
  const errors: Error[] = []
  let came: (link: Link) => void
  const first = new Promise<Link>((resolve) => {
    came = resolve
  })
  const listener = await listen(place, {
    clock: monotonic,
    maxConnections: 10,
    onLink: (link) => came(link),
    onError: (error) => errors.push(error),
  })
  t.teardown(async () => {
    const closed = listener.close()
    ;(await Promise.race([first, undefined]))?.destroy()
    await closed
  })
  return { listener, first, errors }
}

const soon = (): number => monotonic.now() + 20_000

/** All that a link receives until it ends. */
function received(link: Link): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    link.listen({
      onData: (chunk) => chunks.push(chunk),
      onDrained: () => {},
      onClosed: () => resolve(Buffer.concat(chunks)),
    })
  })
}

t.test('both ends know each other: by address on TCP, and nothing on a Unix socket', async (t) => {
  const tcp = await listening(t, { host: '127.0.0.1', port: 0 })
  const dialled = await dial(tcp.listener.place, { clock: monotonic, deadline: soon() })
  const accepted = await tcp.first
  t.match(accepted.peer, { via: 'tcp', address: { family: 4 } })
  t.same(dialled.localAddress, { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) })
  dialled.destroy()
  const unix = await listening(t, { path: join(folder(t), 'socket') })
  const local = await dial(unix.listener.place, { clock: monotonic, deadline: soon() })
  t.same((await unix.first).peer, { via: 'unix' })
  t.equal(local.localAddress, undefined)
  local.destroy()
})

t.test('an IPv4 peer of an IPv6 socket counts as IPv4', async (t) => {
  const { listener, first } = await listening(t, { host: '::', port: 0 })
  const port = 'port' in listener.place ? listener.place.port : 0
  const dialled = await dial({ host: '127.0.0.1', port }, { clock: monotonic, deadline: soon() })
  t.match((await first).peer, { address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } })
  dialled.destroy()
})

t.test('what is sent together comes in order, small and large pieces mixed, and all before the end', async (t) => {
  const { listener, first } = await listening(t, { path: join(folder(t), 'socket') })
  const dialled = await dial(listener.place, { clock: monotonic, deadline: soon() })
  const came = received(await first)
  const pieces = Array.from({ length: 60 }, (_, i) => Buffer.alloc(i % 7 === 0 ? 40_000 : i + 1, i))
  dialled.together(() => {
    for (const piece of pieces) dialled.send(piece)
    t.equal(dialled.queuedBytes, Buffer.concat(pieces).length)
  })
  dialled.send(Buffer.from('last'))
  dialled.end()
  t.ok((await came).equals(Buffer.concat([...pieces, Buffer.from('last')])))
})

t.test('what came before anybody listened is not lost', async (t) => {
  const { listener, first } = await listening(t, { path: join(folder(t), 'socket') })
  const dialled = await dial(listener.place, { clock: monotonic, deadline: soon() })
  dialled.send(Buffer.from('early'))
  dialled.end()
  const link = await first
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal((await received(link)).toString(), 'early')
})

t.test('a link that has gone takes what is sent without a fuss', async (t) => {
  const { listener, first } = await listening(t, { path: join(folder(t), 'socket') })
  const dialled = await dial(listener.place, { clock: monotonic, deadline: soon() })
  const link = await first
  const gone = received(link)
  dialled.destroy()
  await gone
  link.send(Buffer.from('x'))
  link.together(() => link.send(Buffer.from('y')))
  t.equal((await received(link)).length, 0)
})

/** A place on loopback whose process is stopped and whose queue of connections is full: who dials it hears nothing. */
async function silent(t: Tap): Promise<Place> {
  const program =
    "const s=require('net').createServer();s.listen({host:'127.0.0.1',port:0,backlog:1},()=>console.log(s.address().port))"
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  const place = { host: '127.0.0.1', port: Number(line) }
  child.kill('SIGSTOP')
  // As many as the queue takes (listen(2): one more than its length) are connected, though nobody accepts them.
  const queued = [1, 2].map(() => connect(place))
  t.teardown(() => {
    for (const socket of queued) socket.destroy()
  })
  await Promise.all(queued.map((socket) => once(socket, 'connect')))
  return place
}

t.test('a dial that is not answered ends at its deadline', async (t) => {
  const hurried = { now: monotonic.now, after: (_ms: number, then: () => void) => monotonic.after(50, then) }
  const unanswered = dial(await silent(t), { clock: hurried, deadline: soon() })
  await t.rejects(unanswered, { name: 'TransportError', code: 'timeout' })
})

t.test('a dial that is answered does not wait for its deadline', async (t) => {
  const { listener } = await listening(t, { host: '127.0.0.1', port: 0 })
  const dialled = await dial(listener.place, { clock: monotonic, deadline: soon() })
  dialled.destroy()
})

t.test('more links than are allowed are closed as they come', async (t) => {
  const path = join(folder(t), 'socket')
  const links: Link[] = []
  const listener = await listen(
    { path },
    { clock: monotonic, maxConnections: 2, onLink: (link) => links.push(link), onError: () => {} },
  )
  t.teardown(async () => {
    const closed = listener.close()
    for (const link of links) link.destroy()
    await closed
  })
  const sockets = [1, 2, 3].map(() => connect(path))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.race(sockets.map((socket) => once(socket.resume(), 'close')))
  t.equal(links.length, 2)
})

t.test('why nobody is there is told in words', async (t) => {
  const nobody = dial({ host: '127.0.0.1', port: 1 }, { clock: monotonic, deadline: soon() })
  await t.rejects(nobody, { code: 'unreachable', message: 'connection refused', systemCode: 'ECONNREFUSED' })
  const nothing = dial({ path: join(folder(t), 'none') }, { clock: monotonic, deadline: soon() })
  await t.rejects(nothing, { code: 'unreachable', message: 'no such file or directory' })
})

t.test('a port that is taken is told', async (t) => {
  const { listener } = await listening(t, { host: '127.0.0.1', port: 0 })
  const again = listen(listener.place, { clock: monotonic, maxConnections: 1, onLink: () => {}, onError: () => {} })
  await t.rejects(again, {
    code: 'not-listening',
    message: /^can't listen on 127\.0\.0\.1:\d+: address already in use$/,
  })
})

t.test('places have names', async (t) => {
  t.equal(placeName({ path: '/run/kickback/socket' }), '/run/kickback/socket')
  t.equal(placeName({ host: '10.0.0.1', port: 3045 }), '10.0.0.1:3045')
  t.equal(placeName({ host: 'fd00::1', port: 3045 }), '[fd00::1]:3045')
})
