/** Dials a listener of its own on loopback, and prints whether that saw a port below 1024: run by test/root/visitors.test.ts. */

import { dial } from '../../src/kickback/transport/dialler.ts'
import type { Link } from '../../src/kickback/transport/link.ts'
import { listen } from '../../src/kickback/transport/listener.ts'
import { monotonic } from '../../src/values/index.ts'

const links: Link[] = []
const options = { clock: monotonic, maxConnections: 10, onError: () => {} }
const listener = await listen({ host: '127.0.0.1', port: 0 }, { ...options, onLink: (link) => links.push(link) })
for (let i = 0; i < 3; i++) {
  const dialled = await dial(listener.place, { clock: monotonic, deadline: monotonic.now() + 20_000 })
  while (links.length <= i) await new Promise(setImmediate)
  dialled.destroy()
}
const closed = listener.close()
for (const link of links) link.destroy()
await closed
process.stdout.write(`${links.map(({ peer }) => peer.via === 'tcp' && peer.port < 1024).join(' ')}\n`)
