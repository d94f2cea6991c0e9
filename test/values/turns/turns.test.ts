import t from 'tap'
import { handlers } from '../../../src/values/index.ts'
import { NEWCOMERS_MAX, SLICE_MS, TURN_MS, Turns, type Worker } from '../../../src/values/turns/turns.ts'
import { HandClock } from '../../clocks.ts'

const KINDS = ['root', 'local', 'network'] as const
type Kind = (typeof KINDS)[number]

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Workers whose every piece of work takes so long, in milliseconds; what they did, in order. */
function crowd(piece = 0.1) {
  const clock = new HandClock()
  const turns = new Turns(clock, KINDS)
  const done: string[] = []
  const worker = (
    name: string,
    pieces: number,
    kind: Kind = 'network',
  ): Worker<Kind> & { isWaiting: boolean; hasGivenUp: boolean } => {
    let left = pieces
    return {
      kind,
      isWaiting: false,
      hasGivenUp: false,
      work(until) {
        this.isWaiting = false
        do {
          if (left === 0) return false
          left--
          done.push(name)
          clock.turn(piece)
        } while (clock.now() < until)
        return left > 0
      },
      waits() {
        this.isWaiting = true
      },
      giveUp() {
        this.hasGivenUp = true
      },
    }
  }
  return { clock, turns, done, worker }
}

t.test('where nobody waits a question is answered at once', async (t) => {
  const { turns, done, worker } = crowd()
  const one = worker('one', 2)
  turns.ask(one)
  t.same(done, ['one', 'one'])
  t.notOk(one.isWaiting)
  t.equal(turns.waiting, 0)
})

t.test('all connections together work no longer in one turn of the loop than they may', async (t) => {
  const { clock, turns, worker } = crowd()
  for (let i = 0; i < 64; i++) turns.ask(worker(`busy ${i}`, 1000))
  for (let i = 0; i < 20; i++) {
    const before = clock.now()
    await turn()
    const spent = clock.now() - before
    t.ok(spent > 0 && spent <= TURN_MS + 0.11, `${spent} ms`)
  }
})

t.test('connections that have much to do have their slices in order', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  for (const name of names) turns.ask(worker(name, 50))
  for (let i = 0; i < 100; i++) await turn()
  for (let i = names.length; i + 7 < 200; i += 7) t.same(new Set(done.slice(i, i + 7)).size, 7)
  t.equal(done.length, 350)
})

t.test('one question waits for a slice or two, however many others have much to do', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  for (let i = 0; i < 500; i++) turns.ask(worker('busy', 1000))
  for (let i = 0; i < 400; i++) await turn()
  const before = done.length
  const small = worker('small', 1)
  turns.ask(small)
  t.ok(small.isWaiting)
  while (!done.includes('small')) await turn()
  t.ok(done.length - before <= 5, `after ${done.length - before - 1} slices of others`)
})

t.test('a user with a program on every node delays neither root nor the programs of this machine', async (t) => {
  for (const kind of ['root', 'local', 'network'] as const) {
    const { turns, done, worker } = crowd(SLICE_MS)
    for (let i = 0; i < 5000; i++) turns.ask(worker('user', 1))
    const small = worker('small', 1, kind)
    turns.ask(small)
    while (!done.includes('small')) await turn()
    if (kind === 'network')
      t.ok(done.length > 5000, 'control: among all others it waits for each that was there before')
    else t.ok(done.length <= 8, `after ${done.length - 1} slices of others`)
  }
})

t.test('root has no more turns than the others, however much it asks', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  for (let i = 0; i < 100; i++) turns.ask(worker('root', 100, 'root'))
  for (let i = 0; i < 100; i++) turns.ask(worker('other', 100))
  for (let i = 0; i < 100; i++) await turn()
  const others = done.filter((name) => name === 'other').length
  t.ok(Math.abs(others - done.length / 2) < done.length / 10, `${others} of ${done.length}`)
})

t.test('those with much to do go on, however many small questions come', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  turns.ask(worker('busy', 1000))
  for (let i = 0; i < 1000; i++) turns.ask(worker('small', 1))
  await turn()
  for (let i = 0; i < 50; i++) await turn()
  t.ok(done.filter((name) => name === 'busy').length >= done.length / 2 - 2)
})

t.test('turns are left to newcomers, but not for ever', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  for (let i = 0; i < 10; i++) turns.ask(worker('busy', 1000))
  await turn()
  const before = done.length
  for (let i = 0; i < NEWCOMERS_MAX; i++) {
    turns.newcomer()
    await turn()
  }
  t.equal(done.length, before, 'nothing is done while newcomers come')
  turns.newcomer()
  await turn()
  t.ok(done.length > before, 'and then something is')
})

t.test('who has gone has no turn, and who fails gives up and costs no other its turn', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  for (let i = 0; i < 5; i++) turns.ask(worker('busy', 20))
  const gone = worker('gone', 5)
  turns.ask(gone)
  const broken = worker('broken', 5)
  broken.work = () => {
    throw new Error('a fault')
  }
  turns.ask(broken)
  turns.forget(gone)
  for (let i = 0; i < 100; i++) await turn()
  t.notOk(done.includes('gone'))
  t.ok(broken.hasGivenUp)
  t.equal(done.filter((name) => name === 'busy').length, 100)
  t.equal(turns.waiting, 0)
})

t.test('who asks again while it waits is served no sooner and no more often', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  const busy = worker('busy', 3)
  turns.ask(busy)
  t.ok(busy.isWaiting)
  turns.ask(busy)
  t.equal(turns.waiting, 1)
  const small = worker('small', 1)
  for (const _ of [1, 2]) turns.ask(small)
  t.ok(small.isWaiting, 'others wait before it')
  t.equal(turns.waiting, 2)
  t.same(done, ['busy'])
})

t.test('what is answered at once counts for the turn of the loop: then even the only one waits', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  const slices = TURN_MS / SLICE_MS
  for (let i = 0; i < slices; i++) turns.ask(worker('small', 1))
  t.equal(done.length, slices)
  const last = worker('last', 1)
  turns.ask(last)
  t.ok(last.isWaiting)
  await turn()
  t.equal(done.at(-1), 'last')
})

t.test('a turn has its slices and not one more', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  for (let i = 0; i < 20; i++) turns.ask(worker('busy', 100))
  for (let i = 0; i < 10; i++) {
    const before = done.length
    await turn()
    t.equal(done.length - before, TURN_MS / SLICE_MS)
  }
})

t.test('who has gone while it had more to do has no other turn', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  const busy = worker('busy', 5)
  turns.ask(busy)
  turns.forget(busy)
  t.equal(turns.waiting, 0)
  for (let i = 0; i < 5; i++) await turn()
  t.same(done, ['busy'])
})

t.test('a turn that fails costs nobody its next one', async (t) => {
  const { turns, done, worker } = crowd(SLICE_MS)
  for (const name of ['a', 'b']) turns.ask(worker(name, 4))
  const before = done.length
  // All that is scheduled now fails, whoever scheduled it: other tests may have left turns of theirs.
  handlers.tryWith((name) => {
    if (name === 'turn of the loop') throw new Error('a fault')
  })
  t.teardown(() => handlers.tryWith(undefined))
  await turn()
  handlers.tryWith(undefined)
  t.equal(done.length, before, 'the turn failed')
  t.equal(turns.waiting, 2)
  for (let i = 0; i < 10; i++) await turn()
  t.equal(done.length, 8)
  t.equal(turns.waiting, 0)
})
