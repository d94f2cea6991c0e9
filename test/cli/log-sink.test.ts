import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import t, { type Test } from 'tap'
import { LaterSink, type WriteLater } from '../../src/cli/log-sink.ts'
import { monotonic } from '../../src/values/index.ts'
import { builtMain } from '../built.ts'
import { HandClock } from '../clocks.ts'
import { Scratch } from './scratch.ts'

const MAIN = builtMain()

type Tap = Pick<Test, 'teardown' | 'throws'>

/** A sink and what it wrote; `taken` says of each write how much of it was taken, or its error. */
function sink(taken: (bytes: Uint8Array) => number | Error) {
  const written: string[] = []
  const put: WriteLater = (bytes, done) => {
    const result = taken(bytes)
    setImmediate(() => {
      if (typeof result !== 'number') return done(result, 0)
      written.push(Buffer.from(bytes.subarray(0, result)).toString())
      done(null, result)
    })
  }
  return { written, sink: new LaterSink(put, monotonic) }
}

t.test('lines are written in order, the rest of a short write first', async (t) => {
  const { written, sink: made } = sink((bytes) => Math.min(4, bytes.length))
  for (const line of ['one\n', 'two two\n', 'three\n']) made.write(line)
  await made.flush(5000)
  t.equal(written.join(''), 'one\ntwo two\nthree\n')
})

t.test('a full pipe is tried again, and what came meanwhile follows', async (t) => {
  let full = 2
  const busy = Object.assign(new Error('full'), { code: 'EAGAIN' })
  const { written, sink: made } = sink((bytes) => (full-- > 0 ? busy : bytes.length))
  made.write('one\n')
  made.write('two\n')
  await made.flush(5000)
  t.equal(written.join(''), 'one\ntwo\n')
})

t.test('what a full disk does not take is lost, and the flush ends', async (t) => {
  const { written, sink: made } = sink(() => Object.assign(new Error('no space'), { code: 'ENOSPC' }))
  made.write('lost\n')
  await made.flush(5000)
  t.same(written, [])
})

t.test('a flush has a deadline', async (t) => {
  const made = new LaterSink(() => {}, monotonic)
  made.write('never taken\n')
  await made.flush(1)
  t.pass('it ended')
})

t.test('a write that is on its way at the deadline and finds the pipe full is not tried again', async (t) => {
  const clock = new HandClock()
  const full = Object.assign(new Error('full'), { code: 'EAGAIN' })
  const writes: ((error: Error | null, taken: number) => void)[] = []
  const sink = new LaterSink((_, done) => void writes.push(done), clock)
  sink.write('line')
  const flushed = sink.flush(500)
  clock.turn(500)
  await flushed
  writes[0]?.(full, 0)
  sink.write('one more')
  t.equal(clock.timers, 0, 'a timer would keep the process alive')
  t.equal(writes.length, 1)
})

t.test('no more than a bounded part of the log waits', async (t) => {
  const { written, sink: made } = sink((bytes) => bytes.length)
  for (let i = 0; i < 3000; i++) made.write(`${'x'.repeat(999)}\n`)
  await made.flush(5000)
  t.ok(written.join('').length <= 1 << 20)
})

/** Starts the daemon with its log at a descriptor, and ends it once it answers; its exit code. */
async function endedWith(t: Tap, log: number | 'pipe'): Promise<unknown> {
  const scratch = new Scratch(t)
  const words = [MAIN, 'serve', ...scratch.flags, '--log-level', 'debug']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', log] })
  const closed = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  // Nothing of the log can be waited for: it asks until somebody answers.
  while ((await scratch.ask('status')).code === 1) {}
  child.kill('SIGTERM')
  return (await closed)[0]
}

t.test('a daemon ends when its log is on a full disk', async (t) => {
  t.equal(await endedWith(t, openSync('/dev/full', 'w')), 0)
})

/** A pipe that is full and that nobody reads, to be written to by somebody who waits (no O_NONBLOCK). */
function stuckPipe(t: Tap): number {
  const scratch = new Scratch(t)
  const path = scratch.path('pipe')
  execFileSync('mkfifo', [path])
  const held = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  t.teardown(() => closeSync(held))
  t.throws(() => {
    for (;;) writeSync(held, Buffer.alloc(4096))
  }, 'it is full')
  return openSync(path, constants.O_WRONLY)
}

t.test('a daemon ends when its log is a pipe whose reader is stuck', async (t) => {
  t.equal(await endedWith(t, stuckPipe(t)), 0)
})

t.test('a daemon ends when its log goes to a socket that nobody reads', async (t) => {
  t.equal(await endedWith(t, 'pipe'), 0)
})
