import { spawnSync } from 'node:child_process'
import t from 'tap'
import { GIVE_BACK_AFTER, GIVE_BACK_EVERY, giveBackMemory } from '../../../src/daemon/memory/allocator.ts'
import { handlers, type Log } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'

function listener(): { said: string[]; log: Pick<Log, 'debug'> } {
  const said: string[] = []
  return { said, log: { debug: (fields, message) => said.push(`${message} ${JSON.stringify(fields)}`) } }
}

/** A process that holds 64 MB in small pieces and lets go of all but one in 64 of them; then memory is given back, or not. */
function residentAfter(last: string): number {
  const script = `
    import { giveBackMemory } from './src/daemon/memory/allocator.ts'
    const pieces = Array.from({ length: 16_384 }, () => Buffer.allocUnsafeSlow(4096).fill(1))
    globalThis.kept = pieces.filter((_, index) => index % 64 === 63)
    pieces.length = 0
    // A thread of V8 frees them after the collection.
    while (process.memoryUsage().arrayBuffers > 16 * 2 ** 20) {
      gc()
      await new Promise((done) => setImmediate(done))
    }
    let then
    giveBackMemory({ debug: console.error }, { now: () => 0, after: (_, run) => { then = run; return () => {} } })
    ${last}
    console.log(process.memoryUsage.rss() / 2 ** 20)`
  const words = ['--expose-gc', '--no-warnings', '--input-type=module-typescript', '--eval', script]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  t.equal(stderr, '')
  return Number(stdout)
}

t.test('what is free between small pieces that stay goes back to the system; without it, it is kept', async (t) => {
  const without = residentAfter('')
  const withIt = residentAfter('then()')
  t.ok(withIt < without - 32, `${withIt} MiB, and ${without} MiB without`)
})

t.test('memory is given back again and again, also after a failure, until it is called off', async (t) => {
  const clock = new HandClock()
  const { log } = listener()
  t.teardown(() => handlers.tryWith(undefined))
  let times = 0
  const giveBack = (): void => {
    times++
    if (times === 2) throw new Error('thrown by a test')
  }
  const stop = giveBackMemory(
    log,
    clock,
    () => giveBack,
    () => clock.now(),
  )
  for (let each = 1; each <= 3; each++) {
    clock.turn(GIVE_BACK_EVERY)
    t.equal(times, each)
  }
  stop()
  clock.turn(GIVE_BACK_EVERY)
  t.equal(times, 3)
})

t.test('where the module is missing, memory is kept and the log says so', async (t) => {
  const clock = new HandClock()
  const { said, log } = listener()
  const stop = giveBackMemory(log, clock, () => {
    throw new Error('no such file')
  })
  clock.turn(GIVE_BACK_EVERY)
  stop()
  t.same(said, ['free memory is kept: the module that gives it back is missing {"reason":"no such file"}'])
})

t.test('a process that has not worked has nothing to give back', async (t) => {
  const clock = new HandClock()
  let [used, times] = [0, 0]
  giveBackMemory(
    listener().log,
    clock,
    () => () => void times++,
    () => used,
  )
  clock.turn(GIVE_BACK_EVERY)
  t.equal(times, 1, 'what it did at its start')
  used += GIVE_BACK_AFTER - 1
  clock.turn(GIVE_BACK_EVERY)
  t.equal(times, 1)
  used++
  clock.turn(GIVE_BACK_EVERY)
  t.equal(times, 2)
})

/** What a process holds in MiB that let go of arrays of some MiB, between which small ones stay; `first` is what it does before. */
function heldBetween(first: string): number {
  const script = `
    import { giveBackMemory } from './src/daemon/memory/allocator.ts'
    const never = { now: () => 0, after: () => () => {} }
    ${first}
    const settled = async () => {
      do {
        gc()
        await new Promise((done) => setImmediate(done))
      } while (process.memoryUsage().arrayBuffers > 8 * 2 ** 20)
    }
    // Once the allocator of glibc had so large a piece back, it takes the next ones from its heap.
    for (let i = 0; i < 4; i++) {
      Buffer.allocUnsafeSlow(16 * 2 ** 20)
      await settled()
    }
    let large = []
    globalThis.kept = []
    for (let i = 0; i < 32; i++) {
      large.push(Buffer.allocUnsafeSlow(4 * 2 ** 20).fill(1))
      kept.push(Buffer.allocUnsafeSlow(100_000).fill(1))
    }
    large = undefined
    await settled()
    console.log(process.memoryUsage.rss() / 2 ** 20)`
  const words = ['--expose-gc', '--no-warnings', '--input-type=module-typescript', '--eval', script]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  t.equal(stderr, '')
  return Number(stdout)
}

t.test(
  'what is large goes back to the system at once, without its being given back; without the module, it is kept',
  async (t) => {
    const without = heldBetween('')
    const withIt = heldBetween('giveBackMemory({ debug: console.error }, never)')
    t.ok(withIt < without - 64, `${withIt} MiB, and ${without} MiB without`)
  },
)
