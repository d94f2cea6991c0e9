/**
 * A master in a process of its own, for tests that kill or stop it. Speaks with its parent by messages: it tells its port, and
 * publishes `{ generation, users }` when told so. Signs with the key in its first argument, if there is one.
 */
import { createPrivateKey } from 'node:crypto'
import { monotonic } from '../../src/kickback/clock.ts'
import { KickbackServer } from '../../src/kickback/server.ts'
import { signerOf } from '../../src/resolver/index.ts'
import { bare, publicSnapshot } from './cluster.ts'

const [pem, port = '0'] = process.argv.slice(2)
const sign = pem ? signerOf(createPrivateKey(pem)) : undefined
const server = new KickbackServer({ ...bare(), clock: monotonic })
process.on('message', ({ generation, users }: { generation: number; users: number }) => {
  server.publish(publicSnapshot(generation, users, sign))
  process.send?.({ published: generation })
})
process.on('disconnect', () => process.exit(0))
const place = await server.listen('network', { host: '127.0.0.1', port: Number(port) })
process.send?.({ place })
