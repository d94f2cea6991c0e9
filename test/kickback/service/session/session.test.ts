import t from 'tap'
import { Tally } from '../../../../src/kickback/service/counts/tally.ts'
import { Generations } from '../../../../src/kickback/service/generations.ts'
import type { Held } from '../../../../src/kickback/service/holdings.ts'
import type { Service } from '../../../../src/kickback/service/question.ts'
import { KickbackServer } from '../../../../src/kickback/service/server.ts'
import { Beats } from '../../../../src/kickback/service/session/beats.ts'
import { Session } from '../../../../src/kickback/service/session/session.ts'
import {
  type Limits,
  LOCAL_LIMITS,
  TURN_BYTES,
  TURN_QUESTIONS,
} from '../../../../src/kickback/service/shares/limits.ts'
import { CONNECTION_KINDS } from '../../../../src/kickback/service/shares/visitor.ts'
import type { Link, LinkEvents } from '../../../../src/kickback/transport/link.ts'
import { FrameSplitter } from '../../../../src/kickback/wire/frames.ts'
import { decodeMessage, encodeFrame, type Fields, REPLY_VALUES_MAX } from '../../../../src/kickback/wire/message.ts'
import { OPERATIONS, REPLY_MAX } from '../../../../src/kickback/wire/protocol.ts'
import { type Asker, buildPublic, Snapshot, stamp } from '../../../../src/resolver/index.ts'
import { ByteBudget, handlers, Turns } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'
import { until } from '../../../patience.ts'
import { bare, contents, publicSnapshot } from '../../cluster.ts'
import { paperService } from '../paper.ts'

/** A link without a socket. What is sent stays queued while `isRead` is off. */
class PaperLink implements Link {
  readonly peer = { via: 'unix' } as const
  readonly localAddress = undefined
  readonly #splitter = new FrameSplitter(REPLY_MAX)
  readonly replies: Fields[] = []
  /** The memory that each piece was sent from. */
  readonly memory: ArrayBufferLike[] = []
  /** How often something was handed to the kernel. */
  writes = 0
  queuedBytes = 0
  unreadBytes = 0
  isRead = true
  isPaused = false
  isDestroyed = false
  /** Whether it tells of its end at once: a socket does so later. */
  isPrompt = true
  #events: LinkEvents | undefined
  #isTogether = false

  listen(events: LinkEvents): void {
    this.#events = events
  }

  receive(bytes: Buffer): void {
    this.#events?.onData(Buffer.from(bytes))
  }

  /** The client has read all that it was sent. */
  read(): void {
    this.queuedBytes = 0
    this.#events?.onDrained()
  }

  send(bytes: Buffer): void {
    this.memory.push(bytes.buffer)
    if (!this.#isTogether) this.writes++
    if (!this.isRead) this.queuedBytes += bytes.length
    this.#splitter.push(Buffer.from(bytes))
    for (let body = this.#splitter.next(); body !== undefined; body = this.#splitter.next()) {
      this.replies.push(decodeMessage(Buffer.from(body), REPLY_VALUES_MAX))
    }
  }

  /** As a socket does: what is sent together waits, and may be with the kernel right after. */
  together<T>(sends: () => T): T {
    const { isRead } = this
    this.isRead = false
    this.#isTogether = true
    try {
      return sends()
    } finally {
      this.#isTogether = false
      this.writes++
      this.isRead = isRead
      if (isRead) this.queuedBytes = 0
    }
  }

  turnAway(): void {
    this.destroy()
  }

  /** The client sends nothing more. */
  hangUp(): void {
    this.#events?.onEnded?.()
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  end(): void {
    this.destroy()
  }

  destroy(): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    if (this.isPrompt) this.#events?.onClosed(undefined)
  }
}

/**
 * Turns of the event loop until something is so, a thousand at most: a loop without an end would hide what is wrong. `each` is done before
 * each of them.
 */
async function turnsUntil(isSo: () => boolean, each: () => void): Promise<void> {
  for (let turn = 0; !isSo(); turn++) {
    if (turn === 1000) throw new Error(`waited without success: ${isSo}`)
    each()
    await new Promise(setImmediate)
  }
}

/** Made once: what tests of every byte make a session of is not to take long. */
const FIRST = publicSnapshot(1, 300)

/** A budget of a MiB for what sessions keep of requests, or have not read of answers. */
function budget(of: 'kept' | 'unread'): ByteBudget<Session> {
  return new ByteBudget({
    max: 2 ** 20,
    bytesOf: (one) => (of === 'kept' ? one.keptBytes : one.unreadBytes),
    reason: of,
  })
}

/** A session over paper, with what it told. */
function session(
  limits: Partial<Limits> = {},
  service: Partial<Service> = {},
  asker: Asker = { via: 'admin' },
  onQuestion: (operation: string) => void = () => {},
  { source = '', unread = budget('unread') }: { readonly source?: string; readonly unread?: ByteBudget<Session> } = {},
) {
  const generations = new Generations()
  generations.serve(FIRST)
  const link = new PaperLink()
  const clock = new HandClock()
  const broken: (string | undefined)[] = []
  const faults: unknown[] = []
  const places = { left: 1, given: 0 }
  const held: [Held | undefined, Held | undefined][] = []
  const kept = budget('kept')
  const turns = new Turns(clock, CONNECTION_KINDS)
  const one = new Session({
    link,
    asker,
    source,
    isRoot: false,
    serial: 1,
    service: paperService(clock, {
      public: generations,
      report: () => new KickbackServer(bare()).report(),
      nodes: () => ({ nodes: [], cursor: undefined }),
      ...service,
    }),
    limits: { ...LOCAL_LIMITS, ...limits },
    clock,
    turns,
    kept,
    unread,
    beats: new Beats(clock),
    queueBound: () => limits.queuedBytes ?? LOCAL_LIMITS.queuedBytes,
    mayFollow: () => places.left > 0 && places.left-- > 0,
    onUnfollowed: () => void places.given++,
    onHeld: (before, after) => void held.push([before, after]),
    onQuestion: (operation) => onQuestion(operation),
    tally: new Tally(),
    onClosed: (rule) => broken.push(rule),
    onFault: (fault) => faults.push(fault),
  })
  one.start()
  return { session: one, link, clock, broken, faults, generations, kept, turns, places, held }
}

const question = (id: number, op: keyof typeof OPERATIONS, fields: Fields = {}): Buffer =>
  encodeFrame({ id, op: OPERATIONS[op], ...fields })

const QUESTIONS = Buffer.concat([
  question(1, 'HELLO', { versions: [1] }),
  question(2, 'LOOKUP', { db: 'passwd', key: 'user7' }),
  question(3, 'ENUMERATE', { db: 'group' }),
  question(4, 'LOOKUP', { db: 'initgroups', key: 'user1' }),
  question(5, 'INNETGR', { netgroup: 'nodes', host: 'n1' }),
  question(6, 'LOOKUP', { db: 'hosts' }),
  encodeFrame({ id: 7, op: 77 }),
  question(8, 'SUBSCRIBE'),
])

t.test('questions that come byte by byte are answered as when they come at once', async (t) => {
  const whole = session()
  whole.link.receive(QUESTIONS)
  t.same(
    whole.link.replies.map(({ id, status }) => [id, status]),
    [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 1],
      [6, -1],
      [7, -1],
      [8, 1],
    ],
  )
  t.match(whole.link.replies[6], { error: 'operation' })
  const bytes = session()
  for (const byte of QUESTIONS) bytes.link.receive(Buffer.of(byte))
  t.same(bytes.link.replies, whole.link.replies)
  t.equal(bytes.clock.timers, 0, 'no timer is left behind')
})

t.test('questions that are cut in two anywhere are answered the same', async () => {
  const whole = session()
  whole.link.receive(QUESTIONS)
  const expected = JSON.stringify(whole.link.replies)
  for (let cut = 1; cut < QUESTIONS.length; cut++) {
    const { link } = session()
    link.receive(QUESTIONS.subarray(0, cut))
    link.receive(QUESTIONS.subarray(cut))
    if (JSON.stringify(link.replies) !== expected) throw new Error(`cut at ${cut}`)
  }
})

t.test('what is no message ends the connection, and nothing else', async (t) => {
  for (const hex of [
    '00000001c1',
    '0000000180',
    '00000000',
    'ffffffff',
    '00010001',
    '000000028000',
    '0000000481a1610 1',
  ]) {
    const { link, broken, faults } = session()
    link.receive(Buffer.from(hex.replace(' ', ''), 'hex'))
    t.ok(link.isDestroyed, hex)
    t.equal(broken.length, 1)
    t.notMatch(broken[0], /unexpected/, hex)
    t.same(faults, [])
  }
})

t.test('what nobody expected ends the connection, and is counted as an error of ours', async (t) => {
  const failed = handlers.failures.get('connection turn') ?? 0
  const { link, broken } = session({}, {}, { via: 'admin' }, () => {
    throw new Error('a fault')
  })
  handlers.logTo({ error: () => {} })
  t.teardown(() => handlers.logTo(undefined))
  link.receive(question(1, 'HELLO', { versions: [1] }))
  t.ok(link.isDestroyed)
  t.same(broken, ['an unexpected error'])
  t.equal(handlers.failures.get('connection turn'), failed + 1)
})

t.test('with any byte of the questions changed there are answers, or an end, and never a fault of ours', async () => {
  for (let at = 0; at < QUESTIONS.length; at++) {
    for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const changed = Buffer.from(QUESTIONS)
      changed[at] = (changed[at] ?? 0) ^ change
      const { link, faults } = session()
      link.receive(changed)
      if (faults.length > 0) throw new Error(`byte ${at} by ${change}: ${faults}`)
      if (link.replies.length === 0 && !link.isDestroyed && at > 3) throw new Error(`byte ${at} by ${change}: silence`)
    }
  }
})

t.test('a wrong field is told, and the connection lives on', async (t) => {
  const { link } = session()
  link.receive(question(1, 'LOOKUP', { db: 5, key: 'x' }))
  link.receive(question(2, 'LOOKUP', { db: 'passwd', key: 'user1' }))
  t.match(link.replies, [
    { id: 1, status: -1, error: 'request', message: 'db is not of type str' },
    { id: 2, status: 1 },
  ])
})

t.test('a frame that drips in is ended in time, however often a byte comes', async (t) => {
  const { link, clock, broken } = session({ halfSent: 1000 })
  for (const byte of question(1, 'LOOKUP', { db: 'passwd', key: 'user1' }).subarray(0, 20)) {
    link.receive(Buffer.of(byte))
    await new Promise(setImmediate)
    clock.turn(60)
  }
  t.ok(link.isDestroyed)
  t.same(broken, ['left a frame half-sent'])
})

t.test('the time of a frame is its own: many whole frames in a row have no deadline together', async (t) => {
  const { link, clock } = session({ halfSent: 1000 })
  const frame = question(1, 'LOOKUP', { db: 'passwd', key: 'user1' })
  const rest = Buffer.concat([frame.subarray(5), frame.subarray(0, 5)])
  link.receive(frame.subarray(0, 5))
  for (let i = 0; i < 30; i++) {
    clock.turn(600)
    link.receive(rest)
    await new Promise(setImmediate)
  }
  t.notOk(link.isDestroyed)
  t.equal(link.replies.length, 30)
})

t.test('a client that does not read is not read from, and what waits for it is bounded', async (t) => {
  const { link, clock, broken } = session({ queuedBytes: 20_000, stalled: 5000 })
  link.isRead = false
  const flood = Buffer.concat(Array.from({ length: 1000 }, (_, i) => question(i, 'ENUMERATE', { db: 'passwd' })))
  link.receive(flood)
  t.ok(link.isPaused)
  const one = encodeFrame({ ...link.replies[0] }).length
  t.ok(link.queuedBytes <= 20_000 + one, `${link.queuedBytes} bytes wait`)
  clock.turn(5000)
  t.ok(link.isDestroyed)
  t.same(broken, ['reads too slowly'])
})

t.test('a frame whose rest has come and waits for its turn is not half-sent', async (t) => {
  const { session: one, link, clock } = session({ halfSent: 1000 })
  const frame = question(1, 'LOOKUP', { db: 'passwd', key: 'user1' })
  link.receive(frame.subarray(0, 5))
  clock.turn(900)
  one.waits()
  link.receive(frame.subarray(5))
  clock.turn(200)
  t.notOk(link.isDestroyed)
  one.work(clock.now())
  t.equal(link.replies.length, 1)
  link.receive(frame.subarray(0, 5))
  one.work(clock.now())
  one.waits()
  clock.turn(1100)
  t.notOk(link.isDestroyed)
  one.work(clock.now())
  t.ok(link.isDestroyed, 'what was half-sent all the time is ended when it was looked at')
})

t.test('a client that reads again gets all its answers', async (t) => {
  const { link, clock } = session({ queuedBytes: 20_000, stalled: 5000 })
  link.isRead = false
  link.receive(Buffer.concat(Array.from({ length: 50 }, (_, i) => question(i, 'ENUMERATE', { db: 'passwd' }))))
  await turnsUntil(
    () => link.replies.length >= 50,
    () => {
      clock.turn(4000)
      link.read()
    },
  )
  t.notOk(link.isDestroyed)
  t.same(
    link.replies.map(({ id }) => id),
    Array.from({ length: 50 }, (_, i) => i),
  )
  link.read()
  t.equal(clock.timers, 0)
})

t.test('a client whose answers the kernel takes at once waits for nobody, however large they are', async (t) => {
  const { link, clock } = session({ queuedBytes: 20_000, stalled: 5000 })
  link.receive(Buffer.concat(Array.from({ length: 50 }, (_, i) => question(i, 'ENUMERATE', { db: 'passwd' }))))
  await until(() => link.replies.length >= 50)
  await new Promise(setImmediate)
  t.notOk(link.isPaused)
  t.equal(clock.timers, 0)
})

t.test(
  'however much one client asks at once, it has its turn of so many questions, and then others have theirs',
  async (t) => {
    const { session: one, link } = session()
    const flood = Array.from({ length: 3 * TURN_QUESTIONS }, (_, i) =>
      question(i, 'LOOKUP', { db: 'passwd', key: 1001 }),
    )
    link.isPaused = true
    one.waits()
    link.receive(Buffer.concat(flood))
    for (const turn of [1, 2, 3]) {
      t.ok(one.work(Number.POSITIVE_INFINITY), 'it wants another turn')
      t.equal(link.replies.length, turn * TURN_QUESTIONS)
    }
    t.notOk(one.work(Number.POSITIVE_INFINITY))
    t.notOk(link.isPaused)
  },
)

t.test('a turn ends in time, after one question at least', async (t) => {
  const { session: one, link } = session()
  one.waits()
  link.receive(Buffer.concat([1, 2, 3].map((id) => question(id, 'LOOKUP', { db: 'passwd', key: 1001 }))))
  for (const answered of [1, 2, 3]) {
    one.work(0)
    t.equal(link.replies.length, answered)
  }
})

t.test('a client that sends nothing more gets every answer to what it asked, and then the end', async (t) => {
  const { link, broken } = session({ queuedBytes: 20_000 })
  link.isRead = false
  link.receive(Buffer.concat(Array.from({ length: 50 }, (_, i) => question(i, 'ENUMERATE', { db: 'passwd' }))))
  link.hangUp()
  t.notOk(link.isDestroyed)
  await turnsUntil(
    () => link.isDestroyed,
    () => link.read(),
  )
  t.same(
    link.replies.map(({ id }) => id),
    Array.from({ length: 50 }, (_, i) => i),
  )
  t.same(broken, [undefined])
})

t.test('a client that hangs up in a frame, or while a slow answer is made, gets what it asked before', async (t) => {
  const cut = session({ halfSent: 1000 })
  cut.link.receive(QUESTIONS.subarray(0, QUESTIONS.length - 3))
  cut.link.hangUp()
  t.equal(cut.link.replies.length, 7)
  t.ok(cut.link.isDestroyed)
  t.equal(cut.clock.timers, 0)
  let done = (): void => {}
  const report = { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] } as const
  const reload = (): Promise<typeof report> => new Promise((resolve) => (done = () => resolve(report)))
  const slow = session({}, { reload })
  slow.link.receive(Buffer.concat([question(1, 'RELOAD'), question(2, 'HELLO', { versions: [1] })]))
  slow.link.hangUp()
  await new Promise(setImmediate)
  t.notOk(slow.link.isDestroyed)
  done()
  await until(() => slow.link.isDestroyed)
  t.same(
    slow.link.replies.map(({ id }) => id),
    [1, 2],
  )
})

t.test('after a frame that came in pieces the time of the next half-sent one begins anew', async (t) => {
  const { link, clock, broken } = session({ halfSent: 1000 })
  const frame = question(1, 'LOOKUP', { db: 'passwd', key: 'user1' })
  link.receive(frame.subarray(0, 5))
  clock.turn(900)
  link.receive(frame.subarray(5))
  await new Promise(setImmediate)
  t.equal(clock.timers, 0)
  link.receive(frame.subarray(0, 5))
  await new Promise(setImmediate)
  clock.turn(900)
  t.notOk(link.isDestroyed)
  clock.turn(100)
  t.ok(link.isDestroyed)
  t.same(broken, ['left a frame half-sent'])
})

t.test('a frame that was whole in time is not held against its client while the next ones are answered', async (t) => {
  const one = session({ halfSent: 1000 }, {}, { via: 'admin' }, () => one.clock.turn(60))
  const frame = question(1, 'LOOKUP', { db: 'passwd', key: 'user1' })
  one.link.receive(frame.subarray(0, 5))
  await new Promise(setImmediate)
  one.clock.turn(900)
  one.link.receive(Buffer.concat([frame.subarray(5), frame, frame, frame]))
  const all = (): boolean => one.link.replies.length === 4
  await turnsUntil(all, () => {})
  t.notOk(one.link.isDestroyed)
})

t.test('what is kept for a session is counted, and no more once it is answered, or gone', async (t) => {
  const { link, kept } = session()
  const frame = question(1, 'LOOKUP', { db: 'passwd', key: 'x'.repeat(5000) })
  link.receive(frame.subarray(0, 2000))
  t.ok(kept.total >= 1990 && kept.total < 4100, `${kept.total} bytes`)
  link.receive(frame.subarray(2000))
  t.equal(kept.total, 0)
  link.receive(frame.subarray(0, 4000))
  t.ok(kept.total > 0)
  link.destroy()
  t.equal(kept.total, 0)
})

t.test('while one reload runs the same client starts no second one', async (t) => {
  const running: (() => void)[] = []
  const report = { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] } as const
  const reload = (): Promise<typeof report> => new Promise((resolve) => running.push(() => resolve(report)))
  const { link, clock } = session({ stalled: 1000 }, { reload })
  link.receive(Buffer.concat([1, 2, 3].map((id) => question(id, 'RELOAD'))))
  t.equal(running.length, 1)
  t.ok(link.isPaused)
  clock.turn(10_000)
  t.notOk(link.isDestroyed, 'it is not the client that is slow')
  for (let done = 1; done <= 3; done++) {
    running[done - 1]?.()
    await until(() => link.replies.length >= done)
  }
  t.same(
    link.replies.map(({ id, status }) => [id, status]),
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
  )
})

t.test('a failure of ours is told as such, logged, and harms no other question', async (t) => {
  const report = (): never => {
    throw new Error('no report')
  }
  const { link, faults } = session({}, { report })
  link.receive(Buffer.concat([question(1, 'STATUS'), question(2, 'HELLO', { versions: [9] })]))
  t.match(link.replies, [
    { id: 1, status: -1, error: 'internal' },
    { id: 2, status: 1, version: 1 },
  ])
  t.equal(faults.length, 1)
})

t.test('a position that nobody was told is refused, and fills no log', async (t) => {
  const { link, faults } = session()
  const positions = [1, 4, 12, 2 ** 40]
  for (const position of positions)
    link.receive(question(1, 'ENUMERATE', { db: 'passwd', cursor: { generation: 1, position } }))
  for (const { status, error } of link.replies) t.ok(status === 0 || error === 'cursor', `${status} ${error}`)
  t.equal(link.replies.length, positions.length)
  t.same(faults, [])
})

t.test('a subscriber that does not read is told of the newest generation alone, once it reads', async (t) => {
  const { link, session: one, generations } = session({ queuedBytes: 10 })
  link.receive(question(1, 'SUBSCRIBE'))
  link.isRead = false
  for (const generation of [2, 3, 4]) {
    generations.serve(publicSnapshot(generation))
    one.announce()
  }
  link.read()
  t.same(
    link.replies.map(({ generation }) => generation),
    [1, 2, 4],
  )
})

t.test('after the end nothing is answered and nothing waits', async (t) => {
  const { session: one, link, clock, turns } = session()
  link.receive(Buffer.concat(Array.from({ length: 500 }, (_, i) => question(i, 'LOOKUP', { db: 'passwd', key: 1001 }))))
  link.receive(Buffer.of(0, 0))
  link.destroy()
  const answered = link.replies.length
  t.equal(turns.waiting, 0)
  await new Promise(setImmediate)
  t.equal(link.replies.length, answered)
  t.equal(clock.timers, 0)
  const { active } = one
  clock.turn(1)
  link.receive(question(1, 'HELLO', { versions: [1] }))
  t.same([one.active, link.replies.length], [active, answered], 'nor is what comes then')
})

t.test('a slow answer that is made after the end is sent to nobody', async (t) => {
  let done = (): void => {}
  const report = { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] } as const
  const { link } = session({}, { reload: () => new Promise((resolve) => (done = () => resolve(report))) })
  link.receive(question(1, 'RELOAD'))
  link.destroy()
  done()
  await new Promise(setImmediate)
  t.same(link.replies, [])
})

t.test('what a client tells of itself is kept only where it may have the snapshot', async (t) => {
  const told = (asker: Asker): [string, number | undefined] => {
    const { session: one, link } = session({}, {}, asker)
    link.receive(question(1, 'HELLO', { versions: [1], software: 'a client', generation: 7 }))
    t.match(link.replies, [{ id: 1, status: 1 }])
    one.subscribe(2)
    return [one.software, one.held?.generation]
  }
  t.same(told({ via: 'network', address: Uint8Array.of(10, 0, 0, 11) }), ['a client', 7], 'a node')
  t.same(told({ via: 'local' }), ['a client', 7])
  t.same(told({ via: 'network', address: Uint8Array.of(10, 0, 0, 9) }), ['', undefined], 'a device')
  t.same(told({ via: 'network', address: Uint8Array.of(192, 0, 2, 7) }), ['', undefined], 'a stranger')
  t.same(told({ via: 'private' }), ['', undefined], 'group shadow')
})

t.test('what a machine of the network may ask follows from its address', async (t) => {
  const statuses = (...address: number[]): string[] => {
    const { link } = session({}, {}, { via: 'network', address: Uint8Array.from(address) })
    for (const db of ['hosts', 'passwd', 'shadow']) link.receive(question(1, 'LOOKUP', { db, key: 'n1' }))
    link.receive(question(1, 'SNAPSHOT', { kind: 1, offset: 0, length: 8 }))
    link.receive(question(1, 'SUBSCRIBE'))
    link.receive(question(1, 'RELOAD'))
    return link.replies.map(({ status, error }) => (error === undefined ? String(status) : String(error)))
  }
  const nothing = Array.from({ length: 6 }, () => 'denied')
  t.same(statuses(192, 0, 2, 7), nothing, 'a stranger')
  t.same(statuses(10, 0, 0, 9), ['1', ...nothing.slice(1)], 'a device: hosts alone')
  t.same(statuses(10, 0, 0, 14), ['1', '0', 'denied', '1', '1', 'denied'], 'a node')
  t.same(statuses(127, 0, 0, 1), ['1', '0', 'denied', '1', '1', 'denied'], 'loopback')
})

t.test('who follows takes one place, however often it subscribes, and gives it back at the end', async (t) => {
  const { link, session: one, places, held } = session()
  t.notOk(one.follows)
  t.equal(one.peer, link.peer)
  places.left = 2
  for (const id of [1, 2]) link.receive(question(id, 'SUBSCRIBE'))
  t.same(
    link.replies.map(({ status }) => status),
    [1, 1],
  )
  t.ok(one.follows)
  t.same([places, held.length], [{ left: 1, given: 0 }, 1])
  link.destroy()
  t.notOk(one.follows)
  t.same([places, held.length], [{ left: 1, given: 1 }, 2])
  one.destroy('again')
  t.equal(places.given, 1)
})

t.test('where no place is left a subscription is refused, and gives none back', async (t) => {
  const { link, session: one, places, held } = session()
  places.left = 0
  link.receive(question(1, 'SUBSCRIBE'))
  t.match(link.replies, [{ id: 1, status: -2, error: 'busy' }])
  t.notOk(one.follows)
  link.destroy()
  t.same([places.given, held], [0, []])
})

t.test('what a follower holds is told as it changes, from its subscription to its end', async (t) => {
  const { link, session: one, held } = session()
  const digest = (digit: number): Buffer => Buffer.alloc(32, digit)
  const as = (generation: number, digit?: number): Held => ({
    generation,
    digest: digit === undefined ? undefined : digest(digit).toString('hex'),
  })
  one.holds(1, digest(1))
  t.same([held, one.held], [[], undefined], 'who does not follow is not counted')
  link.receive(question(1, 'SUBSCRIBE'))
  t.same(one.held, as(1, 1))
  one.holds(1)
  one.holds(2)
  one.holds(2, digest(2))
  link.destroy()
  t.same(held, [
    [undefined, as(1, 1)],
    [as(1, 1), as(1, 1)],
    [as(1, 1), as(2)],
    [as(2), as(2, 2)],
    [as(2, 2), undefined],
  ])
})

t.test('a generation is announced once, and not to who has as much unread as may be', async (t) => {
  const { link, session: one, generations } = session({ queuedBytes: 1000 })
  link.receive(question(1, 'SUBSCRIBE'))
  one.announce()
  t.equal(link.replies.length, 1, 'the answer was the announcement of this one')
  generations.serve(publicSnapshot(2))
  link.queuedBytes = 1000
  one.announce()
  t.equal(link.replies.length, 1)
  link.queuedBytes = 999
  for (const _ of [1, 2]) one.announce()
  t.equal(link.replies.length, 2)
})

t.test('a slow answer that fails is a failure of ours, and the next question is answered', async (t) => {
  const reload = (): Promise<never> => Promise.reject(new Error('no reload'))
  const { link, faults } = session({}, { reload })
  link.receive(Buffer.concat([question(1, 'RELOAD'), question(2, 'HELLO', { versions: [1] })]))
  await until(() => link.replies.length >= 2)
  t.match(link.replies, [
    { id: 1, status: -1, error: 'internal' },
    { id: 2, status: 1 },
  ])
  t.equal(faults.length, 1)
})

t.test('who was ended for a rule is ended at once, though its socket tells it later', async (t) => {
  const { link, session: one, broken } = session()
  link.isPrompt = false
  one.destroy('a rule')
  t.same(broken, ['a rule'])
  t.notOk(one.work(Number.POSITIVE_INFINITY), 'and has nothing more to do')
})

t.test('who breaks a rule while it waits for its turn has nothing more to do, and is not read again', async (t) => {
  const { link, session: one } = session()
  one.waits()
  link.receive(Buffer.of(0xff, 0xff, 0xff, 0xff))
  t.notOk(one.work(Number.POSITIVE_INFINITY))
  t.ok(link.isDestroyed)
  t.notOk(one.work(Number.POSITIVE_INFINITY))
  t.ok(link.isPaused)
})

t.test('what comes while a client waits for its turn is counted as kept', async (t) => {
  const { link, session: one, kept } = session()
  one.waits()
  const before = kept.total
  link.receive(Buffer.alloc(4000, 1))
  t.ok(kept.total >= before + 4000)
})

t.test('what waits in the link of a client that waits for its turn is counted as kept too', async (t) => {
  const { link, session: one, kept } = session()
  link.receive(question(1, 'HELLO', { versions: [1] }).subarray(0, 10))
  const before = kept.total
  link.unreadBytes = 700
  one.waits()
  t.equal(kept.total, before + 700)
})

t.test('a slice ends with so many bytes, whatever waited before, and at the bound of what may wait', async (t) => {
  const ask = question(1, 'SNAPSHOT', { kind: 1, offset: 0, length: 40_000 })
  const flood = Buffer.concat(Array.from({ length: 40 }, () => ask))
  const { link, session: one } = session({ queuedBytes: 100_000_000 })
  link.isRead = false
  one.waits()
  link.receive(flood)
  link.queuedBytes = 150_000
  t.ok(one.work(Number.POSITIVE_INFINITY))
  t.equal(link.replies.length, Math.ceil(TURN_BYTES / 40_000))
  const other = session({ queuedBytes: 5000 })
  other.link.isRead = false
  other.session.waits()
  other.link.receive(ask)
  other.link.queuedBytes = 5000
  t.notOk(other.session.work(Number.POSITIVE_INFINITY))
  t.equal(other.link.replies.length, 0, 'as much as may wait is enough')
})

t.test('a frame that is half-sent when its time is over is ended as soon as that is seen', async (t) => {
  const { link, session: one, clock } = session({ halfSent: 1000 })
  link.receive(question(1, 'HELLO', { versions: [1] }).subarray(0, 5))
  one.waits()
  clock.turn(1000)
  t.notOk(link.isDestroyed, 'the rest may be here and wait')
  one.work(clock.now())
  t.ok(link.isDestroyed)
})

t.test('a handler of a connection that fails ends the connection', async (t) => {
  handlers.logTo({ error: () => {} })
  t.teardown(() => {
    handlers.tryWith(undefined)
    handlers.logTo(undefined)
  })
  handlers.tryWith((name) => {
    if (/^session (half-sent|stalled|answer)$/.test(name)) throw new Error('a fault')
  })
  const half = session({ halfSent: 1000 })
  half.link.receive(Buffer.of(0, 0))
  half.clock.turn(1000)
  t.ok(half.link.isDestroyed)
  const stalled = session({ queuedBytes: 10, stalled: 1000 })
  stalled.link.isRead = false
  stalled.link.receive(Buffer.concat([1, 2].map((id) => question(id, 'HELLO', { versions: [1] }))))
  stalled.clock.turn(1000)
  t.ok(stalled.link.isDestroyed)
  const slow = session({}, { reload: () => new Promise(() => {}) })
  slow.link.receive(question(1, 'RELOAD'))
  await until(() => slow.link.isDestroyed)
})

t.test('an answer that waits holds no snapshot in memory, but for the generation that the client reads', async (t) => {
  const { link, generations, session: one } = session()
  link.isRead = false
  const of = contents(2000)
  const crowd = { name: 'crowd', passwd: '*', gid: 102, members: of.passwd.map(({ name }) => name) }
  const bytes = buildPublic({ ...of, group: [...of.group, crowd] })
  stamp(bytes, { generation: 2 })
  generations.serve(Snapshot.open(bytes))
  const length = 64 * 1024
  const part = (id: number, generation?: number) =>
    question(id, 'SNAPSHOT', { kind: 1, offset: 0, length, ...(generation !== undefined && { generation }) })
  link.receive(question(1, 'ENUMERATE', { db: 'passwd' }))
  link.receive(question(2, 'LOOKUP', { db: 'group', key: 'crowd' }))
  t.match(link.replies, [{ status: 1 }, { status: 1 }])
  t.notOk(link.memory.includes(bytes.buffer))
  t.equal(one.waitingShared, 0)
  link.receive(part(3, 2))
  t.ok(link.memory.includes(bytes.buffer))
  t.equal(one.waitingShared, length)
  const newest = publicSnapshot(3, 2000)
  generations.serve(newest)
  link.receive(part(4, 3))
  t.match(link.replies[3], { status: -2, error: 'generation' }, 'one generation at a time')
  link.receive(part(5))
  t.match(link.replies[4], { status: 1, generation: 3 }, 'but who names none may look at the newest')
  t.notOk(link.memory.includes(newest.bytes.buffer), 'and gets a copy')
  t.equal(one.waitingShared, length)
  link.read()
  link.receive(part(6, 2))
  t.match(link.replies[5], { status: 1 }, 'that was no end of what it read')
  link.read()
  link.receive(part(7, 3))
  t.match(link.replies[6], { status: 1 })
  t.ok(link.memory.includes(newest.bytes.buffer))
})

t.test('an enumeration comes to its end in its generation, however many come meanwhile', async (t) => {
  const { link, generations } = session()
  let cursor: unknown
  let names = 0
  let newest = FIRST.generation
  do {
    link.receive(question(1, 'ENUMERATE', { db: 'passwd', limit: 20, ...(cursor !== undefined && { cursor }) }))
    const { status, generation, records, cursor: next } = link.replies.at(-1) ?? {}
    t.same([status, generation], [1, 1])
    names += (records as readonly unknown[]).length
    cursor = next
    for (let i = 0; i < 2; i++) generations.serve(publicSnapshot(++newest))
  } while (cursor !== undefined)
  t.equal(names, 300)
})

t.test('clients that read nothing have so many bytes together: the one with the most goes first', async (t) => {
  const unread = new ByteBudget<Session>({
    max: 512 * 1024,
    bytesOf: ({ unreadBytes }) => unreadBytes,
    reason: 'unread',
  })
  const ask = Buffer.concat(Array.from({ length: 10 }, (_, i) => question(i + 1, 'ENUMERATE', { db: 'passwd' })))
  const honest = session({}, {}, undefined, undefined, { unread, source: 'n1' })
  honest.link.isRead = false
  honest.link.receive(ask)
  const own = honest.session.unreadBytes
  t.ok(own > 100_000)
  const flood = Array.from({ length: 20 }, () => session({}, {}, undefined, undefined, { unread, source: 'n2' }))
  for (const { link } of flood) {
    link.isRead = false
    link.receive(question(1, 'ENUMERATE', { db: 'passwd' }))
    link.receive(question(2, 'ENUMERATE', { db: 'passwd' }))
    t.ok(unread.total <= 512 * 1024)
  }
  t.same(honest.broken, [])
  t.equal(honest.link.replies.length, 10)
  t.ok(flood.some(({ broken }) => broken.includes('unread')))
  honest.link.read()
  t.equal(honest.session.unreadBytes, 0)
})

t.test('a connection that ends keeps no generation, public or with the hashes of passwords', async (t) => {
  const shadow = new Generations()
  shadow.serve(FIRST)
  const { session: one, link, generations } = session({}, { shadow })
  for (const each of [generations, shadow]) {
    t.ok(each.reads(one, FIRST, { from: 0, to: 1, isLast: false, isNamed: true }))
    for (const number of [2, 3, 4]) each.serve(publicSnapshot(number))
    t.equal(each.old, 1)
  }
  link.destroy()
  for (const each of [generations, shadow]) t.equal(each.old, 0)
})

/** What a follower asks that wants signs of life, and a proof once there is news. */
const FOLLOW = question(1, 'SUBSCRIBE', { beat: true })
const patient = (id: number, generation: Snapshot = FIRST): Buffer =>
  question(id, 'ALIVE', { nonce: Buffer.alloc(32, id), held: generation.header.bytes, wait: true })

t.test('a follower that wants signs of life gets them, and every second is the proof that it waits for', async (t) => {
  const { link, clock } = session({}, { sign: () => Buffer.of(7) })
  link.receive(FOLLOW)
  t.match(link.replies.splice(0), [{ id: 1, generation: FIRST.generation, beat: 10 }])
  link.receive(patient(2))
  t.same(link.replies, [], 'there is no news')
  clock.turn(10_000)
  t.match(link.replies.splice(0), [{ id: 1, generation: FIRST.generation }])
  clock.turn(10_000)
  t.match(link.replies.splice(0), [{ id: 2, signature: Buffer.of(7) }])
  clock.turn(20_000)
  t.match(link.replies, [{ id: 1 }, { id: 1 }], 'a proof is given once')
})

t.test('a proof that is waited for comes in time, however much else a follower is answered', async (t) => {
  const { link, clock } = session({}, { sign: () => Buffer.of(7) })
  link.receive(FOLLOW)
  link.receive(patient(2))
  // It subscribes anew: without signs of life, and with them again.
  link.receive(question(1, 'SUBSCRIBE'))
  link.receive(FOLLOW)
  for (let second = 0; second < 20; second++) {
    clock.turn(1000)
    link.receive(question(3, 'LOOKUP', { db: 'passwd', key: 'user1' }))
    await until(() => link.replies.filter(({ id }) => id === 3).length === second + 1)
  }
  const proofs = link.replies.filter(({ id }) => id === 2)
  t.match(proofs, [{ signature: Buffer.of(7) }])
  t.equal(proofs.length, 1)
})

t.test('a proof that is waited for comes with the news, signed after them', async (t) => {
  const { link, session: one, generations } = session({}, { sign: () => Buffer.of(7) })
  link.receive(FOLLOW)
  link.receive(patient(2))
  generations.serve(publicSnapshot(9, 6))
  link.replies.splice(0)
  const { writes } = link
  one.announce()
  t.match(link.replies, [{ id: 1, generation: 9 }, { id: 2 }])
  t.equal(link.writes - writes, 1, 'in one piece')
  t.same(link.replies[1]?.header, Buffer.from(publicSnapshot(9, 6).header.bytes))
})

t.test('nobody waits who holds something else, who gets no signs of life, or who waits already', async (t) => {
  const follower = session({}, { sign: () => Buffer.of(7) })
  follower.link.receive(FOLLOW)
  follower.link.receive(patient(2, publicSnapshot(3, 4)))
  follower.link.receive(question(3, 'ALIVE', { nonce: Buffer.alloc(32), wait: true }))
  follower.link.receive(patient(4))
  follower.link.receive(patient(5))
  t.same(
    follower.link.replies.map(({ id }) => id),
    [1, 2, 3, 5],
  )
  for (const more of [question(1, 'SUBSCRIBE'), question(1, 'HELLO', { versions: [1] })]) {
    const other = session({}, { sign: () => Buffer.of(7) })
    other.link.receive(more)
    other.link.receive(patient(2))
    t.same(
      other.link.replies.map(({ id }) => id),
      [1, 2],
    )
  }
  const unsigned = session()
  unsigned.link.receive(FOLLOW)
  unsigned.link.receive(patient(2))
  t.match(unsigned.link.replies, [{ id: 1 }, { id: 2, error: 'operation' }])
})

t.test('what a follower holds that waits is known at once', async (t) => {
  const { link, held } = session({}, { sign: () => Buffer.of(7) })
  link.receive(FOLLOW)
  link.receive(patient(2))
  t.match(held.at(-1)?.[1], { generation: FIRST.generation })
})

t.test('a proof that waits keeps nothing of the bytes that came with it', async (t) => {
  const { link, clock } = session({}, { sign: () => Buffer.of(7) })
  link.receive(FOLLOW)
  const sent = patient(2)
  link.receive(sent)
  sent.fill(0)
  clock.turn(20_000)
  t.match(link.replies.at(-1), { id: 2, signature: Buffer.of(7) })
})

t.test('a follower that ends, or subscribes anew without them, gets no more signs of life', async (t) => {
  const { link, clock, session: one } = session()
  link.receive(FOLLOW)
  link.receive(question(2, 'SUBSCRIBE'))
  clock.turn(10_000)
  t.same(
    link.replies.map(({ id }) => id),
    [1, 2],
  )
  const other = session()
  other.link.receive(FOLLOW)
  other.session.destroy('ends')
  t.equal(other.clock.timers, 0)
  one.destroy('ends')
})

t.test('a sign of life that comes before the announcement is the announcement, with the proof', async (t) => {
  const { link, clock, generations } = session({}, { sign: () => Buffer.of(7) })
  link.receive(FOLLOW)
  link.receive(patient(2))
  generations.serve(publicSnapshot(9, 6))
  link.replies.splice(0)
  const { writes } = link
  clock.turn(10_000)
  t.match(link.replies, [{ id: 1, generation: 9 }, { id: 2 }])
  t.equal(link.writes - writes, 1, 'in one piece')
})
