import { Duplex } from 'node:stream'
import t from 'tap'
import { Channel, type ChannelOptions } from '../../../../src/daemon/processes/channel/channel.ts'
import { encodeFrame } from '../../../../src/kickback/wire/message.ts'
import { HandClock } from '../../../clocks.ts'

/** A channel whose other end is the test: what it heard, why it ended, and what it sent. */
function channel(options: Partial<ChannelOptions> = {}) {
  const heard: unknown[] = []
  const ends: (string | undefined)[] = []
  const sent: Buffer[] = []
  const clock = new HandClock()
  const stream = new Duplex({
    read() {},
    write: (bytes: Buffer, _, done) => {
      sent.push(bytes)
      done()
    },
  })
  const made = new Channel(stream, {
    bytesMax: 100,
    valuesMax: 20,
    messagesMax: 5,
    clock,
    heard: (message) => void heard.push(message),
    closed: (reason) => void ends.push(reason),
    ...options,
  })
  return { made, stream, heard, ends, sent, clock }
}

/** Puts bytes in, and lets them be read. */
async function come(stream: Duplex, ...frames: readonly Uint8Array[]): Promise<void> {
  stream.push(Buffer.concat(frames))
  await new Promise((resolve) => setImmediate(resolve))
}

const ONE = encodeFrame({ a: 1 })

t.test('messages arrive whole, however they are cut, and bytes in them as bytes', async (t) => {
  const { made, stream, heard, sent } = channel()
  const message = { key: Uint8Array.of(1, 2, 255), buffer: Buffer.from('secret'), deep: [{ name: 'é' }], none: null }
  made.send(message)
  const [frame = Buffer.alloc(0)] = sent
  for (const byte of frame) await come(stream, Uint8Array.of(byte))
  await come(stream, frame, frame)
  t.equal(heard.length, 3)
  for (const one of heard as (typeof message)[]) {
    t.same([[...one.key], String(one.buffer)], [[1, 2, 255], 'secret'])
    t.same([one.deep, one.none], [message.deep, null])
  }
})

t.test('a message that is too long, that has too many values, and what is no message end the channel', async (t) => {
  for (const [bytes, reason] of [
    [Buffer.of(0, 0, 0, 101), /101 bytes; 100 are allowed/],
    [Buffer.of(0, 0, 0, 0), /empty/],
    [encodeFrame({ list: Array(40).fill(1) }), /values/],
    [encodeFrame([1]), /not a map/],
    [Buffer.of(0, 0, 0, 1, 0xc1), /./],
  ] as const) {
    const { stream, heard, ends } = channel()
    await come(stream, bytes)
    t.same(heard, [])
    t.match(ends[0], reason)
    t.ok(stream.destroyed)
  }
})

t.test('so does what the reader does not take, and nothing that comes after it is heard', async (t) => {
  const heard: unknown[] = []
  const { stream, ends } = channel({
    heard: (message) => {
      heard.push(message)
      throw new TypeError('no such word')
    },
  })
  await come(stream, ONE, ONE)
  t.same(heard, [{ a: 1 }])
  t.same(ends, ['no such word'])
})

t.test('more messages a second than were agreed end it; as many each second do not', async (t) => {
  const { stream, heard, ends, clock } = channel()
  for (let second = 0; second < 3; second++) {
    await come(stream, ...Array(5).fill(ONE))
    clock.turn(1000)
  }
  t.same([heard.length, ends], [15, []])
  await come(stream, ...Array(6).fill(ONE))
  t.same([heard.length, ends], [20, ['more than 5 messages a second']])
})

t.test('the end of the other end is told once, and nothing is sent afterwards', async (t) => {
  const { made, stream, ends, sent } = channel()
  stream.push(null)
  await new Promise((resolve) => stream.on('close', resolve))
  made.send({ a: 1 })
  made.close()
  t.same([ends, sent], [[undefined], []])
})

t.test('what a reader that does not read leaves waiting is bounded', async (t) => {
  const stream = new Duplex({ read() {}, write() {} })
  const bounds = { bytesMax: 1, valuesMax: 1, messagesMax: 1 }
  const made = new Channel(stream, { ...bounds, clock: new HandClock(), heard() {}, closed() {} })
  for (let i = 0; i < 100; i++) made.send({ text: 'x'.repeat(1 << 16) })
  t.ok(stream.writableLength < 2 << 20, String(stream.writableLength))
})
