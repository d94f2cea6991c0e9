/** Ports for servers that cannot be asked which one they were given. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Ports below those that the system gives to connections (ip_local_port_range in ip(7)), which take them at any moment. */
const [FIRST, LAST] = [12_000, 32_000]
const ATTEMPTS = 100

/** A TCP port of 127.0.0.1 that nobody listened at a moment ago; likely free for UDP as well. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) return port
  }
  throw new Error('no port')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const isListening = await new Promise<boolean>((done) => {
    server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true))
  })
  if (isListening) await new Promise((closed) => server.close(closed))
  return isListening
}
