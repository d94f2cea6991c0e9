// A connection that is watched, on a clock that is turned by hand.
import t from 'tap'
import { ServiceError } from '../../../src/kickback/node/client.ts'
import { watchSilence } from '../../../src/kickback/node/silence.ts'
import { HandClock } from '../../clocks.ts'

/** A client that is watched: what it was asked, and why it was closed. */
function watched(beat?: number) {
  let noticed = (): void => {}
  const clock = new HandClock()
  const ended = new AbortController()
  const client = {
    heard: 0,
    onHeard: (then: () => void): void => {
      noticed = then
    },
    signs: 0,
    closed: [] as (ServiceError | undefined)[],
    /** How a question for a sign ends. */
    answer: (): Promise<void> => new Promise(() => {}),
    sign(): Promise<void> {
      client.signs++
      return client.answer()
    },
    close(reason?: ServiceError): void {
      client.closed.push(reason)
    },
  }
  const over = watchSilence(client, clock, beat, ended.signal)
  /** Lets time pass, and what follows from it have its turn. */
  const pass = async (ms: number): Promise<void> => {
    clock.turn(ms)
    await new Promise(setImmediate)
  }
  const hear = (): void => {
    client.heard = clock.now()
    noticed()
  }
  return { clock, client, ended, over, pass, hear }
}

t.test('a master that is silent is asked after six seconds, and left after ten', async (t) => {
  const { client, over, pass, clock } = watched()
  await pass(5999)
  t.equal(client.signs, 0)
  await pass(1)
  t.equal(client.signs, 1)
  await pass(3999)
  t.same(client.closed, [])
  await pass(1)
  await over
  t.match(client.closed, [{ code: 'timeout', message: 'it was silent for 10 seconds' }])
  t.equal(client.signs, 1)
  t.equal(clock.timers, 0)
})

t.test('a sign of life is one, whatever it is: an answer, a refusal, or the piece of a transfer', async (t) => {
  const { client, pass, hear } = watched()
  client.answer = async () => hear()
  for (let i = 0; i < 10; i++) await pass(6000)
  t.equal(client.signs, 10)
  client.answer = async () => {
    hear()
    throw new ServiceError('busy', 'busy')
  }
  for (let i = 0; i < 10; i++) await pass(6000)
  t.equal(client.signs, 20)
  client.answer = () => new Promise(() => {})
  await pass(6000)
  t.equal(client.signs, 21)
  hear()
  await pass(4000)
  t.same(client.closed, [], 'what was asked has no answer, but something came')
})

t.test('who speaks by itself is not asked', async (t) => {
  const { client, pass, hear } = watched()
  for (let i = 0; i < 10; i++) {
    await pass(5000)
    hear()
  }
  t.equal(client.signs, 0)
})

t.test('a question that fails where nothing was heard is the end, and is not asked again and again', async (t) => {
  const { client, pass, over } = watched()
  client.answer = () => Promise.reject(new ServiceError('closed', 'closed'))
  await pass(6000)
  await over
  t.equal(client.signs, 1)
})

t.test('who was stopped itself gives the master its time to answer', async (t) => {
  const { client, pass, hear } = watched()
  await pass(3_600_000)
  t.equal(client.signs, 1)
  await pass(3999)
  hear()
  await pass(1)
  t.same(client.closed, [])
  await pass(6000)
  await pass(4501)
  t.same([client.signs, client.closed], [3, []], 'stopped while it waited: it asks again')
  await pass(4500)
  t.equal(client.closed.length, 1)
})

t.test('at the end nothing is waited for, before the question or after it', async (t) => {
  const before = watched()
  before.ended.abort()
  await before.over
  const after = watched()
  await after.pass(6000)
  after.ended.abort()
  await after.over
  t.same([before.clock.timers, after.clock.timers], [0, 0])
  t.same([before.client.closed, after.client.closed], [[], []])
})

t.test('a master that sends signs of life is asked once one is missed, and is left a moment later', async (t) => {
  const { client, over, pass, clock } = watched(10)
  await pass(10_499)
  t.equal(client.signs, 0)
  await pass(1)
  t.equal(client.signs, 1)
  await pass(1499)
  t.same(client.closed, [])
  await pass(1)
  await over
  t.match(client.closed, [{ code: 'timeout', message: 'it was silent for 12 seconds' }])
  t.equal(clock.timers, 0)
})

t.test('a node that hears signs of life is woken by nothing else', async (t) => {
  const { clock, pass, hear, client } = watched(10)
  for (let beats = 0; beats < 5; beats++) {
    await pass(10_000)
    hear()
    await new Promise(setImmediate)
    t.equal(clock.nextIn, 10_500, 'the wait begins anew, and no timer ends before')
  }
  t.equal(client.signs, 0)
})
