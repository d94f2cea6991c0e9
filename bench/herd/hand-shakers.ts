/** A process full of clients that begin a TLS handshake at once, each from an address of its own: node hand-shakers.ts FIRST COUNT HOW PORT. */
import { connect as connectPlainly } from 'node:net'
import { connect } from 'node:tls'
import { addressOf, MASTERS } from './cluster.ts'
import { now } from './figures.ts'

/** Ports that root alone can take. */
const [LEAST_PORT, PORTS] = [512, 400]

const [first = '0', count = '0', how = 'honest', port = '0'] = process.argv.slice(2)
/** When each handshake was over, in milliseconds since the boot. */
const done: number[] = []
const failures: string[] = []

/** An honest client ends its handshake and stays; a silent one is connected, says nothing, and comes again when it is ended. */
function begin(at: number): void {
  const where = { host: MASTERS[0][0], port: Number(port), localAddress: addressOf(Number(first) + at) }
  if (how === 'silent') {
    connectPlainly(where)
      .on('error', () => {})
      .on('close', () => setTimeout(() => begin(at), 100))
    return
  }
  const options = { ...where, localPort: LEAST_PORT + (at % PORTS), rejectUnauthorized: false }
  const secure = connect({ ...options, minVersion: 'TLSv1.3', ALPNProtocols: ['kickback/1'] })
  secure.on('secureConnect', () => done.push(now()))
  secure.on('error', (error) => {
    failures.push(error.message)
    // As a node does, which has its own pause each time.
    setTimeout(() => begin(at), 500 + Math.random() * 1000)
  })
}

process.on('message', (order) => {
  if (order === 'begin') for (let at = 0; at < Number(count); at++) begin(at)
  process.send?.({ done, failures })
})
process.on('disconnect', () => process.exit())
