import t from 'tap'
import { Handshakes } from '../../../../src/kickback/service/shares/handshakes.ts'
import { HandClock } from '../../../clocks.ts'

/** Handshakes on a clock that stands still; each says when it begins, and ends when the test lets it. */
function line() {
  const clock = new HandClock()
  const handshakes = new Handshakes(clock)
  const begun: string[] = []
  const ends: (() => void)[] = []
  const wait = (source: string, isRoot = false): (() => void) =>
    handshakes.wait(source, isRoot, () => {
      begun.push(source)
      return new Promise((resolve) => ends.push(resolve))
    })
  const endAll = async (): Promise<void> => {
    for (const end of ends.splice(0)) end()
    await new Promise(setImmediate)
  }
  return { clock, handshakes, begun, wait, endAll }
}

t.test('after a rest a few begin at once; then so many in a second and no more', async (t) => {
  const { clock, handshakes, begun, wait, endAll } = line()
  for (let i = 0; i < 1000; i++) wait(`n${i}`)
  const atOnce = begun.length
  t.ok(atOnce > 0 && atOnce <= 20, `${atOnce} at once`)
  for (let i = 0; i < 100; i++) {
    await endAll()
    clock.turn(10)
  }
  t.ok(begun.length - atOnce <= 200, `${begun.length} after a second`)
  t.ok(begun.length - atOnce >= 150, 'and not many fewer')
  t.equal(handshakes.waiting, 1000 - begun.length)
})

t.test('one source with many takes its turns as one with few does', async (t) => {
  const { clock, begun, wait, endAll } = line()
  for (let i = 0; i < 500; i++) wait('greedy')
  wait('modest')
  for (let i = 0; i < 20; i++) {
    clock.turn(10)
    await endAll()
  }
  t.ok(begun.includes('modest'), 'it did not wait for all of the others')
})

t.test('one source has only a few under way', async (t) => {
  const { clock, begun, wait, endAll } = line()
  for (let i = 0; i < 50; i++) wait('slow')
  clock.turn(1000)
  const before = begun.length
  t.equal(before, 4)
  wait('other')
  t.equal(begun.at(-1), 'other', 'others do not wait for it')
  await endAll()
  clock.turn(1000)
  t.ok(begun.length > before + 1, 'the end of some lets others begin')
})

t.test('those who begin and say nothing hold up as many as may be under way, and no more are begun', async (t) => {
  const { clock, begun, wait, endAll } = line()
  for (let i = 0; i < 1000; i++) wait(`n${i}`, true)
  for (let i = 0; i < 100; i++) clock.turn(100)
  t.equal(begun.length, 256)
  await endAll()
  clock.turn(100)
  t.ok(begun.length > 256)
})

t.test('users of many nodes who begin and say nothing take no place of root', async (t) => {
  const { clock, begun, wait, endAll } = line()
  for (let i = 0; i < 1000; i++) for (let j = 0; j < 4; j++) wait(`user${i}`)
  for (let i = 0; i < 100; i++) clock.turn(100)
  t.equal(begun.length, 128)
  wait('node', true)
  t.equal(begun.at(-1), 'node', 'root begins at once')
  for (let i = 0; i < 500; i++) wait(`node${i}`, true)
  for (let i = 0; i < 100; i++) clock.turn(100)
  t.equal(begun.length, 256)
  await endAll()
  clock.turn(1000)
  t.ok(
    begun.slice(256).some((source) => source.startsWith('user')),
    'the end of some lets others of them begin',
  )
})

t.test('root goes first, and the others are not forgotten', async (t) => {
  const { clock, begun, wait, endAll } = line()
  for (let i = 0; i < 200; i++) wait(`user${i}`)
  for (let i = 0; i < 200; i++) wait(`root${i}`, true)
  const from = begun.length
  for (let i = 0; i < 10; i++) {
    clock.turn(50)
    await endAll()
  }
  const after = begun.slice(from)
  const roots = after.filter((source) => source.startsWith('root')).length
  t.ok(roots >= after.length * 0.7, `${roots} of ${after.length}`)
  t.ok(roots < after.length)
})

t.test('who goes while it waits is out of the line', async (t) => {
  const { clock, handshakes, begun, wait } = line()
  for (let i = 0; i < 20; i++) wait(`n${i}`)
  const leave = wait('gone')
  wait('stays')
  leave()
  clock.turn(1000)
  t.notOk(begun.includes('gone'))
  t.ok(begun.includes('stays'))
  t.equal(handshakes.waiting, 0)
})

t.test('a handshake that fails in an unexpected way lets others begin', async (t) => {
  const clock = new HandClock()
  const handshakes = new Handshakes(clock)
  let begun = 0
  for (let i = 0; i < 40; i++) {
    handshakes.wait('one', false, async () => {
      begun++
      throw new Error('unexpected')
    })
  }
  for (let i = 0; i < 100; i++) {
    clock.turn(10)
    await new Promise(setImmediate)
  }
  t.equal(begun, 40)
})
