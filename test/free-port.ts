/** Ports for servers that cannot be asked which one they were given. */
import { createServer } from 'node:net'

/** A TCP port of 127.0.0.1 that nobody listened at a moment ago; likely free for UDP as well. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
