import t from 'tap'
import { type Keeper, KeptBytes } from '../../../../src/kickback/service/shares/kept-bytes.ts'

/** A budget and keepers by name; which of them were ended, in order. */
function budget(max: number) {
  const kept = new KeptBytes(max)
  const ended: string[] = []
  const keepers = new Map<string, Keeper>()
  const keep = (name: string, bytes: number): void => {
    const keeper = keepers.get(name) ?? {
      destroy: () => {
        ended.push(name)
        kept.note(keeper, 0)
      },
    }
    keepers.set(name, keeper)
    kept.note(keeper, bytes)
  }
  return { kept, ended, keep }
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
