import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { dial } from '../../../src/kickback/transport/dialler.ts'
import type { Link } from '../../../src/kickback/transport/link.ts'
import { listen } from '../../../src/kickback/transport/listener.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder } from '../../folder.ts'
import { listening, soon } from './links.ts'

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

/** Connects so many times to a place, and tells how many connections were made once all are, or after some seconds. */
const MANY = `
const { connect } = require('node:net')
const [place, count] = process.argv.slice(1)
const where = place.startsWith('/') ? { path: place } : { host: '127.0.0.1', port: Number(place) }
let made = 0
const end = () => { console.log(made); process.exit() }
for (let at = 0; at < Number(count); at++)
  connect(where).on('error', () => {}).on('connect', () => { if (++made === Number(count)) end() })
setTimeout(end, 5000)
`

t.test(
  'a process that is busy for a moment refuses nobody: a thousand connections wait until it takes them',
  async (t) => {
    const somax = Number(readFileSync('/proc/sys/net/core/somaxconn', 'latin1'))
    const count = Math.min(1000, somax)
    for (const where of [{ host: '127.0.0.1', port: 0 }, { path: join(folder(t), 'socket') }]) {
      const links: Link[] = []
      const onLink = (link: Link): void => void links.push(link)
      const listener = await listen(where, { clock: monotonic, maxConnections: 2000, onLink, onError: () => {} })
      t.teardown(() => listener.close())
      const place = 'path' in listener.place ? listener.place.path : String(listener.place.port)
      // Nothing is taken meanwhile.
      const { stdout } = spawnSync(process.execPath, ['-e', MANY, place, String(count)], { encoding: 'utf8' })
      t.equal(Number(stdout), count, place)
      for (const link of links) link.destroy()
    }
  },
)

t.test('a port that is taken is told', async (t) => {
  const { listener } = await listening(t, { host: '127.0.0.1', port: 0 })
  const again = listen(listener.place, { clock: monotonic, maxConnections: 1, onLink: () => {}, onError: () => {} })
  await t.rejects(again, {
    code: 'not-listening',
    message:
      /^can't listen on 127\.0\.0\.1:\d+: address already in use; another program has it: ss -lntup shows which$/,
  })
})
