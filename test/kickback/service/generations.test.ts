import t from 'tap'
import { Generations } from '../../../src/kickback/service/generations.ts'
import type { Reader } from '../../../src/kickback/service/shares/readings.ts'
import type { Snapshot } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { publicSnapshot } from '../cluster.ts'

/** Twenty generations of one size. */
const ALL = Array.from({ length: 20 }, (_, i) => publicSnapshot(i + 1))
const SIZE = ALL[0]?.bytes.length ?? 0
const SECOND = 1000
const MINUTE = 60 * SECOND

/** A client by name, and whether it was ended. */
class PaperReader implements Reader {
  readonly source: string
  readonly isRoot: boolean
  waitingShared = 0
  broken: string | undefined

  constructor(source: string, isRoot = false) {
    this.source = source
    this.isRoot = isRoot
  }

  destroy(broken: string): void {
    this.broken = broken
  }
}

/** Generations with a budget for so many old ones; `publish` goes on to the next, `numbers` says which can be had. */
function generations(oldOnes: number) {
  const clock = new HandClock()
  const made = new Generations(clock, oldOnes * SIZE)
  let next = 0
  const publish = (): Snapshot => {
    const snapshot = ALL[next++] as Snapshot
    made.serve(snapshot)
    return snapshot
  }
  publish()
  const numbers = (): number[] =>
    ALL.flatMap(({ generation }) => (made.numbered(generation) === undefined ? [] : [generation]))
  /** Reads so many bytes on from where the reader is. */
  const places = new Map<Reader, number>()
  const read = (reader: Reader, snapshot: Snapshot, bytes: number): boolean => {
    const from = places.get(reader) ?? 0
    const to = Math.min(SIZE, from + bytes)
    places.set(reader, to)
    return made.reads(reader, snapshot, { from, to, isLast: to === SIZE, isNamed: true })
  }
  return { made, clock, publish, numbers, read }
}

t.test('the current generation and the one before it can be had, others not', async (t) => {
  const { made, publish, numbers } = generations(4)
  t.equal(made.current?.generation, 1)
  publish()
  publish()
  t.same(numbers(), [2, 3])
  t.equal(made.current?.generation, 3)
  t.equal(made.published, 3)
  t.equal(made.old, 0)
})

t.test('a generation is kept for who reads it, however many come after it, until all is read', async (t) => {
  const { made, publish, numbers, read } = generations(4)
  const slow = new PaperReader('a')
  const first = made.current as Snapshot
  t.ok(read(slow, first, 100))
  for (let i = 0; i < 10; i++) {
    publish()
    t.ok(read(slow, first, 10))
  }
  t.same(numbers(), [1, 10, 11])
  t.ok(read(slow, first, SIZE))
  publish()
  t.same(numbers(), [11, 12], 'it has read all')
  t.equal(slow.broken, undefined)
})

t.test('a generation that nobody has begun with while it was new is begun with by nobody', async (t) => {
  const { made, publish, read } = generations(4)
  const first = made.current as Snapshot
  read(new PaperReader('a'), first, 100)
  for (let i = 0; i < 3; i++) publish()
  t.equal(made.numbered(1), first)
  t.notOk(read(new PaperReader('b'), first, 100))
})

t.test('who ends, or goes on to another generation, keeps nothing', async (t) => {
  const { made, publish, numbers, read } = generations(4)
  const [one, two] = [new PaperReader('a'), new PaperReader('b')]
  read(one, made.current as Snapshot, 100)
  const second = publish()
  read(two, second, 100)
  for (let i = 0; i < 3; i++) publish()
  t.same(numbers(), [1, 2, 4, 5])
  made.forget(one)
  t.same(numbers(), [2, 4, 5])
  t.ok(read(two, made.current as Snapshot, 100))
  made.tidy()
  t.same(numbers(), [4, 5])
})

t.test('who reads one database after the other on one connection has the generation for each of them', async (t) => {
  const { made, publish, numbers } = generations(4)
  const reader = new PaperReader('a')
  const first = made.current as Snapshot
  const part = (from: number, isLast: boolean) => ({ from, to: from + 100, isLast, isNamed: true })
  made.reads(reader, first, part(0, true))
  made.reads(reader, first, part(500, false))
  for (let i = 0; i < 3; i++) publish()
  t.same(numbers(), [1, 3, 4])
  t.ok(made.reads(reader, first, part(600, true)))
  made.reads(reader, first, part(0, false))
  made.tidy()
  t.same(numbers(), [3, 4], 'what is old already is not begun again')
})

t.test('thousands of readers of one generation that end at once are not looked through for each of them', async (t) => {
  const { made, publish, numbers, read } = generations(4)
  let looks = 0
  const seen = (i: number): Reader => ({
    source: `client ${i}`,
    isRoot: false,
    get waitingShared() {
      looks++
      return 0
    },
    destroy: () => {},
  })
  const all = Array.from({ length: 1000 }, (_, i) => seen(i))
  for (const reader of all) read(reader, made.current as Snapshot, SIZE)
  read(new PaperReader('slow'), made.current as Snapshot, 100)
  for (let i = 0; i < 3; i++) publish()
  looks = 0
  for (const reader of all) made.forget(reader)
  t.ok(looks < 5000, `${looks} looks`)
  t.same(numbers(), [1, 3, 4])
})

t.test('a reader that stands still, or reads a byte at a time, keeps nothing for long', async (t) => {
  for (const bytes of [0, 1]) {
    const { made, clock, publish, numbers, read } = generations(4)
    const stuck = new PaperReader('a')
    const first = made.current as Snapshot
    read(stuck, first, 1)
    for (let i = 0; i < 3; i++) publish()
    for (let second = 0; second < 20; second++) {
      clock.turn(SECOND)
      read(stuck, first, bytes)
      made.tidy()
    }
    t.same(numbers(), [1, 3, 4])
    clock.turn(SECOND)
    made.tidy()
    t.same(numbers(), [3, 4])
  }
})

t.test('who reads much at once, and then no more, has five minutes', async (t) => {
  const { made, clock, publish, numbers } = generations(4)
  const first = made.current as Snapshot
  const stuck = new PaperReader('a')
  made.reads(stuck, first, { from: 0, to: 2 ** 30, isLast: false, isNamed: true })
  for (let i = 0; i < 3; i++) publish()
  clock.turn(5 * MINUTE)
  made.tidy()
  t.same(numbers(), [1, 3, 4])
  clock.turn(1)
  made.tidy()
  t.same(numbers(), [3, 4])
})

t.test('to read the same again and again is not to go on, and nobody reads for more than an hour', async (t) => {
  const { made, clock, publish, numbers } = generations(4)
  const first = made.current as Snapshot
  const [again, slow] = [new PaperReader('a'), new PaperReader('b')]
  const piece = (from: number) => ({ from, to: from + 2 ** 20, isLast: false, isNamed: true })
  made.reads(again, first, piece(0))
  made.reads(slow, publish(), piece(0))
  for (let i = 0; i < 3; i++) publish()
  for (let minute = 1; minute <= 60; minute++) {
    clock.turn(MINUTE)
    made.reads(again, first, piece(0))
    made.reads(slow, made.numbered(2) as Snapshot, piece(minute * 2 ** 20))
    made.tidy()
    t.equal(made.numbered(1) !== undefined, minute <= 5, `minute ${minute}`)
    t.ok(made.numbered(2))
  }
  clock.turn(1)
  made.tidy()
  t.same(numbers(), [4, 5])
})

t.test('one client keeps one old generation, with however many connections', async (t) => {
  const { made, publish, numbers, read } = generations(20)
  for (let i = 0; i < 8; i++) {
    read(new PaperReader('greedy'), made.current as Snapshot, 100)
    publish()
  }
  publish()
  t.same(numbers(), [1, 9, 10])
  read(new PaperReader('other'), made.current as Snapshot, 100)
  for (let i = 0; i < 3; i++) publish()
  t.same(numbers(), [1, 10, 12, 13])
})

t.test('all clients keep so many bytes: root first, then who began first', async (t) => {
  const { made, publish, numbers, read } = generations(3)
  for (let i = 1; i <= 6; i++) {
    read(new PaperReader(`client ${i}`, i === 5), made.current as Snapshot, 100)
    publish()
  }
  publish()
  t.same(numbers(), [1, 2, 5, 7, 8])
})

t.test('one old generation is kept, however large it is', async (t) => {
  const { made, publish, numbers, read } = generations(0)
  for (let i = 1; i <= 2; i++) {
    read(new PaperReader(`client ${i}`), made.current as Snapshot, 100)
    publish()
  }
  publish()
  t.same(numbers(), [1, 3, 4])
})

t.test('who has not taken parts of a generation that is gone is ended: it would keep them in memory', async (t) => {
  const { made, publish, read } = generations(0)
  const readers = ['kept', 'gone', 'took all'].map((name) => new PaperReader(name))
  for (const reader of readers) {
    read(reader, made.current as Snapshot, 100)
    reader.waitingShared = reader.source === 'took all' ? 0 : 50
    publish()
  }
  publish()
  t.same(
    readers.map(({ broken }) => broken),
    [undefined, 'reads too slowly', undefined],
  )
})

t.test('who has been sent all and has not taken it yet is waited for', async (t) => {
  const { made, clock, publish, numbers, read } = generations(4)
  const reader = new PaperReader('a')
  read(reader, made.current as Snapshot, SIZE)
  reader.waitingShared = 50
  for (let i = 0; i < 3; i++) publish()
  t.same(numbers(), [1, 3, 4])
  t.equal(reader.broken, undefined)
  clock.turn(5 * MINUTE + 1)
  made.tidy()
  t.equal(reader.broken, 'reads too slowly')
  t.same(numbers(), [3, 4])
})

t.test('who looks at the current generation without its name goes on with the one that it reads', async (t) => {
  const { made, publish, numbers, read } = generations(4)
  const reader = new PaperReader('a')
  read(reader, made.current as Snapshot, 100)
  const look = { from: 0, to: 100, isLast: false, isNamed: false }
  t.notOk(made.reads(reader, publish(), look))
  for (let i = 0; i < 3; i++) publish()
  t.same(numbers(), [1, 4, 5])
  t.ok(made.reads(new PaperReader('b'), made.current as Snapshot, look), 'who reads nothing begins so')
})

t.test('who has parts of one generation to take gets none of another', async (t) => {
  const { made, publish, read } = generations(4)
  const reader = new PaperReader('a')
  const first = made.current as Snapshot
  read(reader, first, 100)
  reader.waitingShared = 50
  const second = publish()
  t.notOk(made.reads(reader, second, { from: 0, to: 100, isLast: false, isNamed: true }))
  t.ok(made.reads(reader, first, { from: 100, to: 200, isLast: false, isNamed: true }))
  reader.waitingShared = 0
  t.ok(made.reads(reader, second, { from: 0, to: 100, isLast: false, isNamed: true }))
})

t.test('the generation before can be let go, except by those who have begun to read it', async (t) => {
  const { made, publish, numbers, read } = generations(4)
  publish()
  made.letGo()
  t.same(numbers(), [2])
  made.letGo()
  t.same(numbers(), [2], 'there is none')
  const reader = new PaperReader('one')
  const second = made.current as Snapshot
  t.equal(read(reader, second, SIZE / 4), true)
  publish()
  made.letGo()
  t.same(numbers(), [2, 3])
  t.equal(read(reader, second, SIZE), true, 'it comes to its end')
  made.tidy()
  t.same(numbers(), [3])
})
