import t from 'tap'
import { Tally } from '../../../../src/kickback/service/counts/tally.ts'
import type { Service } from '../../../../src/kickback/service/question.ts'
import { Dispatcher } from '../../../../src/kickback/service/session/dispatcher.ts'
import { FrameSplitter } from '../../../../src/kickback/wire/frames.ts'
import { decodeMessage, encodeFrame, REPLY_VALUES_MAX } from '../../../../src/kickback/wire/message.ts'
import { OPERATIONS, type OperationName, REPLY_MAX } from '../../../../src/kickback/wire/protocol.ts'
import { layout, type Snapshot } from '../../../../src/resolver/index.ts'
import { monotonic } from '../../../../src/values/clock.ts'
import { HandClock } from '../../../clocks.ts'
import { publicSnapshot } from '../../cluster.ts'
import { paperClient, paperService } from '../paper.ts'

/** A request without its frame. */
const body = (op: number, fields: object, id: object = { id: 7 }): Buffer =>
  encodeFrame({ ...id, op, ...fields }).subarray(4)
const question = (name: OperationName, fields: object): Buffer => body(OPERATIONS[name], fields)

/** The dispatcher of a local client, and what comes of its requests. */
function dispatcher(more: Partial<Service> = {}, first: Snapshot | undefined = publicSnapshot(1)) {
  const state = { isClosed: false, settled: 0, failed: 0, copied: 0, shared: 0 }
  const asked: OperationName[] = []
  const faults: unknown[] = []
  const splitter = new FrameSplitter(REPLY_MAX)
  const tally = new Tally()
  const made = new Dispatcher({
    client: paperClient({ via: 'admin' }),
    service: paperService(new HandClock(), more, first),
    outbox: {
      send: (bytes) => {
        state.copied += bytes.length
        splitter.push(bytes)
      },
      sendShared: (bytes) => {
        state.shared += bytes.length
        splitter.push(bytes)
      },
    },
    isClosed: () => state.isClosed,
    onQuestion: (operation) => void asked.push(operation),
    tally,
    clock: monotonic,
    onFault: (error) => void faults.push(error),
    settled: () => void state.settled++,
    failed: () => void state.failed++,
  })
  /** The next reply; undefined where there is none. */
  const reply = () => {
    const frame = splitter.next()
    return frame && decodeMessage(frame, REPLY_VALUES_MAX)
  }
  return { made, state, asked, faults, reply, tally }
}

t.test('a question is counted and answered under its id', async (t) => {
  const { made, asked, reply } = dispatcher()
  made.dispatch(question('LOOKUP', { db: 'passwd', key: 'user1' }))
  t.match(reply(), { id: 7, status: 1, generation: 1 })
  t.same(asked, ['LOOKUP'])
  t.notOk(made.isBusy)
})

t.test('what is no question of ours is refused under its id, and is no fault', async (t) => {
  const { made, asked, faults, reply } = dispatcher()
  made.dispatch(body(4711, {}))
  t.match(reply(), { id: 7, error: 'operation' })
  t.same(asked, [])
  made.dispatch(question('LOOKUP', { db: 'passwd', key: ['user1'] }))
  t.match(reply(), { id: 7, error: 'request' })
  t.same(faults, [])
})

t.test('what has no id can be answered by nothing', async (t) => {
  const { made, reply } = dispatcher()
  t.throws(() => made.dispatch(body(OPERATIONS.STATUS, {}, {})), { name: 'MessageError' })
  t.equal(reply(), undefined)
})

t.test('what nobody expected is told as a fault of ours, at once or later', async (t) => {
  const fault = new Error('a fault')
  const thrown = dispatcher({
    report: () => {
      throw fault
    },
  })
  thrown.made.dispatch(question('STATUS', {}))
  const rejected = dispatcher({ reload: () => Promise.reject(fault) })
  rejected.made.dispatch(question('RELOAD', {}))
  await new Promise(setImmediate)
  for (const { faults, reply } of [thrown, rejected]) {
    t.match(reply(), { id: 7, error: 'internal' })
    t.same(faults, [fault])
  }
  t.notOk(rejected.made.isBusy)
})

t.test('it is busy while a slow answer is on its way, which is not sent to who has gone', async (t) => {
  for (const isClosed of [false, true]) {
    let come: (answer: Record<string, unknown>) => void = () => {}
    const slow = new Promise((resolve) => {
      come = resolve
    })
    const { made, state, reply } = dispatcher({ reload: () => slow as ReturnType<NonNullable<Service['reload']>> })
    made.dispatch(question('RELOAD', {}))
    t.ok(made.isBusy)
    t.equal(state.settled, 0)
    state.isClosed = isClosed
    come({ outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] })
    await new Promise(setImmediate)
    t.same([made.isBusy, state.settled, state.failed], [false, 1, 0])
    t.equal(reply()?.id, isClosed ? undefined : 7)
  }
})

t.test('an error after a slow answer gives the connection up', async (t) => {
  const { made, state } = dispatcher({ reload: async () => ({ outcome: 'unchanged' }) as never })
  Object.defineProperty(state, 'settled', {
    get: () => 0,
    set: () => {
      throw new Error('a fault')
    },
  })
  made.dispatch(question('RELOAD', {}))
  await new Promise(setImmediate)
  t.equal(state.failed, 1)
})

t.test('a part of the generation that a client reads is not copied, and the frame is whole', async (t) => {
  const snapshot = publicSnapshot(1, 500)
  const { made, state, reply } = dispatcher({}, snapshot)
  const length = 20_000
  made.dispatch(question('SNAPSHOT', { kind: layout.KINDS.PUBLIC, generation: 1, offset: 8, length }))
  const data = reply()?.data
  t.ok(data instanceof Uint8Array && Buffer.from(data).equals(snapshot.bytes.subarray(8, 8 + length)))
  t.equal(state.shared, length)
  t.ok(state.copied < 100)
})

t.test(
  'look-ups of the usual form are read straight from their bytes, and are answered and counted as all others',
  async (t) => {
    const keys = ['user1', 'nobody', 100_001, Buffer.from([10, 0, 0, 1]), Buffer.from([0xff]), 2 ** 40]
    for (const db of ['passwd', 'hosts', 'group', 'shadow', 'nothing']) {
      for (const key of keys) {
        const [plain, general] = [dispatcher(), dispatcher()]
        const fields = { db, key }
        const isNow = plain.made.dispatch(question('LOOKUP', fields))
        t.equal(general.made.dispatch(question('LOOKUP', { ...fields, unknown: true })), isNow)
        t.same(plain.reply(), general.reply(), `${db} ${String(key)}`)
        t.same(plain.tally.all, general.tally.all)
        t.same([plain.asked, general.asked], [['LOOKUP'], ['LOOKUP']])
        t.same([plain.made.plainLookups, general.made.plainLookups], [key === 2 ** 40 ? 0 : 1, 0])
      }
    }
  },
)
