import t from 'tap'
import { ByteBudget, type Keeper } from '../../src/values/index.ts'

interface PaperKeeper extends Keeper {
  readonly name: string
  bytes: number
}

/** A budget and keepers by name, each its own client unless it is named another; which of them were ended, in order. */
function budget(max: number) {
  const kept = new ByteBudget<PaperKeeper>({ max, bytesOf: ({ bytes }) => bytes, reason: 'too many' })
  const ended: string[] = []
  const keepers = new Map<string, PaperKeeper>()
  const made = (name: string, source: string): PaperKeeper => {
    const keeper: PaperKeeper = {
      name,
      source,
      bytes: 0,
      destroy: (broken) => {
        t.equal(broken, 'too many')
        ended.push(name)
        keeper.bytes = 0
        kept.note(keeper)
      },
    }
    keepers.set(name, keeper)
    return keeper
  }
  const keep = (name: string, bytes: number, source = name): void => {
    const keeper = keepers.get(name) ?? made(name, source)
    keeper.bytes = bytes
    kept.note(keeper)
  }
  return { kept, ended, keep, keepers }
}

t.test('what is kept is the sum of what each keeps now', async (t) => {
  const { kept, keep, ended } = budget(1000)
  keep('a', 300)
  keep('b', 200)
  keep('a', 100)
  t.equal(kept.total, 300)
  keep('b', 0)
  t.equal(kept.total, 100)
  t.same(ended, [])
})

t.test('where it is too much the largest go first, of equals the oldest, until a quarter is free', async (t) => {
  const { kept, keep, ended } = budget(1000)
  for (const name of ['a', 'b', 'c', 'd']) keep(name, 200)
  keep('small', 10)
  keep('large', 190)
  t.same(ended, [])
  keep('large', 290)
  t.same(ended, ['large', 'a'])
  t.equal(kept.total, 610)
})

t.test('one alone that keeps too much is ended', async (t) => {
  const { kept, keep, ended } = budget(1000)
  keep('a', 1001)
  t.same(ended, ['a'])
  t.equal(kept.total, 0)
})

t.test('who keeps nothing is forgotten: whoever comes back is counted anew, and is the youngest', async (t) => {
  const { kept, keep, ended } = budget(1000)
  for (const name of ['a', 'b', 'c', 'd']) keep(name, 200)
  keep('a', 0)
  keep('a', 200)
  t.equal(kept.total, 800)
  keep('large', 201)
  t.same(ended, ['large', 'b'])
})

t.test('no more are ended than must be: three quarters may stay', async (t) => {
  const { kept, keep, ended } = budget(1000)
  for (const name of ['a', 'b', 'c']) keep(name, 250)
  keep('large', 251)
  t.same(ended, ['large'])
  t.equal(kept.total, 750)
})

t.test('one client with many small connections does not cost another one its large one', async (t) => {
  const { kept, keep, ended } = budget(1000)
  keep('honest', 300, 'n1')
  for (let i = 0; i < 8; i++) keep(`flood ${i}`, 100, 'n2')
  t.same(ended, ['flood 0', 'flood 1', 'flood 2', 'flood 3'])
  t.equal(kept.total, 700)
})

t.test('of two clients the one with the most loses its greatest, until the other one has more', async (t) => {
  const { keep, ended } = budget(1000)
  keep('a1', 100, 'a')
  keep('a2', 350, 'a')
  keep('b1', 150, 'b')
  keep('b2', 200, 'b')
  keep('a3', 201, 'a')
  t.same(ended, ['a2'], 'a had 651 bytes and has 301; b has 350')
  keep('b3', 400, 'b')
  t.same(ended, ['a2', 'b3'])
})

t.test('who has fewer by now than was noted is not ended for what was', async (t) => {
  const { kept, keep, ended, keepers } = budget(1000)
  for (const name of ['a', 'b', 'c']) keep(name, 300)
  for (const keeper of keepers.values()) keeper.bytes = 10
  keep('d', 500)
  t.same(ended, [])
  t.equal(kept.total, 530)
})

t.test(
  'nobody else is looked at before it is too much, and nobody is ended where just as much is kept as may be',
  async (t) => {
    const { kept, keep, ended, keepers } = budget(1000)
    for (const name of ['a', 'b', 'c']) keep(name, 300)
    for (const keeper of keepers.values()) keeper.bytes = 10
    keep('d', 100)
    t.equal(kept.total, 1000, 'as it was noted')
    keep('d', 970)
    t.equal(kept.total, 1000, 'as it is')
    t.same(ended, [])
  },
)
