/** A small DNS client for tests: sends bytes, gives bytes back. */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { TYPE } from '../../src/dns/wire/dns2.ts'
import { framed } from '../../src/dns/wire/frames.ts'
import { wireName } from '../../src/dns/wire/name.ts'

/** A query's bytes: recursion desired, class IN, and what more is wanted. */
export function query(
  name: string,
  type: keyof typeof TYPE | number,
  { id = 0x1234, flags = 0x0100, class: class_ = 1, opt }: Partial<QueryOptions> = {},
): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(flags, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(opt === undefined ? 0 : 1, 10)
  const tail = Buffer.alloc(4)
  tail.writeUInt16BE(typeof type === 'number' ? type : TYPE[type], 0)
  tail.writeUInt16BE(class_, 2)
  return Buffer.concat([header, wireName(name), tail, opt ?? Buffer.alloc(0)])
}

/** What a query has besides name and type. */
export interface QueryOptions {
  readonly id: number
  readonly flags: number
  readonly class: number
  /** The additional record. */
  readonly opt: Buffer
}

/** An OPT record. */
export function opt(size = 1232, { version = 0, flags = 0, options = Buffer.alloc(0) } = {}): Buffer {
  const record = Buffer.alloc(11)
  record.writeUInt16BE(41, 1)
  record.writeUInt16BE(size, 3)
  record[6] = version
  record.writeUInt16BE(flags, 7)
  record.writeUInt16BE(options.length, 9)
  return Buffer.concat([record, options])
}

/** The reply by UDP; undefined where none comes in time. */
export function askUdp(port: number, message: Uint8Array, patience = 10_000): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const done = (reply?: Buffer): void => {
      clearTimeout(timer)
      socket.close()
      resolve(reply)
    }
    const timer = setTimeout(done, patience)
    socket.on('message', done)
    socket.on('error', reject)
    socket.send(message, port, '127.0.0.1')
  })
}

/** Everything that comes back by TCP for bytes written piece by piece, until the server ends the connection. */
export function askTcp(port: number, pieces: readonly Uint8Array[], host = '127.0.0.1'): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true })
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(unframed(Buffer.concat(chunks))))
    const write = (i: number): void => {
      const piece = pieces[i]
      if (piece === undefined) socket.end()
      else socket.write(piece, () => setImmediate(() => write(i + 1)))
    }
    write(0)
  })
}

/** Messages as one piece for TCP. */
export function glued(...messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages.map(framed))
}

function unframed(stream: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at + 2 <= stream.length; ) {
    const end = at + 2 + stream.readUInt16BE(at)
    messages.push(stream.subarray(at + 2, end))
    at = end
  }
  return messages
}

/** The response code of a reply's header. */
export function rcodeOf(reply: Uint8Array): number {
  return (reply[3] ?? 0) & 15
}
