import { Duplex } from 'node:stream'
import t from 'tap'
import { Channel, type ChannelOptions } from '../../../src/daemon/processes/channel.ts'
import { HandClock } from '../../kickback/hand-clock.ts'

/** A channel whose other end is the test: what it heard, why it ended, and what it sent. */
function channel(options: Partial<ChannelOptions> = {}) {
  const heard: unknown[] = []
  const ends: (string | undefined)[] = []
  const sent: string[] = []
  const clock = new HandClock()
  const stream = new Duplex({
    read() {},
    write: (bytes: Buffer, _, done) => {
      sent.push(bytes.toString())
      done()
    },
  })
  const made = new Channel(stream, {
    lineMax: 100,
    linesMax: 5,
    clock,
    heard: (value) => void heard.push(value),
    closed: (reason) => void ends.push(reason),
    ...options,
  })
  return { made, stream, heard, ends, sent, clock }
}

/** Puts bytes in, and lets them be read. */
async function come(stream: Duplex, text: string): Promise<void> {
  stream.push(text)
  await new Promise((resolve) => setImmediate(resolve))
}

t.test('values arrive whole, however their lines are cut, and bytes in them as bytes', async (t) => {
  const { made, stream, heard, sent } = channel()
  made.send({ key: Uint8Array.of(1, 2, 255), deep: [{ name: 'é' }] })
  const [line = ''] = sent
  for (const character of line) await come(stream, character)
  await come(stream, `${line}${line}`)
  const value = { key: Uint8Array.of(1, 2, 255), deep: [{ name: 'é' }] }
  t.same(heard, [value, value, value])
})

t.test('a line that does not end, one that is too long and one that is no JSON end the channel', async (t) => {
  for (const [text, reason] of [
    ['x'.repeat(101), /more than 100 bytes/],
    [`"${'x'.repeat(120)}"\n`, /more than 100 bytes/],
    ['{"a":\n', /JSON/],
  ] as const) {
    const { stream, heard, ends } = channel()
    await come(stream, text)
    t.same(heard, [])
    t.match(ends[0], reason)
    t.ok(stream.destroyed)
  }
})

t.test('so does what the reader does not take, and nothing that comes after it is heard', async (t) => {
  const heard: unknown[] = []
  const { stream, ends } = channel({
    heard: (value) => {
      heard.push(value)
      throw new TypeError('no such word')
    },
  })
  await come(stream, '1\n2\n')
  t.same(heard, [1])
  t.same(ends, ['no such word'])
})

t.test('more lines a second than were agreed end it; as many each second do not', async (t) => {
  const { stream, heard, ends, clock } = channel()
  for (let second = 0; second < 3; second++) {
    await come(stream, '1\n'.repeat(5))
    clock.turn(1000)
  }
  t.same([heard.length, ends], [15, []])
  await come(stream, '1\n'.repeat(6))
  t.same([heard.length, ends], [20, ['more than 5 lines a second']])
})

t.test('the end of the other end is told once, and nothing is sent afterwards', async (t) => {
  const { made, stream, ends, sent } = channel()
  stream.push(null)
  await new Promise((resolve) => stream.on('close', resolve))
  made.send(1)
  made.close()
  t.same([ends, sent], [[undefined], []])
})

t.test('what a reader that does not read leaves waiting is bounded', async (t) => {
  const stream = new Duplex({ read() {}, write() {} })
  const made = new Channel(stream, { lineMax: 1, linesMax: 1, clock: new HandClock(), heard() {}, closed() {} })
  for (let i = 0; i < 100; i++) made.send('x'.repeat(1 << 16))
  t.ok(stream.writableLength < 2 << 20, String(stream.writableLength))
})
