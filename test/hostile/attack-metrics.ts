/**
 * An attacker on the metrics of a daemon, HTTP: `SEED RATE MOST HOST:PORT` opens so many connections a second from any address of
 * loopback, each of a kind of its own, and keeps MOST at most.
 */
import { connect, type Socket } from 'node:net'
import { Chance, crowd, endWithParent, loopback } from './attacker.ts'

const [, , seed = '1', rate = '10', most = '100', place = ''] = process.argv
const [host = '', port = '0'] = place.split(':')
const chance = new Chance(Number(seed))
const GET = 'GET /metrics HTTP/1.1\r\nHost: x\r\n'

/** Writes bytes one at a time, a few a second. */
function drip(socket: Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => socket.write(text.charAt(at++ % text.length)), 200)
  socket.once('close', () => clearInterval(timer))
}

const MANNERS: Record<string, (socket: Socket) => void> = {
  idle: () => {},
  half: (socket) => socket.write(GET),
  drip: (socket) => drip(socket, `${GET}X-Long: `),
  kept: (socket) => socket.write(`${GET}\r\n`),
  pipelined: (socket) => {
    socket.pause()
    socket.write(`${GET}\r\n`.repeat(500))
  },
  headers: (socket) => socket.write(`GET /metrics HTTP/1.1\r\n${'X-Header: many\r\n'.repeat(3000)}\r\n`),
  longPath: (socket) => socket.write(`GET /${'a'.repeat(60_000)} HTTP/1.1\r\n\r\n`),
  body: (socket) => {
    socket.write(`POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n`)
    const timer = setInterval(() => socket.write(Buffer.alloc(60_000)), 50)
    socket.once('close', () => clearInterval(timer))
  },
  chunked: (socket) =>
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\nx'),
  upgrade: (socket) =>
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  expect: (socket) => socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n'),
  tunnel: (socket) => socket.write('CONNECT 10.20.30.1:22 HTTP/1.1\r\nHost: x\r\n\r\n'),
  random: (socket) => socket.write(chance.bytes(3000)),
  mutated: (socket) => socket.write(chance.damaged(Buffer.from(`${GET}\r\n`))),
  halfClosed: (socket) => socket.end(`${GET}\r\n`),
  reset: (socket) => {
    socket.write(`${GET}\r\n`)
    setTimeout(() => socket.resetAndDestroy(), 2)
  },
}

const dial = (): Socket => connect({ host, port: Number(port), localAddress: loopback(chance), allowHalfOpen: true })

endWithParent()
crowd({ rate: Number(rate), most: Number(most), chance, dial, manners: MANNERS })
