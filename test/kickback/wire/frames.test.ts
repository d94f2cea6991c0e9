import fc from 'fast-check'
import t from 'tap'
import { FrameError, FrameSplitter } from '../../../src/kickback/wire/frames.ts'
import { framed } from '../framed.ts'

/** All bodies that a splitter gives for a stream that comes in these chunks. Each is copied, as chunks are reused. */
function bodiesOf(splitter: FrameSplitter, chunks: readonly Buffer[]): string[] {
  const bodies: string[] = []
  for (const chunk of chunks) {
    splitter.push(Buffer.from(chunk))
    for (let body = splitter.next(); body !== undefined; body = splitter.next()) bodies.push(body.toString('hex'))
  }
  return bodies
}

const BODIES = [Buffer.from('a'), Buffer.from('two'), Buffer.alloc(700, 7), Buffer.alloc(2000, 9), Buffer.from('end')]
const EXPECTED = BODIES.map((body) => body.toString('hex'))
const STREAM = Buffer.concat(BODIES.map((body) => framed(body)))

t.test('frames glued together come apart', async (t) => {
  t.same(bodiesOf(new FrameSplitter(4096), [STREAM]), EXPECTED)
})

t.test('a stream that comes byte by byte gives the same bodies', async (t) => {
  const bytes = Array.from(STREAM, (byte) => Buffer.of(byte))
  t.same(bodiesOf(new FrameSplitter(4096), bytes), EXPECTED)
})

t.test('a stream cut in two at any byte gives the same bodies', async (t) => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const chunks = [STREAM.subarray(0, cut), STREAM.subarray(cut)]
    if (bodiesOf(new FrameSplitter(4096), chunks).join() !== EXPECTED.join()) t.fail(`cut at ${cut}`)
  }
})

t.test('any bodies in any chunks come out as they went in', async () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 90 }), { maxLength: 20 })
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (bodies, sizes) => {
      const stream = Buffer.concat(bodies.map((body) => framed(body)))
      const chunks: Buffer[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % sizes.length] ?? 1
        chunks.push(stream.subarray(at, at + size))
        at += size
      }
      const expected = bodies.map((body) => Buffer.from(body).toString('hex'))
      return bodiesOf(new FrameSplitter(90), chunks).join() === expected.join()
    }),
  )
})

t.test('a length beyond the limit is refused on its fourth byte, before a byte of the body is kept', async (t) => {
  const splitter = new FrameSplitter(65536)
  splitter.push(Buffer.of(0, 1, 0))
  t.equal(splitter.next(), undefined)
  splitter.push(Buffer.of(1))
  t.throws(() => splitter.next(), FrameError)
  t.equal(splitter.heldBytes, 0)
})

t.test('the longest length that is allowed is taken, one more is not, and none is not', async (t) => {
  for (const [limit, fits] of [
    [5, true],
    [4, false],
  ] as const) {
    const splitter = new FrameSplitter(limit)
    splitter.push(framed(Buffer.from('12345')))
    if (fits) t.equal(splitter.next()?.toString(), '12345')
    else t.throws(() => splitter.next(), FrameError)
  }
  const splitter = new FrameSplitter(10)
  splitter.push(Buffer.alloc(4))
  t.throws(() => splitter.next(), FrameError)
})

t.test('a half-sent body costs what was sent, not what its head claims', async (t) => {
  const splitter = new FrameSplitter(16 * 1024 * 1024)
  splitter.push(Buffer.of(0, 255, 255, 255, 1, 2, 3))
  t.equal(splitter.next(), undefined)
  t.ok(splitter.isHalfSent)
  t.ok(splitter.heldBytes <= 1024, `${splitter.heldBytes} bytes held`)
})

t.test('whether a frame is half-sent is known from its first byte on', async (t) => {
  const splitter = new FrameSplitter(10)
  t.notOk(splitter.isHalfSent)
  splitter.push(Buffer.of(0))
  splitter.next()
  t.ok(splitter.isHalfSent)
  splitter.push(Buffer.of(0, 0, 1, 5))
  t.same(splitter.next(), Buffer.of(5))
  t.notOk(splitter.isHalfSent)
})
