/** Requests that no one would send: random bytes, and good requests with something wrong. */
import type { Numbers } from '../numbers.ts'

/** Random bytes, one in four with the header of a request. */
export function randomMessage(next: Numbers): Buffer {
  const message = Buffer.alloc(next(next(8) === 0 ? 600 : 80))
  for (let i = 0; i < message.length; i++) message[i] = next(256)
  if (next(4) === 0 && message.length >= 12) message.set([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, next(2)], 0)
  return message
}

/** A request with up to eight changes: bytes, bits, cuts, repeats, other counts. */
export function mutated(request: Buffer, next: Numbers): Buffer {
  let message: Buffer = Buffer.from(request)
  for (let change = next(8); change >= 0; change--) message = mutatedOnce(message, next)
  return message
}

function mutatedOnce(message: Buffer, next: Numbers): Buffer {
  const at = next(message.length + 1)
  switch (next(6)) {
    case 0:
      message[at] = next(256)
      return message
    case 1:
      message[at] = (message[at] ?? 0) ^ (1 << next(8))
      return message
    case 2:
      return message.subarray(0, at)
    case 3:
      return Buffer.concat([message.subarray(0, at), message.subarray(next(at + 1))])
    case 4:
      message[4 + next(8)] = next(3)
      return message
    default:
      return Buffer.concat([message.subarray(0, at), Buffer.of(next(256), next(256)), message.subarray(at)])
  }
}
