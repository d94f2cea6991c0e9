/**
 * Passers-by: `SEED RATE HOST:PORT HOST:PORT ADDRESS...` connects so often a second from any of its addresses, by turns to one place and
 * the other, and is gone as soon as it is there, or before.
 */
import { connect } from 'node:net'
import { Chance, count, endWithParent, pace } from './attacker.ts'

const [, , seed = '1', rate = '10', one = '', other = '', ...addresses] = process.argv
const chance = new Chance(Number(seed))
let number = 0

endWithParent()
pace(Number(rate), () => {
  const [host, port] = (number++ % 2 === 0 ? one : other).split(':')
  const socket = connect({ host, port: Number(port), localAddress: addresses[chance.below(addresses.length)] })
  socket.on('error', (error: NodeJS.ErrnoException) => count(`error ${error.code}`))
  const how = chance.below(3)
  socket.on('connect', () => {
    count('passed by')
    if (how === 0) socket.destroy()
    else if (how === 1) socket.resetAndDestroy()
    else socket.end()
  })
  setTimeout(() => socket.destroy(), 500)
})
