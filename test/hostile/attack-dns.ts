/**
 * An attacker on DNS: `udp|tcp SEED RATE HOST ADDRESS...` asks HOST from each of its own addresses, so many datagrams or connections
 * a second. By TCP it keeps at most 400 connections, each of a kind of its own.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { Chance, count, endWithParent, pace } from './attacker.ts'
import { JUNK, question } from './dns-message.ts'

const [, , way, seed = '1', rate = '100', host = '', ...addresses] = process.argv
const chance = new Chance(Number(seed))
const kinds = Object.keys(JUNK) as [string, ...string[]]

function junk(): Buffer {
  const kind = chance.of(kinds)
  count(kind)
  return JUNK[kind]?.(chance) ?? Buffer.alloc(0)
}

async function udp(): Promise<void> {
  const sockets: UdpSocket[] = []
  for (const address of addresses) {
    const socket = createSocket('udp4')
    socket.on('error', () => count('own error'))
    socket.on('message', () => count('replies'))
    await new Promise<void>((bound) => socket.bind(0, address, bound))
    sockets.push(socket)
  }
  const send = (bytes: Buffer): void => sockets[chance.below(sockets.length)]?.send(bytes, 53, host, () => {})
  pace(Number(rate), () => send(junk()))
  // Six hundred copies of one question that is not ours, from one socket, all at once.
  pace(0.2, () => {
    const copy = question(77, `copies${chance.below(1e6)}.example.org`, 1)
    for (let i = 0; i < 600; i++) sockets[0]?.send(copy, 53, host, () => {})
    count('copies', 600)
  })
}

const framed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
const asked = (): Buffer => framed(question(chance.below(65536), 'n15.cluster.internal', 1))

/** Sends bytes one at a time, a few a second. */
function drip(socket: Socket, bytes: Buffer): void {
  let at = 0
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 150)
  socket.once('close', () => clearInterval(timer))
}

const flood = (socket: Socket, bytes: Buffer, times: number): void => {
  socket.pause()
  for (let i = 0; i < times; i++) socket.write(bytes)
}

const MANNERS: Record<string, (socket: Socket) => void> = {
  idle: () => {},
  half: (socket) => socket.write(asked().subarray(0, 9)),
  drip: (socket) => drip(socket, asked()),
  pipelined: (socket) => flood(socket, Buffer.concat(Array.from({ length: 200 }, asked)), 5),
  forwarded: (socket) =>
    flood(socket, framed(question(chance.below(65536), `t${chance.below(1e9)}.example.org`, 1)), 40),
  transfers: (socket) => flood(socket, framed(question(5, 'cluster.internal', 252, 0)), 100),
  junk: (socket) => socket.write(framed(junk())),
  random: (socket) => socket.write(chance.bytes(500)),
  nothing: (socket) => socket.write(Buffer.alloc(400)),
  longest: (socket) => socket.write(Buffer.concat([Buffer.of(255, 255), chance.bytes(3000)])),
  halfClosed: (socket) => socket.end(asked()),
  reset: (socket) => {
    socket.write(asked())
    setTimeout(() => socket.resetAndDestroy(), 5)
  },
}
const manners = Object.keys(MANNERS) as [string, ...string[]]

function tcp(): void {
  const open: Socket[] = []
  pace(Number(rate), () => {
    if (open.length >= 400) open.shift()?.destroy()
    const socket = connect({
      host,
      port: 53,
      localAddress: addresses[chance.below(addresses.length)],
      allowHalfOpen: true,
    })
    socket.on('error', () => count('ended'))
    socket.on('data', () => count('replies'))
    socket.on('close', () => open.splice(0, open.length, ...open.filter((one) => one !== socket)))
    const manner = chance.of(manners)
    socket.on('connect', () => {
      count(`tcp ${manner}`)
      MANNERS[manner]?.(socket)
    })
    open.push(socket)
  })
}

endWithParent()
if (way === 'udp') await udp()
else tcp()
