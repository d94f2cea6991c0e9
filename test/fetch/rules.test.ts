// What a machine takes: the rules of `kickback-fetch` against those of the proxy.
import fc from 'fast-check'
import t from 'tap'
import { lossesOf } from '../../src/daemon/judge/loss-limit.ts'
import { judgeOffer } from '../../src/resolver/generations/offer.ts'
import { differenceOf } from '../../src/resolver/index.ts'
import { clusterKey } from '../keys.ts'
import { Fetching, signed, stamped } from './fetching.ts'
import { TestMaster } from './master.ts'
import { inParts } from './parts.ts'

/** Few numbers, so that they often are equal or in each other's place; some are as large as they may be, and larger. */
const numbers = fc.constantFrom(0, 1, 2, 3, 4, 5, 2 ** 52 - 2 ** 33 - 1, 2 ** 52 - 2 ** 33, 2 ** 53 - 1)
const generation = fc.record({ digest: fc.constantFrom(1, 2), number: numbers, time: numbers, forced: numbers })
const situation = fc.record({
  offered: generation,
  held: fc.option(generation),
  isNumbered: fc.boolean(),
  known: fc.boolean(),
  conflict: fc.boolean(),
  isForced: fc.boolean(),
  isOld: fc.boolean(),
})

type Generation = { digest: number; number: number; time: number; forced: number }
const headerOf = ({ digest, number, time, forced }: Generation) => ({
  generation: number,
  digest: Uint8Array.of(digest),
  contentTime: time,
  forcedAt: forced,
})

t.test('a machine that fetches judges as one with a proxy', async (t) => {
  const cases = fc.sample(situation, 3000)
  const lines = cases.map(({ offered: o, held: h, isNumbered, known, conflict, isForced, isOld }) =>
    [
      ...[o.digest, o.number, o.time, o.forced, h === null ? '-' : h.digest],
      ...[h?.number ?? 0, h?.time ?? 0, h?.forced ?? 0, isNumbered ? 1 : '-', (known ? 1 : 0) | (conflict ? 2 : 0)],
      ...[isForced ? 1 : '-', isOld ? 604_800_000 : 604_799_999],
    ].join(' '),
  )
  const verdicts = inParts(
    t,
    `age_of_held() { age=$given_age; }
    while read -r digest number time forced held_digest held_number held_time held_forced is_numbered flags is_forced given_age; do
      held=1
      [ $held_digest != - ] || held=
      [ $is_numbered != - ] || is_numbered=
      [ $is_forced != - ] || is_forced=
      judge
      echo $verdict
    done`,
    `${lines.join('\n')}\n`,
  )
  const wanted = cases.map(({ offered, held, isNumbered, known, conflict, isForced, isOld }) => {
    const holding =
      held === null ? undefined : { header: headerOf(held), isNumbered, age: isOld ? 604_800 : 604_799.999 }
    const proof = { age: 0, known, conflict }
    const orders = { insecure: false, forced: isForced }
    const verdict = judgeOffer({ header: headerOf(offered), proof }, holding, orders)
    return verdict.kind === 'take' && verdict.anyLoss ? 'any' : verdict.kind
  })
  const different = lines.filter((_, i) => verdicts[i] !== wanted[i])
  t.strictSame(different, [], 'the same verdicts')
  t.strictSame([...new Set(wanted)].sort(), ['adopt', 'any', 'in-step', 'stay', 'take'], 'all verdicts were seen')
})

t.test('generations of a living master in turn', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100, 20), key })
  const machine = new Fetching(t, key)
  t.equal((await machine.run([master])).code, 0)
  const steps = [
    {
      title: 'a lower number is not taken',
      offer: signed(key, 99, 21),
      code: 3,
      says: 'it has generation 99, this machine has 100',
    },
    {
      title: 'other content under the same number is not taken',
      offer: signed(key, 100, 21),
      code: 3,
      says: 'under the same number',
    },
    {
      title: 'nothing is taken above what is too large',
      offer: stamped(key, { generation: 2 ** 52 - 2 ** 33, contentTime: 500 }, 21),
      code: 3,
      says: 'too large',
    },
    {
      title: 'content that is not newer is not taken',
      offer: stamped(key, { generation: 101, contentTime: 99 }, 21),
      code: 3,
      says: 'its content is not newer',
    },
    {
      title: 'the same content under a greater number: the number is taken',
      offer: signed(key, 102, 20),
      code: 0,
      says: 'generation 102',
    },
    {
      title: 'what loses too much is not taken',
      offer: signed(key, 103, 5),
      code: 3,
      says: 'lose 15 and change 0 of 20 names of passwd',
    },
    {
      title: 'what loses too much and was forced is taken',
      offer: stamped(key, { generation: 104, contentTime: 104, forcedAt: 103 }, 5),
      code: 0,
      says: 'generation 104: taken',
    },
  ]
  for (const { title, offer, code, says } of steps) {
    const before = machine.snapshot
    master.snapshot = offer
    const run = await machine.run([master])
    t.equal(run.code, code, title)
    t.match(run.stderr, says, title)
    t.strictSame(machine.snapshot?.bytes, code === 0 ? offer.bytes : before?.bytes, title)
  }
  t.equal(
    master.asked.filter(({ path }) => path.startsWith('/1/object/')).length,
    3,
    'only what may be taken is fetched',
  )
})

t.test('what a master has in its history is its own affair', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100, 20), key })
  const machine = new Fetching(t, key)
  await machine.run([master])
  master.serve(signed(key, 101, 5))
  master.history.clear()
  t.equal((await machine.run([master])).code, 3, 'control: not in its history')
  master.history.add(Buffer.from(machine.snapshot?.digest ?? []).toString('hex'))
  t.equal((await machine.run([master])).code, 0)
  t.strictSame(machine.snapshot?.bytes, master.snapshot.bytes)
})

t.test('--force takes what is offered, and a master in conflict is left without it', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100, 20), key, flags: 2 })
  const other = await TestMaster.start(t, { snapshot: signed(key, 90, 20), key })
  const machine = new Fetching(t, key)
  const first = await machine.run([master])
  t.equal(first.code, 3)
  t.match(first.stderr, 'it is in conflict with another master')
  t.equal((await machine.run([master, other])).code, 0, 'another one is asked')
  t.strictSame(machine.snapshot?.bytes, other.snapshot.bytes)
  other.snapshot = signed(key, 80, 1)
  t.equal((await machine.run([other])).code, 3)
  t.equal((await machine.run([other], '--force')).code, 0)
  t.strictSame(machine.snapshot?.bytes, other.snapshot.bytes)
})

t.test('the loss limit counts as that of the proxy', async (t) => {
  const key = clusterKey()
  const master = await TestMaster.start(t, { snapshot: signed(key, 100, 100), key })
  const machine = new Fetching(t, key)
  await machine.run([master])
  for (const [i, users] of [91, 90, 89].entries()) {
    const offer = signed(key, 101 + i, users)
    const losses = lossesOf(differenceOf(signed(key, 100, 100), offer))
    master.snapshot = offer
    const before = machine.snapshot
    const run = await machine.run([master])
    t.equal(run.code, losses.length === 0 ? 0 : 3, `${users} of 100 users: ${run.stderr}`)
    if (before !== undefined && run.code === 0) {
      // The next one is compared with the same copy again.
      master.snapshot = signed(key, 101 + i, 100)
      t.equal((await machine.run([master], '--force')).code, 0)
    }
  }
})
