import t from 'tap'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { keyMark } from '../../../src/resolver/index.ts'
import { clusterKey } from '../../keys.ts'
import { trustList } from '../../trust-lists.ts'

const [root, one, two, stranger] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
const message = Buffer.from('said')
const both = trustList({
  number: 2,
  roots: [root],
  signers: [
    [one, 'm1'],
    [two, 'm2'],
  ],
})

t.test('a key alone is believed directly, until there is a list that it signed', async (t) => {
  const trust = new Trust({ key: root.key })
  t.ok(trust.signedBy(message, root.sign(message)))
  t.notOk(trust.signedBy(message, one.sign(message)))
  trust.take(both)
  t.ok(trust.signedBy(message, one.sign(message)))
  t.ok(trust.signedBy(message, two.sign(message), keyMark(two.key)))
  t.notOk(trust.signedBy(message, root.sign(message)), 'a root signs lists alone')
  t.notOk(trust.signedBy(message, stranger.sign(message)))
})

t.test('the mark names the key: another one did not sign it', async (t) => {
  const trust = new Trust({ key: root.key })
  trust.take(both)
  t.notOk(trust.signedBy(message, two.sign(message), keyMark(one.key)))
  t.notOk(trust.signedBy(message, two.sign(message), keyMark(stranger.key)))
  t.notOk(trust.signedBy(message, two.sign(message), new Uint8Array()))
})

t.test(
  'a key that a newer list leaves out is not believed any more, and an older list brings it not back',
  async (t) => {
    const trust = new Trust({ key: root.key })
    trust.take(both)
    let changes = 0
    trust.onChanged(() => changes++)
    trust.take(trustList({ number: 3, roots: [root], signers: [[one, 'm1']], revoked: [[two, 'm2']] }))
    t.notOk(trust.signedBy(message, two.sign(message)))
    t.throws(() => trust.take(both), { code: 'older' })
    t.equal(trust.takeIfProved(both)?.code, 'older')
    t.notOk(trust.signedBy(message, two.sign(message)))
    t.ok(trust.signedBy(message, one.sign(message)), 'control')
    t.equal(changes, 1)
  },
)

t.test('a list is kept before it counts; one that can not be kept does not count', async (t) => {
  const kept: number[] = []
  let isFull = false
  const keep = ({ number }: { readonly number: number }): void => {
    if (isFull) throw new Error('no space left on device')
    kept.push(number)
  }
  const trust = new Trust({ key: root.key, keep })
  trust.take(both)
  trust.take(both)
  t.same(kept, [2], 'the same list again changes nothing')
  isFull = true
  t.throws(() => trust.takeIfProved(trustList({ number: 3, roots: [root] })), /no space/)
  t.equal(trust.list?.number, 2)
})

t.test('without a key any header is believed, and no list is', async (t) => {
  const trust = new Trust({ key: undefined })
  t.equal(trust.takeIfProved(both)?.code, 'unproved')
  t.notOk(trust.signedBy(message, root.sign(message)))
  t.same(trust.roots, [])
})
