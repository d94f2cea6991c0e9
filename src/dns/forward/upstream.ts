/**
 * One question to one other name server. Each question has a socket of its own that is connected to the server: the system
 * picks its port at random and takes replies only from that server. A reply is used if its id and its question are those of
 * the request.
 */

import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { type Endpoint, handlers } from '../../values/index.ts'
import { RCODE } from '../wire/dns2.ts'
import { Frames, framed } from '../wire/frames.ts'
import { byteAt, HEADER_SIZE, OPCODE_BITS, putU16, QDCOUNT, QR, RCODE_BITS, TC, u16At } from '../wire/header.ts'
import { foldedByte, nameEnd } from '../wire/name.ts'
import type { Question } from './question.ts'
import { readReply } from './reply.ts'

/** The longest reply by TCP. */
const REPLY_MAX = 65535

/**
 * The reply of a server to a question, by TCP where it is too long for UDP, without EDNS where the server does not know that.
 * Undefined if nothing listens there, and if there is no reply until `signal` aborts.
 */
export async function askServer(
  server: Endpoint,
  question: Question,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const reply = await askOnce(server, question.bytes, signal)
  return reply === undefined || !refusesEdns(reply) ? reply : askOnce(server, question.withoutEdns, signal)
}

async function askOnce(server: Endpoint, question: Uint8Array, signal: AbortSignal): Promise<Buffer | undefined> {
  const query = Buffer.from(question)
  putU16(query, 0, randomInt(0x10000))
  const reply = await askByUdp(server, query, signal)
  if (reply === undefined || (byteAt(reply, 2) & TC) === 0) return reply
  return (await askByTcp(server, query, signal)) ?? reply
}

function askByUdp({ address, host, port }: Endpoint, query: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined)
    const socket = createSocket(address.family === 4 ? 'udp4' : 'udp6')
    let isOver = false
    const done = (reply?: Buffer): void => {
      if (isOver) return
      isOver = true
      signal.removeEventListener('abort', aborted)
      socket.close()
      resolve(reply)
    }
    const failed = (): void => done()
    const aborted = handlers.guard('upstream UDP timeout', failed, failed)
    signal.addEventListener('abort', aborted)
    const received = (message: Buffer): void => {
      if (isReplyTo(message, query)) done(message)
    }
    socket.on('message', handlers.guard('upstream UDP message', received, failed))
    socket.on('error', handlers.guard('upstream UDP error', failed, failed))
    // Where there is no way to the server, the callback is told.
    const connected = (error?: Error): void => {
      if (error !== undefined) done()
      else if (!isOver) socket.send(query)
    }
    socket.connect(port, host, handlers.guard('upstream UDP connection', connected, failed))
  })
}

function askByTcp({ host, port }: Endpoint, query: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined)
    const socket = connect({ host, port })
    const frames = new Frames(REPLY_MAX)
    const done = (reply?: Buffer): void => {
      signal.removeEventListener('abort', aborted)
      socket.destroy()
      resolve(reply)
    }
    const failed = (): void => done()
    const aborted = handlers.guard('upstream TCP timeout', failed, failed)
    signal.addEventListener('abort', aborted)
    const received = (chunk: Buffer): void => {
      frames.push(chunk)
      for (let reply = frames.next(); reply !== undefined; reply = frames.next()) {
        if (isReplyTo(reply, query)) done(Buffer.from(reply))
      }
    }
    socket.on('error', handlers.guard('upstream TCP error', failed, failed))
    socket.on('close', handlers.guard('upstream TCP close', failed, failed))
    socket.on(
      'connect',
      handlers.guard('upstream TCP connection', () => void socket.write(framed(query)), failed),
    )
    socket.on('data', handlers.guard('upstream TCP data', received, failed))
  })
}

/**
 * Whether a message answers the query: a response with its id, opcode and question, whose letters may be in another case. A
 * server that could not read the query may leave the question out, and then says no more than that.
 */
export function isReplyTo(message: Uint8Array, query: Uint8Array): boolean {
  if (message.length < HEADER_SIZE || u16At(message, 0) !== u16At(query, 0)) return false
  if ((byteAt(message, 2) & (QR | OPCODE_BITS)) !== QR) return false
  const questions = u16At(message, QDCOUNT)
  if (questions === 0) return (byteAt(message, 3) & RCODE_BITS) !== RCODE.NOERROR
  const nameStop = nameEnd(query, HEADER_SIZE)
  if (questions !== 1 || message.length < nameStop + 4) return false
  for (let at = HEADER_SIZE; at < nameStop; at++) {
    if (foldedByte(byteAt(message, at)) !== foldedByte(byteAt(query, at))) return false
  }
  return (
    u16At(message, nameStop) === u16At(query, nameStop) && u16At(message, nameStop + 2) === u16At(query, nameStop + 2)
  )
}

/** Whether a reply says that the server does not know EDNS (RFC 6891, 7): an error, and no OPT record. */
function refusesEdns(reply: Buffer): boolean {
  const rcode = byteAt(reply, 3) & RCODE_BITS
  if (rcode !== RCODE.FORMERR && rcode !== RCODE.NOTIMP) return false
  return readReply(reply)?.opt === undefined
}
