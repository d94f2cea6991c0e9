// A body in its frame, written by hand: what tests send that is no message.
import { FRAME_HEAD } from '../../src/kickback/wire/protocol.ts'

/** A body in its frame. */
export function framed(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD + body.length)
  frame.writeUInt32BE(body.length)
  frame.set(body, FRAME_HEAD)
  return frame
}
