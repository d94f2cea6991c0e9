import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { Transfers } from '../../../src/kickback/objects/transfers.ts'
import { CONNECTION_KINDS, type ConnectionKind } from '../../../src/kickback/service/shares/visitor.ts'
import { Turns } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'

const BODY = Buffer.alloc(1024 * 1024, 7)

/** A client that takes so many bytes at once, and then reads no more until it is drained. */
class Reader extends EventEmitter {
  readonly req = { method: 'GET' }
  /** Null while the answer to an earlier request of the connection is on its way (http.ServerResponse). */
  socket: object | null = {}
  writableLength = 0
  readonly pieces: Uint8Array[] = []
  isEnded = false
  destroyed = false
  readonly #takes: number

  constructor(takes = Number.POSITIVE_INFINITY) {
    super()
    this.#takes = takes
  }

  get taken(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0)
  }

  write(piece: Uint8Array): boolean {
    this.pieces.push(piece)
    return this.taken < this.#takes
  }

  /** It closes once the kernel has all of it: where the client reads on. */
  end(piece?: Uint8Array): void {
    if (piece !== undefined) this.pieces.push(piece)
    this.isEnded = true
    if (this.taken < this.#takes) this.emit('close')
    else this.writableLength = this.taken
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

/** Transfers on a clock that is turned by hand. */
function made() {
  const clock = new HandClock()
  const transfers = new Transfers(clock, new Turns<ConnectionKind>(clock, CONNECTION_KINDS))
  const send = (reader: Reader, source: string, body: Uint8Array = BODY, digest = 'a'): boolean => {
    const response = reader as unknown as ServerResponse
    const parts = { response, body, digest, from: 0, to: body.length, source, kind: 'network' as const }
    return transfers.send(parts, () => {})
  }
  return { clock, transfers, send }
}

t.test('a body goes out in pieces, all of it', async (t) => {
  const { transfers, send } = made()
  const reader = new Reader()
  t.ok(send(reader, 'one'))
  await until(() => reader.isEnded, 'it is sent')
  t.same([Buffer.concat(reader.pieces), transfers.size, transfers.sent], [BODY, 0, BODY.length])
})

t.test('who has to read first is written to when it has', async (t) => {
  const { send } = made()
  const reader = new Reader(1)
  send(reader, 'one')
  await until(() => reader.taken > 0, 'the first piece is sent')
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  t.equal(reader.taken, 65_536)
  reader.emit('drain')
  await until(() => reader.taken > 65_536, 'the next one is sent')
})

t.test('of one client eight have a place, of all 256; small ones need none', async (t) => {
  const { transfers, send } = made()
  for (let i = 0; i < 8; i++) t.ok(send(new Reader(1), 'greedy'))
  t.notOk(send(new Reader(1), 'greedy'))
  for (let i = 0; i < 248; i++) send(new Reader(1), `node ${i}`)
  t.equal(transfers.size, 256)
  t.notOk(send(new Reader(1), 'late'))
  t.ok(send(new Reader(1), 'late', BODY.subarray(0, 60_000)))
})

t.test('where all places are taken the slowest makes room, if it is slow', async (t) => {
  const { clock, send } = made()
  const readers = Array.from({ length: 256 }, () => new Reader(1))
  for (const [i, reader] of readers.entries()) send(reader, `node ${i}`)
  await until(() => readers.every(({ taken }) => taken > 0), 'each has a piece')
  clock.turn(25_000)
  t.ok(send(new Reader(1), 'late'))
  t.equal(readers.filter(({ destroyed }) => destroyed).length, 1)
})

t.test('who reads less than a kilobyte a second is ended after a time to begin, and others are not', async (t) => {
  const { clock, send } = made()
  const [slow, quick] = [new Reader(1), new Reader(200_000)]
  send(slow, 'slow')
  send(quick, 'quick')
  await until(() => quick.taken > 200_000 && slow.taken > 0, 'both have begun')
  slow.writableLength = slow.taken
  clock.turn(20_000)
  t.same([slow.destroyed, quick.destroyed], [false, false])
  clock.turn(10_000)
  t.same([slow.destroyed, quick.destroyed], [true, false])
})

t.test('old bodies stay for those who read them, as many as fit', async (t) => {
  const { transfers, send } = made()
  const old = [Buffer.alloc(40e6), Buffer.alloc(40e6), BODY]
  const readers = old.map((body, i) => {
    const reader = new Reader(1)
    send(reader, `node ${i}`, body, `digest ${i}`)
    return reader
  })
  transfers.endOld(new Set(['digest 2']))
  t.same(
    readers.map(({ destroyed }) => destroyed),
    [true, false, false],
  )
  transfers.close()
  t.equal(transfers.size, 0)
})

t.test('a small answer that is never read is ended too, and what waits for its turn is not', async (t) => {
  const { clock, transfers, send } = made()
  const [read, part, head, queued] = [new Reader(), new Reader(1), new Reader(0), new Reader(0)]
  send(read, 'reads', BODY.subarray(0, 60_000))
  t.equal(transfers.unread, 0)
  t.equal(clock.timers, 0, 'nothing is looked at where all is read')
  send(part, 'never reads', BODY.subarray(0, 60_000))
  for (const reader of [head, queued]) transfers.answer(reader as unknown as ServerResponse, Buffer.from('head'))
  queued.socket = null
  clock.turn(20_000)
  t.same([part.destroyed, head.destroyed, queued.destroyed], [false, false, false])
  clock.turn(5_000)
  t.same([part.destroyed, head.destroyed, queued.destroyed], [true, true, false])
  clock.turn(600_000)
  t.notOk(queued.destroyed, 'a large body goes before it')
  queued.socket = {}
  clock.turn(25_000)
  t.ok(queued.destroyed)
  t.equal(clock.timers, 0)
})

t.test('a small part of an old body keeps all of it, and counts like it', async (t) => {
  const { transfers, send } = made()
  const readers = [1, 2, 3].map((i) => {
    const reader = new Reader(1)
    const response = reader as unknown as ServerResponse
    const parts = { response, body: Buffer.alloc(40e6), digest: `digest ${i}`, from: 0, to: 1000 }
    transfers.send({ ...parts, source: `node ${i}`, kind: 'network' }, () => {})
    return reader
  })
  send(new Reader(1), 'other', BODY, 'digest 4')
  transfers.endOld(new Set(['digest 4']))
  t.same(
    readers.map(({ destroyed }) => destroyed),
    [true, true, false],
  )
})
