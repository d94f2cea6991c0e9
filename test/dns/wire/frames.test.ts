import fc from 'fast-check'
import t from 'tap'
import { Frames, framed } from '../../../src/dns/wire/frames.ts'

/** All messages that are whole by now. */
function taken(frames: Frames): Buffer[] {
  const messages: Buffer[] = []
  for (let next = frames.next(); next !== undefined; next = frames.next()) messages.push(next)
  return messages
}

t.test('messages come out as they went in, however the stream is cut', async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 })
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { maxLength: 8 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(framed))
      const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b)
      const frames = new Frames(20)
      const got = ends.flatMap((end, i) => {
        frames.push(stream.subarray(ends[i - 1] ?? 0, end))
        return taken(frames)
      })
      return frames.waiting === 0 && got.length === sent.length && got.every((one, i) => one.equals(sent[i] ?? one))
    }),
  )
})

t.test('a message that will be too long is an error with its length alone', async (t) => {
  const frames = new Frames(20)
  frames.push(Buffer.of(0))
  t.equal(frames.next(), undefined)
  t.equal(frames.waiting, 1)
  frames.push(Buffer.of(21))
  t.throws(() => frames.next(), { name: 'RangeError', message: /21 bytes/ })
})

t.test('the longest message has 65,535 bytes', async (t) => {
  t.equal(framed(new Uint8Array(0xffff)).readUInt16BE(0), 0xffff)
  t.throws(() => framed(new Uint8Array(0x10000)), RangeError)
})
