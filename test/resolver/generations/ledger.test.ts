import t from 'tap'
import type { GenerationHeader } from '../../../src/resolver/generations/header.ts'
import { GenerationHistory, HISTORY_MAX, Ledger } from '../../../src/resolver/index.ts'
import { header } from './headers.ts'

const NOW = 1_790_000_000
const own = header(NOW - 1008, 1, { contentTime: NOW - 1010 })

/** The ledger of a master that has served `own` since before its start. */
function ledgerWith(served: GenerationHeader = own): Ledger {
  const ledger = new Ledger(new GenerationHistory())
  ledger.resume(served, undefined, NOW)
  return ledger
}

const content = (digit: number, contentTime = 0, isForced = false) => ({
  digest: new Uint8Array(32).fill(digit),
  contentTime,
  isForced,
})

t.test('what is served is in the history, from before the start too', async (t) => {
  const ledger = ledgerWith()
  t.ok(ledger.holds(own.generation, own.digest))
  ledger.published(header(NOW, 2), 'reload', NOW)
  t.ok(ledger.holds(NOW, header(NOW, 2).digest))
})

t.test(
  'content that has to give way gets no number above the one that it gives way to, by the clock either',
  async (t) => {
    const ledger = ledgerWith()
    const theirs = header(NOW - 500, 2, { contentTime: NOW - 500 })
    t.equal(ledger.met(theirs, 'node 10.0.0.5', NOW), 'conflict')
    for (const older of [content(3, NOW - 501), content(3)]) {
      t.match(ledger.next(older, NOW, 0), { kind: 'new', generation: own.generation + 16 })
    }
    t.match(ledger.next(content(3, NOW - 499), NOW, 0), { generation: NOW - 496 }, 'newer content goes above it')
  },
)

t.test(
  'a conflict names what the other has and who has it, and ends with content that is equal or newer',
  async (t) => {
    const theirs = header(NOW - 496, 2, { contentTime: NOW - 500 })
    const conflicting = () => {
      const ledger = ledgerWith()
      ledger.met(theirs, 'node 10.0.0.5', NOW)
      ledger.met(theirs, 'master 10.0.0.2', NOW)
      t.match(ledger.conflict(NOW), {
        reason: 'content',
        header: theirs,
        holders: ['node 10.0.0.5', 'master 10.0.0.2'],
      })
      return ledger
    }
    const equal = conflicting()
    const adopted = equal.next(content(2, NOW - 500), NOW, 0)
    t.match(adopted, { kind: 'adopt', header: theirs })
    equal.published(theirs, 'adopted', NOW)
    t.equal(equal.conflict(NOW), undefined)
    const newer = conflicting()
    newer.published({ ...header(NOW - 480, 3), contentTime: NOW - 490 }, 'reload', NOW)
    t.equal(newer.conflict(NOW), undefined)
  },
)

t.test('newer content is published above what was met at once, and then at most every ten seconds', async (t) => {
  const ledger = ledgerWith()
  const older = (generation: number) => header(generation, 2, { contentTime: NOW - 2000 })
  t.equal(ledger.met(older(NOW - 100), 'node', NOW), 'raise')
  t.equal(ledger.met(older(NOW - 100), 'node', NOW + 9), 'later')
  t.equal(ledger.met(older(NOW - 100), 'node', NOW + 10), 'raise')
  t.match(ledger.next(content(1, own.contentTime), NOW, 3), { kind: 'new', generation: NOW - 93 })
})

t.test('equal content of two masters gets the later of both times, and the later of both decisions', async (t) => {
  const ledger = ledgerWith({ ...own, forcedAt: 5 })
  const theirs = header(NOW - 500, 1, { contentTime: own.contentTime + 7 })
  t.equal(ledger.met(theirs, 'master', NOW), 'raise')
  const next = ledger.next(content(1, own.contentTime), NOW, 0)
  t.match(next, { kind: 'new', generation: NOW - 496, contentTime: own.contentTime + 7, forcedAt: 5 })
})

t.test(
  'force decides: a number above all that was met, by the clock, even where nobody believes the number',
  async (t) => {
    const ledger = ledgerWith()
    const ahead = header(NOW + 200_000, 2, { contentTime: NOW })
    t.equal(ledger.met(ahead, 'node', NOW), 'conflict')
    t.same(ledger.disbelieved(NOW), [NOW + 200_000])
    const forced = ledger.next(content(1, own.contentTime, true), NOW, 0)
    t.match(forced, { kind: 'new', generation: NOW + 200_016, forcedAt: NOW + 200_016 })
  },
)

t.test('newer content under a number that nobody believes is a conflict that says so', async (t) => {
  const ledger = ledgerWith()
  const ahead = header(NOW + 200_000, 2, { contentTime: own.contentTime - 1 })
  t.equal(ledger.met(ahead, 'node', NOW), 'conflict')
  t.match(ledger.conflict(NOW), { reason: 'number' })
  t.equal(ledger.conflict(NOW + 200_000), undefined, 'a clock that was put right ends it')
  t.equal(ledger.met(header(NOW + 200_000, 1), 'node', NOW), 'none', 'equal content is in step whatever its number')
})

t.test('secondaries are followed on from the serial that they hold', async (t) => {
  const ledger = new Ledger(new GenerationHistory())
  ledger.heardSerials([NOW + 1000])
  t.match(ledger.next(content(1), NOW, 0), { generation: NOW + 1008 })
  ledger.heardSerials([NOW + 200_000])
  t.match(ledger.next(content(1), NOW, 0), { generation: NOW }, 'a serial a day ahead of the clock is not believed')
  t.same(ledger.disbelieved(NOW), [NOW + 200_000])
})

t.test(
  'a generation from before all that a full history remembers is no conflict, whoever sends it again',
  async (t) => {
    const past = Array.from({ length: HISTORY_MAX }, (_, i) => ({ ...header(5000 + i, 1), time: NOW, cause: 'reload' }))
    const ancient = header(4999, 2, { contentTime: NOW })
    const full = new Ledger(new GenerationHistory(past))
    full.resume(header(5000 + HISTORY_MAX, 1), undefined, NOW)
    t.equal(full.met(ancient, 'node', NOW), 'none')
    t.notOk(full.holds(4999, ancient.digest), 'but nodes are not told that we had it')
    const short = new Ledger(new GenerationHistory(past.slice(1)))
    short.resume(header(5000 + HISTORY_MAX - 1, 1), undefined, NOW)
    t.equal(short.met(header(5003, 2, { contentTime: NOW }), 'node', NOW), 'conflict')
  },
)

t.test('the shadow snapshot and the public one share a sequence of numbers', async (t) => {
  const ledger = ledgerWith()
  ledger.numbered(NOW + 16)
  t.match(ledger.next(content(2, NOW), NOW, 0), { generation: NOW + 32 })
})

t.test(
  'what was taken back stays so, whoever comes with it again: content is as new as what it came after',
  async (t) => {
    const published = (ledger: Ledger, digit: number, contentTime: number): GenerationHeader => {
      const next = ledger.next(content(digit, contentTime), NOW, 0)
      if (next.kind !== 'new') throw new Error('nothing was met')
      const made = { ...next, digest: content(digit).digest }
      ledger.published(made, 'reload', NOW)
      return made
    }
    const ledger = ledgerWith()
    const mistake = published(ledger, 2, NOW - 500)
    const takenBack = published(ledger, 1, own.contentTime)
    t.equal(takenBack.contentTime, mistake.contentTime, 'the files of before have the times of before')

    const forgotten = ledgerWith(mistake)
    t.equal(forgotten.met(takenBack, 'master', NOW), 'conflict', 'a copy of this machine does not go above it')
    const standby = ledgerWith()
    standby.published(takenBack, 'adopted', NOW)
    t.equal(standby.met(mistake, 'node', NOW), 'none', 'nor does a node bring a master that never had it into conflict')

    const atRightClock = ledgerWith({ ...own, contentTime: NOW + 61 })
    t.match(
      atRightClock.next(content(2, NOW - 500), NOW, 0),
      { contentTime: NOW - 500 },
      'a time ahead of the clock is none',
    )
  },
)

t.test('what is met before anything is served waits until there is something to hold against it', async (t) => {
  const ledger = new Ledger(new GenerationHistory())
  const theirs = header(NOW - 500, 2, { contentTime: NOW - 500 })
  t.equal(ledger.met(theirs, 'node', NOW), 'none')
  t.equal(ledger.met(header(NOW + 200_000, 2), 'node', NOW), 'none', 'whatever its number is')
  t.equal(ledger.conflict(NOW), undefined)
  t.notOk(ledger.isToBeRenumbered(NOW))
  ledger.resume(own, undefined, NOW)
  t.match(ledger.conflict(NOW), { reason: 'number' })
  t.match(ledger.conflict(NOW + 200_000), { reason: 'content' }, 'once the number can be believed the other is left')
})

t.test('a greater number of our own content is adopted, but not where a secondary is beyond it', async (t) => {
  const theirs = header(NOW - 500, 1, { contentTime: own.contentTime })
  for (const [serials, action, kind] of [
    [[], 'adopt', 'adopt'],
    [[NOW - 500], 'adopt', 'adopt'],
    [[NOW + 200_000], 'adopt', 'adopt'],
    [[NOW - 499], 'raise', 'new'],
    [[NOW - 600, NOW - 499], 'raise', 'new'],
  ] as const) {
    const ledger = ledgerWith()
    ledger.heardSerials(serials)
    t.equal(ledger.met(theirs, 'master', NOW), action, `${serials}`)
    t.equal(ledger.next(content(1, own.contentTime), NOW, 0).kind, kind, `${serials}`)
  }
})

t.test('a header is not adopted where its serial would be a step back', async (t) => {
  const clock = 2_300_000_000
  const ledger = ledgerWith(header(16, 1))
  ledger.met(header(clock - 1000, 2, { contentTime: 500 }), 'master', clock)
  t.equal(ledger.next(content(2, 500), clock, 0).kind, 'new')
})

t.test('what is served is to be renumbered for the sake of equal or older content, and of no other', async (t) => {
  const equal = header(NOW - 500, 1, { contentTime: own.contentTime })
  const older = header(NOW - 500, 2, { contentTime: own.contentTime - 1 })
  const newer = header(NOW - 400, 3, { contentTime: own.contentTime + 1 })
  const isRenumbered = (...all: readonly GenerationHeader[]): boolean => {
    const ledger = ledgerWith()
    for (const one of all) ledger.met(one, 'node', NOW)
    return ledger.isToBeRenumbered(NOW)
  }
  t.notOk(isRenumbered())
  t.ok(isRenumbered(equal))
  t.ok(isRenumbered(older))
  t.notOk(isRenumbered(newer))
  t.ok(isRenumbered(newer, equal))
  for (const one of [equal, older]) t.notOk(isRenumbered({ ...one, generation: NOW + 200_000 }), 'nobody believes it')
})

t.test('two of ours in one moment are one too many, and a clock that was put back stops nothing', async (t) => {
  const older = header(NOW - 100, 2, { contentTime: NOW - 2000 })
  const ledger = ledgerWith()
  t.equal(ledger.met(older, 'node', NOW), 'raise')
  t.equal(ledger.met(older, 'node', NOW), 'later')
  t.equal(ledger.met(older, 'node', NOW - 5), 'raise')
})

t.test('what was met is forgotten once what is served is to be had in its place, and only then', async (t) => {
  const ledger = ledgerWith()
  const older = header(NOW - 100, 2, { contentTime: NOW - 2000 })
  const newer = header(NOW - 90, 4, { contentTime: NOW - 80 })
  ledger.met(older, 'node', NOW)
  ledger.met(newer, 'node', NOW)
  ledger.published(header(NOW - 96, 3, { contentTime: NOW - 96 }), 'reload', NOW)
  t.match(ledger.conflict(NOW), { header: newer }, 'this one is not forgotten')
  ledger.published(header(NOW - 80, 5, { contentTime: NOW - 79 }), 'reload', NOW)
  t.equal(ledger.conflict(NOW), undefined)
})

t.test('a generation is in the history once, however often it is served', async (t) => {
  const history = new GenerationHistory()
  const ledger = new Ledger(history)
  ledger.resume(own, undefined, NOW)
  ledger.published(own, 'again', NOW)
  t.equal(history.past.length, 1)
})

t.test('content wins by the number that it would have alone: an order after that number is stronger', async (t) => {
  const forced = { contentTime: NOW - 960, forcedAt: NOW - 900 }
  const numberOf = (contentTime: number): unknown => {
    const ledger = ledgerWith()
    ledger.met(header(NOW - 900, 2, forced), 'node', NOW)
    return ledger.next(content(3, contentTime), NOW, 0)
  }
  t.match(numberOf(NOW - 600), { generation: NOW - 592 }, 'written after the order')
  t.match(numberOf(NOW - 950), { generation: own.generation + 16 }, 'written before it')
})

t.test(
  'of content of one second the one that was published first is to be had, whichever masters made them',
  async (t) => {
    // Where numbers are ahead of the clock the time says nothing of the next one.
    for (const last of [NOW - 1008, NOW + 5000]) {
      for (let maker = 0; maker < 3; maker++) {
        for (const [one, other] of [
          [0, 1],
          [1, 0],
          [0, 2],
          [2, 1],
        ] as const) {
          const served = header(last - (last % 16) + maker, 1, { contentTime: NOW - 1010 })
          const [first, second] = [ledgerWith(served), ledgerWith(served)]
          const published = (ledger: Ledger, digit: number, index: number): GenerationHeader => {
            const next = ledger.next(content(digit, NOW - 500), NOW, index)
            const made = next.kind === 'new' ? header(next.generation, digit, next) : next.header
            ledger.published({ ...made, digest: content(digit).digest }, 'reload', NOW)
            return ledger.own as GenerationHeader
          }
          const change = published(first, 2, one)
          t.equal(second.met(change, 'master 10.0.0.2', NOW), 'conflict')
          const part = published(second, 3, other)
          t.match(second.conflict(NOW), { reason: 'content', header: change })
          t.equal(first.met(part, 'master 10.0.0.1', NOW), 'none')
          t.equal(first.conflict(NOW), undefined)
          t.same(published(second, 2, other), change, 'and with equal content there is one generation')
          t.equal(second.conflict(NOW), undefined)
        }
      }
    }
  },
)

t.test('content that has to give way to one is not put above another that it need not give way to', async (t) => {
  // A master has read a part of a change that another one has published: first the same part, and then all, a second later.
  const part = header(NOW - 500, 3, { contentTime: NOW - 500 })
  const whole = header(NOW - 484, 2, { contentTime: NOW - 499 })
  const ledger = ledgerWith()
  ledger.met(part, 'master 10.0.0.2', NOW)
  ledger.met(whole, 'master 10.0.0.2', NOW)
  const next = ledger.next(content(3, NOW - 499), NOW, 1)
  t.ok(next.kind === 'new' && next.generation < part.generation, 'it is below both')
  if (next.kind === 'new') ledger.published(header(next.generation, 3, next), 'reload', NOW)
  t.match(ledger.conflict(NOW), { reason: 'content', header: whole }, 'and serves no nodes')
  t.equal(ledger.met(part, 'node 10.0.0.5', NOW), 'later', 'also once it meets the part again')
  t.notOk(ledger.isToBeRenumbered(NOW))
  t.match(ledger.next(content(2, NOW - 499), NOW, 1), { kind: 'adopt', header: whole }, 'until it has all')
})

t.test('of many that were met the greatest numbers are remembered, each with its own first holders', async (t) => {
  const ledger = ledgerWith()
  const at = (i: number): number => NOW + 200_000 + i
  for (const i of [3, 1, 2, ...Array.from({ length: 17 }, (_, i) => i + 4)])
    ledger.met(header(at(i), 2), `node ${i}`, NOW)
  t.same(
    ledger.disbelieved(NOW),
    Array.from({ length: 16 }, (_, i) => at(20 - i)),
  )
  for (let i = 0; i < 10; i++) ledger.met(header(at(20), 3), `other ${i}`, NOW)
  ledger.met(header(at(20), 3), 'other 0', NOW)
  t.match(ledger.conflict(NOW)?.holders, ['node 20'], 'another content under the same number is another')
  const single = ledgerWith()
  const newer = header(NOW - 500, 2, { contentTime: NOW })
  for (let i = 0; i < 10; i++) single.met(newer, `node ${i % 9}`, NOW)
  t.same(
    single.conflict(NOW)?.holders,
    Array.from({ length: 8 }, (_, i) => `node ${i}`),
  )
  t.same(single.disbelieved(NOW), [], 'this number can be believed')
})

t.test('a number that no master makes, kept from before, is not gone on from', async (t) => {
  const ledger = new Ledger(new GenerationHistory())
  ledger.resume(header(2 ** 52, 1), 2 ** 52 + 16, NOW)
  t.match(ledger.next(content(2, NOW - 100), NOW, 0), { kind: 'new', generation: Math.ceil((NOW - 100) / 16) * 16 })
})

t.test('what ours is above by now takes no place among what is remembered of others', async (t) => {
  const ledger = ledgerWith()
  const newer = header(NOW - 900, 2, { contentTime: NOW - 400 })
  const older = (generation: number) => header(generation, 3, { contentTime: NOW - 2000 })
  ledger.met(newer, 'node', NOW)
  for (let i = 0; i < 15; i++) ledger.met(older(NOW - 800 + i), 'node', NOW)
  ledger.published(header(NOW - 704, 4, { contentTime: NOW - 1000 }), 'reload', NOW)
  for (let i = 0; i < 15; i++) ledger.met(older(NOW - 600 + i), 'node', NOW)
  t.match(ledger.conflict(NOW), { header: newer }, 'the sixteenth is not dropped for those that we are above')
})
