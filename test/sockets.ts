/** Bare connections and servers, for what no client and no server of ours would do. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { folder, type Tap } from './folder.ts'

/** Where a server is. */
export type Place = { readonly path: string } | { readonly host: string; readonly port: number }

/** Where a connection comes from, and whether it stays when its other end sends nothing more. */
export interface Origin {
  readonly localAddress?: string
  readonly localPort?: number
  readonly allowHalfOpen?: boolean
}

/** An open connection, until the test ends. Nobody minds its errors, and nothing waits to be read from it. */
export async function connected(t: Tap, place: Place, origin: Origin = {}): Promise<Socket> {
  const socket = connect({ ...place, ...origin })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  return socket
}

/** Resolves once a connection has ended, at once if it has; however it ends. */
export function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** A server, and the path where it is. */
export interface Service {
  readonly listening: Server
  readonly place: { readonly path: string }
}

/** A server on a Unix socket that does to each connection what the test says, until the test ends. */
export async function service(t: Tap, behave: (socket: Socket) => void): Promise<Service> {
  const path = join(folder(t), 'socket')
  const sockets = new Set<Socket>()
  const listening = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    behave(socket)
  })
  listening.listen(path)
  await once(listening, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    listening.close()
  })
  return { listening, place: { path } }
}

/** A server on a Unix socket that takes connections and says nothing. */
export const silent = (t: Tap): Promise<Service> => service(t, () => {})
