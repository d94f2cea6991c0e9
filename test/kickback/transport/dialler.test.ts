import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { dial } from '../../../src/kickback/transport/dialler.ts'
import type { Place } from '../../../src/kickback/transport/link.ts'
import { tlsContext } from '../../../src/kickback/transport/secure-socket.ts'
import { handlers, monotonic } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { listening, soon } from './links.ts'

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

t.test('why nobody is there is told in words', async (t) => {
  const nobody = dial({ host: '127.0.0.1', port: 1 }, { clock: monotonic, deadline: soon() })
  await t.rejects(nobody, { code: 'unreachable', message: 'connection refused', systemCode: 'ECONNREFUSED' })
  const nothing = dial({ path: join(folder(t), 'none') }, { clock: monotonic, deadline: soon() })
  await t.rejects(nothing, { code: 'unreachable', message: 'no such file or directory' })
})

t.test(
  'an end of the other side in the TLS handshake is why there is no connection, and no unexpected error',
  async (t) => {
    const listening = createServer((socket) => socket.end())
    listening.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    t.teardown(() => listening.close())
    const place = { host: '127.0.0.1', port: (listening.address() as AddressInfo).port }
    const before = handlers.failures.get('dial connection')
    const ended = dial(place, { clock: monotonic, deadline: soon(), tls: tlsContext(undefined) })
    await t.rejects(ended, { code: 'unreachable', message: 'the other side ended the TLS handshake' })
    t.equal(handlers.failures.get('dial connection'), before)
  },
)
