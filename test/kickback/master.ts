/**
 * A master in a process of its own, for tests that kill or stop it. Speaks with its parent by messages: it tells where it is, and
 * publishes `{ generation, users }` when told so. Signs with the key in its first argument, if there is one; the second is a port, or the
 * path of a Unix socket.
 */
import { createPrivateKey } from 'node:crypto'
import { KickbackServer } from '../../src/kickback/service/server.ts'
import { signerOf } from '../../src/resolver/index.ts'
import { monotonic } from '../../src/values/index.ts'
import { bare, publicSnapshot } from './cluster.ts'

const [pem, where = '0'] = process.argv.slice(2)
const sign = pem ? signerOf(createPrivateKey(pem)) : undefined
const server = new KickbackServer({ ...bare(), clock: monotonic, ...(sign && { sign }) })
process.on('message', ({ generation, users }: { generation: number; users: number }) => {
  server.serve(publicSnapshot(generation, users, sign))
  process.send?.({ published: generation })
})
process.on('disconnect', () => process.exit(0))
const place = where.startsWith('/')
  ? await server.listen('local', { path: where })
  : await server.listen('network', { host: '127.0.0.1', port: Number(where) })
process.send?.({ place })
