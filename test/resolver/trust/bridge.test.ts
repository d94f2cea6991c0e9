import t from 'tap'
import { keyMark } from '../../../src/resolver/index.ts'
import {
  BRIDGE_MAX,
  type Bridge,
  bridgeAfter,
  bridgeBytes,
  bridgeFrom,
  bridgeInto,
  crossedBridge,
  parseBridge,
} from '../../../src/resolver/trust/bridge.ts'
import { parseTrustList, type TrustList } from '../../../src/resolver/trust/list.ts'
import { type ClusterKey, clusterKey } from '../../keys.ts'
import { type ListParts, trustList } from '../../trust-lists.ts'

const [oldest, middle, newest, stranger] = [clusterKey(), clusterKey(), clusterKey(), clusterKey()]
const [master, other] = [clusterKey(), clusterKey()]
const made = (parts: ListParts): TrustList => parseTrustList(trustList(parts))
const marks = (...keys: readonly ClusterKey[]) => new Set(keys.map(({ key }) => keyMark(key).toString('hex')))
const bytesOf = (lists: Bridge): Buffer[] => lists.map(({ bytes }) => bytes)

const first = made({ number: 1, roots: [oldest], signers: [[master, 'm1']] })
const begun = made({ number: 2, roots: [middle, oldest], signers: [[master, 'm1']] })
const ended = made({ number: 3, roots: [middle], revoked: [[oldest, 'root']] })
const between = made({ number: 4, roots: [middle], signers: [[other, 'm2']], revoked: [[oldest, 'root']] })
const again = made({ number: 5, roots: [newest, middle], revoked: [[oldest, 'root']] })
const last = made({
  ...{ number: 6, roots: [newest], signers: [[other, 'm2']] },
  revoked: [
    [oldest, 'root'],
    [middle, 'root'],
  ],
})
/** A bridge as a master has it that took these lists one after the other. */
function bridgeOver(lists: readonly TrustList[]): Bridge {
  return lists.reduce<{ bridge: Bridge; held: TrustList | undefined }>(
    ({ bridge, held }, list) => ({ bridge: bridgeAfter(bridge, held, list), held: list }),
    { bridge: [], held: undefined },
  ).bridge
}
const bridge = bridgeOver([first, begun, ended, between, again, last])
/** Crosses to `last` over these. */
const cross = (over: readonly TrustList[], roots: readonly ClusterKey[], held?: TrustList) =>
  crossedBridge(
    [...bytesOf(over), last.bytes],
    roots.map(({ key }) => key),
    held,
  )

t.test('a bridge has the lists that changed the roots, and no others', async (t) => {
  t.same(
    bridge.map(({ number }) => number),
    [2, 3, 5, 6],
  )
  const led = (...keys: readonly ClusterKey[]) => bridgeFrom(bridge, last, marks(...keys)).map(({ number }) => number)
  t.same(led(oldest), [2, 3, 5])
  t.same(led(newest), [], 'who believes the root of the list needs none')
  t.same(led(stranger), [])
  t.same(led(middle, stranger), [5])
})

t.test('who knows the oldest root alone is led to the newest list, one list after the other', async (t) => {
  t.throws(() => cross([], [oldest]), { code: 'unproved' }, 'control: the list alone proves nothing')
  const { list, passed } = cross(bridgeFrom(bridge, last, marks(oldest)), [oldest])
  t.equal(list.number, 6)
  t.same(
    passed.map(({ number }) => number),
    [2, 3, 5],
  )
  t.equal(cross(bridgeFrom(bridge, last, marks(middle)), [oldest, middle], begun).list.number, 6)
  t.equal(
    cross(
      [stranger, stranger].map(() => first),
      [newest],
    ).list.number,
    6,
    'who needs none looks at none',
  )
})

t.test('each list has to be signed by a root of the one before', async (t) => {
  const whole = bridgeFrom(bridge, last, marks(oldest))
  for (const [i] of whole.entries()) {
    const gap = whole.filter((_, at) => at !== i)
    // The list that ends a rotation may be left out: the one before has the new root already.
    if (whole[i] === ended) t.equal(cross(gap, [oldest]).list.number, 6)
    else t.throws(() => cross(gap, [oldest]), { code: 'unproved' }, `without list ${whole[i]?.number}`)
  }
  const forged = made({ number: 3, roots: [stranger, middle], by: [stranger] })
  t.throws(() => cross([begun, forged, again], [oldest]), { code: 'unproved' }, 'a root introduces itself')
  t.throws(() => cross(whole.toReversed(), [oldest]), /./, 'in the wrong order')
})

t.test('a root that was revoked leads nowhere, and does not come back', async (t) => {
  const thief = made({ number: 9, roots: [stranger, oldest], signers: [[master, 'm9']], by: [oldest] })
  const theirs = made({ number: 10, roots: [stranger] })
  const crossing = (over: readonly TrustList[], to: TrustList, roots: readonly ClusterKey[], held?: TrustList) => () =>
    crossedBridge(
      [...bytesOf(over), to.bytes],
      roots.map(({ key }) => key),
      held,
    )
  t.throws(crossing([thief], theirs, [middle], ended), { code: 'unproved' }, 'to who holds the list that revoked it')
  t.throws(crossing([begun, ended, thief], theirs, [oldest]), { code: 'unproved' }, 'behind the list that revoked it')
  const back = made({ number: 7, roots: [middle, oldest], by: [middle] })
  t.throws(crossing([begun, ended], back, [oldest]), /was revoked/)
  t.throws(crossing([], back, [middle], ended), /was revoked/, 'by one list alone neither')
  const later = made({ number: 8, roots: [oldest], by: [newest] })
  const forgets = made({ number: 7, roots: [newest] })
  t.throws(crossing([begun, ended, again, forgets], later, [oldest]), /was revoked/, 'who revoked it may forget that')
  t.equal(crossing([thief], theirs, [oldest])().list.number, 10, 'control: who never heard of it is not protected')
})

t.test('numbers grow on the way, and what is held is not gone back behind', async (t) => {
  const lower = made({ number: 1, roots: [middle], by: [oldest] })
  t.throws(() => cross([begun, lower], [oldest]), { code: 'older' })
  const held = made({ number: 7, roots: [oldest] })
  t.throws(() => cross(bridgeFrom(bridge, last, marks(oldest)), [oldest], held), { code: 'older' })
})

t.test('a bridge has a bound, for who keeps it and for who is given it', async (t) => {
  const keys = Array.from({ length: BRIDGE_MAX.lists + 5 }, clusterKey)
  const lists = keys.map((key, i) => made({ number: i + 1, roots: [key], by: [keys[i - 1] ?? key] }))
  const kept = bridgeOver(lists)
  t.equal(kept.length, BRIDGE_MAX.lists)
  t.equal(kept.at(-1)?.number, lists.length, 'the oldest go')
  const padded = (number: number, key: ClusterKey, by: ClusterKey): TrustList =>
    made({ number, roots: [key], by: [by], revoked: Array.from({ length: 64 }, () => [clusterKey(), 'x'.repeat(200)]) })
  const large = keys.slice(0, 8).map((key, i) => padded(i + 1, key, keys[i - 1] ?? key))
  const total = (all: Bridge): number => all.reduce((sum, { bytes }) => sum + bytes.length, 0)
  t.ok(total(large) > BRIDGE_MAX.bytes, 'control')
  t.ok(total(bridgeOver(large)) <= BRIDGE_MAX.bytes)
  const [start] = keys
  if (start === undefined) return
  for (const long of [lists, large]) {
    const all = bytesOf(long)
    const end = all.at(-1) ?? Buffer.alloc(0)
    t.throws(() => crossedBridge([...all.slice(0, -1), end], [start.key]), { code: 'format' }, 'not looked at')
  }
})

t.test('a bridge is read back as it was kept, and of another one no more than what leads here', async (t) => {
  t.same(bytesOf(parseBridge(bridgeBytes(bridge))), bytesOf(bridge))
  t.same(parseBridge(Buffer.alloc(0)), [])
  t.throws(() => parseBridge(Buffer.concat([first.bytes, Buffer.from('kickback trust 1\n')])), { code: 'format' })
  t.throws(() => parseBridge(Buffer.alloc(200_000, 'x')), { code: 'format' })
  t.same(bytesOf(bridgeInto(bridge, last)), bytesOf(bridge))
  const foreign = made({ number: 2, roots: [stranger] })
  t.same(
    bridgeInto([foreign, ...bridge], last).map(({ number }) => number),
    [2, 3, 5, 6],
  )
  t.same(bridgeInto([foreign], last), [])
  t.same(bridgeInto([...bridge, made({ number: 9, roots: [newest] })], last), [], 'a later list leads nowhere')
})

t.test('a list that no root of the one before signed begins another cluster', async (t) => {
  t.same(bridgeAfter(bridge, last, made({ number: 9, roots: [stranger] })), [])
  t.same(bridgeAfter(bridge, last, first), bridge, 'an older one changes nothing')
})
