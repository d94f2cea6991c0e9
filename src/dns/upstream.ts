/**
 * One question to one other name server. Each question has a socket of its own that is connected to the server: the system
 * picks its port at random and takes replies from nobody else. A reply counts if id and question are ours, letter for letter.
 */

import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { handlers } from '../values/index.ts'
import { Frames, framed } from './frames.ts'
import { byteAt, HEADER_SIZE, OPCODE_BITS, QDCOUNT, QR, TC, u16At } from './header.ts'
import { nameEnd } from './name.ts'
import type { DnsEndpoint } from './settings.ts'

/** The longest reply by TCP. */
const REPLY_MAX = 65535

/**
 * The reply of a server to a query, by TCP where it is too long for UDP. Undefined where there is none within `patience`
 * milliseconds.
 */
export async function askServer(server: DnsEndpoint, query: Buffer, patience: number): Promise<Buffer | undefined> {
  const end = performance.now() + patience
  const reply = await askByUdp(server, query, patience)
  if (reply === undefined || (byteAt(reply, 2) & TC) === 0) return reply
  return (await askByTcp(server, query, end - performance.now())) ?? reply
}

function askByUdp({ address, host, port }: DnsEndpoint, query: Buffer, patience: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.family === 4 ? 'udp4' : 'udp6')
    let isOver = false
    const done = (reply?: Buffer): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      socket.close()
      resolve(reply)
    }
    const giveUp = (): void => done()
    const received = (message: Buffer): void => {
      if (isReplyTo(message, query)) done(message)
    }
    // Where there is no way to the server, the callback is told.
    const connected = (error?: Error): void => {
      if (error !== undefined) done()
      else if (!isOver) socket.send(query)
    }
    const timer = setTimeout(handlers.guard('upstream UDP timeout', giveUp, giveUp), patience)
    socket.on('message', handlers.guard('upstream UDP message', received, giveUp))
    socket.on('error', handlers.guard('upstream UDP error', giveUp, giveUp))
    socket.connect(port, host, handlers.guard('upstream UDP connection', connected, giveUp))
  })
}

function askByTcp({ host, port }: DnsEndpoint, query: Buffer, patience: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const frames = new Frames(REPLY_MAX)
    const done = (reply?: Buffer): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(reply)
    }
    const giveUp = (): void => done()
    const received = (chunk: Buffer): void => {
      frames.push(chunk)
      for (let reply = frames.next(); reply !== undefined; reply = frames.next()) {
        if (isReplyTo(reply, query)) done(Buffer.from(reply))
      }
    }
    const timer = setTimeout(handlers.guard('upstream TCP timeout', giveUp, giveUp), Math.max(0, patience))
    socket.on('error', handlers.guard('upstream TCP error', giveUp, giveUp))
    socket.on('close', handlers.guard('upstream TCP close', giveUp, giveUp))
    socket.on(
      'connect',
      handlers.guard('upstream TCP connection', () => socket.write(framed(query)), giveUp),
    )
    socket.on('data', handlers.guard('upstream TCP data', received, giveUp))
  })
}

/** Whether a message answers the query: a response with its id, opcode and question. */
export function isReplyTo(message: Uint8Array, query: Uint8Array): boolean {
  if (message.length < HEADER_SIZE || u16At(message, 0) !== u16At(query, 0)) return false
  if ((byteAt(message, 2) & (QR | OPCODE_BITS)) !== QR || u16At(message, QDCOUNT) !== 1) return false
  const end = nameEnd(query, HEADER_SIZE) + 4
  return Buffer.compare(message.subarray(HEADER_SIZE, end), query.subarray(HEADER_SIZE, end)) === 0
}
