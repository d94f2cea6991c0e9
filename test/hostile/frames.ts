/** Whole frames of the kickback protocol from a stream. */
import type { Socket } from 'node:net'
import { count } from './attacker.ts'

/** Calls back with the body of each whole frame; what `each` throws is counted. */
export function frames(socket: Socket, each: (body: Buffer) => void): void {
  let kept = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk])
    while (kept.length >= 4 && kept.length >= 4 + kept.readUInt32BE()) {
      const body = kept.subarray(4, 4 + kept.readUInt32BE())
      kept = kept.subarray(4 + body.length)
      try {
        each(body)
      } catch {
        count('own error')
      }
    }
  })
}
