/**
 * A hostile client in a process of its own: so many connections (second argument) to a Unix socket or TCP port of loopback (first
 * argument), each of which goes through a database without end, as fast as it is answered, and throws away what it reads. Tells its
 * parent once all of them have been answered, or ended.
 */
import { connect, type Socket } from 'node:net'
import { encodeFrame } from '../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../src/kickback/wire/protocol.ts'

const [place = '', connections = '1'] = process.argv.slice(2)
const frame = encodeFrame({ id: 1, op: OPERATIONS.ENUMERATE, db: 'passwd' })
const asked = Buffer.concat(Array.from({ length: 200 }, () => frame))

/** Writes until the socket takes no more, and again when it does. */
function flood(socket: Socket): void {
  while (socket.write(asked));
  socket.once('drain', () => flood(socket))
}

/** The connections that were answered, or ended: there are bounds. */
let reached = 0
const reachedOne = (): void => {
  if (++reached === Number(connections)) process.send?.('flooding')
}
for (let i = 0; i < Number(connections); i++) {
  const socket = place.startsWith('/') ? connect(place) : connect(Number(place), '127.0.0.1')
  socket.on('error', () => {})
  let isReached = false
  const reachedOnce = (): void => {
    if (!isReached) reachedOne()
    isReached = true
  }
  socket.once('data', reachedOnce)
  socket.once('close', reachedOnce)
  socket.on('connect', () => flood(socket))
  socket.resume()
}
process.on('disconnect', () => process.exit(0))
