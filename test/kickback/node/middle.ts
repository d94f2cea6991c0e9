/** Somebody in the middle: relays frames between a node and a master over loopback TCP, and does with them what a test wants. */
import { connect, createServer, type Socket } from 'node:net'
import type { Place } from '../../../src/kickback/transport/link.ts'
import { FrameSplitter } from '../../../src/kickback/wire/frames.ts'
import { decodeMessage, encodeFrame, type Fields, REPLY_VALUES_MAX } from '../../../src/kickback/wire/message.ts'
import { OPERATIONS, type OperationName, REPLY_MAX } from '../../../src/kickback/wire/protocol.ts'
import type { Tap } from '../../folder.ts'

/** What a test does with a reply of the master. `send` sends a reply to the node; nothing else reaches it. */
export type Tamper = (told: Told) => void

/** A reply on its way. */
export interface Told {
  readonly op: OperationName
  readonly request: Fields
  readonly reply: Fields
  readonly socket: Socket
  readonly send: (reply: object) => void
}

/** A middle: where it is, and what the node asked through it. */
export interface Middle {
  readonly place: Place & { readonly host: string; readonly port: number }
  readonly asked: OperationName[]
  /** The requests themselves. */
  readonly requests: Fields[]
  /** How many replies and announcements of the master came by. */
  readonly replies: number
  /** Connections that nodes made. */
  readonly sockets: Socket[]
}

/** Lets everything through as it is. */
export const honest: Tamper = ({ reply, send }) => send(reply)

const NAMES: ReadonlyMap<number, OperationName> = new Map(
  Object.entries(OPERATIONS).map(([name, number]) => [number, name as OperationName]),
)

/** Calls `then` with each message of a stream. */
function messages(socket: Socket, then: (message: Fields) => void): void {
  const splitter = new FrameSplitter(REPLY_MAX)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    splitter.push(chunk)
    for (let body = splitter.next(); body !== undefined; body = splitter.next()) {
      then(decodeMessage(body, REPLY_VALUES_MAX))
    }
  })
}

/**
 * A middle between nodes and a master, until the test ends. The master sends signs of life by its own clock; where the node's clock is
 * another one they are not wanted: `forgets` is a field of requests that the master does not get to
 * see, as if it did not know it; empty: it sees all.
 */
export async function middle(t: Tap, master: Place, tamper: Tamper, forgets = 'beat'): Promise<Middle> {
  const asked: OperationName[] = []
  const heard: Fields[] = []
  const sockets: Socket[] = []
  const ends: Socket[] = []
  let replies = 0
  const listening = createServer((socket) => {
    const upstream = 'path' in master ? connect(master.path) : connect(master.port, master.host)
    const requests = new Map<number, { readonly op: OperationName; readonly request: Fields }>()
    sockets.push(socket)
    ends.push(socket, upstream)
    messages(socket, (request) => {
      const op = NAMES.get(Number(request.op)) ?? 'HELLO'
      asked.push(op)
      heard.push(request)
      requests.set(Number(request.id), { op, request })
      upstream.write(encodeFrame({ ...request, [forgets]: undefined }))
    })
    messages(upstream, (reply) => {
      replies++
      const question = requests.get(Number(reply.id))
      const send = (changed: object): void => void socket.write(encodeFrame(changed))
      if (question !== undefined) tamper({ ...question, reply, socket, send })
    })
    socket.on('close', () => upstream.destroy())
    upstream.on('close', () => socket.destroy())
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const end of ends) end.destroy()
    listening.close()
  })
  const { port } = listening.address() as { port: number }
  return {
    ...{ place: { host: '127.0.0.1', port }, asked, requests: heard, sockets },
    get replies() {
      return replies
    },
  }
}
