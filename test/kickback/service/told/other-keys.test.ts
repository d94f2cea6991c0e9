import t from 'tap'
import { OtherKeys } from '../../../../src/kickback/service/told/other-keys.ts'
import { keyMark, parseTrustList } from '../../../../src/resolver/index.ts'
import { HandClock } from '../../../clocks.ts'
import { clusterKey } from '../../../keys.ts'
import { trustList } from '../../../trust-lists.ts'

const { key: signing } = clusterKey()
const OURS = keyMark(signing)
const THEIRS = Uint8Array.from(OURS, (byte) => byte ^ 7)

function made() {
  const clock = new HandClock()
  const warned: string[] = []
  const log = { warn: ({ machine }: { machine?: string }) => void warned.push(machine ?? '') }
  return { clock, warned, keys: new OtherKeys({ keys: { signing, list: undefined }, clock, log }) }
}

t.test('a machine with another key is told once, as long as it is so', async (t) => {
  const { clock, warned, keys } = made()
  for (let i = 0; i < 4; i++) {
    keys.note('node 10.0.0.5', THEIRS)
    clock.turn(60_000)
  }
  t.same([keys.all, warned], [['node 10.0.0.5'], ['node 10.0.0.5']])
  keys.note('node 10.0.0.5', OURS)
  t.same(keys.all, [], 'it was put right')
  clock.turn(120_001)
  keys.note('node 10.0.0.5', THEIRS)
  t.equal(warned.length, 2)
})

t.test('a machine that goes back and forth between two keys does not fill the log', async (t) => {
  const { clock, warned, keys } = made()
  for (let i = 0; i < 1000; i++) {
    keys.note('node 10.0.0.5', THEIRS)
    t.same(keys.all, ['node 10.0.0.5'])
    keys.note('node 10.0.0.5', OURS)
    t.same(keys.all, [])
    clock.turn(500)
  }
  t.equal(warned.length, 1)
})

t.test('who is heard of no more is forgotten', async (t) => {
  const { clock, keys } = made()
  keys.note('node 10.0.0.5', THEIRS)
  clock.turn(120_001)
  t.same(keys.all, [])
})

t.test('however many there are and however often they tell, so many are remembered, each logged once', async (t) => {
  const { clock, warned, keys } = made()
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 1000; i++) keys.note(`node ${i}`, THEIRS)
    clock.turn(30_000)
  }
  t.equal(keys.all.length, 64)
  t.same(warned, keys.all)
  keys.note('node 0', OURS)
  keys.note('node 999', THEIRS)
  t.equal(keys.all.at(-1), 'node 999', 'who is put right makes room')
})

t.test('who believes a root from which the lists of this master lead on is about to take its list', async (t) => {
  const [old, root, stranger] = [clusterKey(), clusterKey(), clusterKey()]
  const link = parseTrustList(trustList({ number: 1, roots: [root], by: [old, root] }))
  const list = parseTrustList(trustList({ number: 2, roots: [root] }))
  const warned: string[] = []
  const log = { warn: ({ machine }: { machine?: string }) => void warned.push(machine ?? '') }
  const of = (bridge: readonly (typeof link)[]) =>
    new OtherKeys({ keys: { signing, list, bridge }, clock: new HandClock(), log })
  of([link]).note('led', keyMark(old.key))
  of([link]).note('foreign', keyMark(stranger.key))
  of([]).note('not led', keyMark(old.key))
  t.same(warned, ['foreign', 'not led'])
})
