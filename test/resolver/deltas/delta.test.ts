import fc from 'fast-check'
import t from 'tap'
import type { PublicContents } from '../../../src/resolver/databases/contents.ts'
import { deltaOf } from '../../../src/resolver/deltas/delta.ts'
import { buildPublic, stamp } from '../../../src/resolver/snapshot/builder.ts'
import { proveSections } from '../../../src/resolver/snapshot/proof.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { accountsOf, configured } from '../configs.ts'
import { publicContents } from '../contents.ts'
import { made } from './made.ts'

const built = (contents: PublicContents): Snapshot => Snapshot.open(buildPublic(contents))

/** What the delta from one to the other makes of the first. */
function remade(before: Snapshot, after: Snapshot): Uint8Array {
  return made(before.bytes, deltaOf(before, after).bytes, after.header)
}

/** So many users; those whose number is in `without` are left out. */
function users(count: number, without: ReadonlySet<number> = new Set(), shell = '/bin/sh'): string {
  const all = Array.from({ length: count }, (_, i) => i).filter((i) => !without.has(i))
  return all.map((i) => `user${i}:x:${1000 + i}:1000:User ${i}:/home/user${i}:${shell}\n`).join('')
}

/** A cluster with so many nodes and these users. */
function cluster(nodes: number, passwd: string, more = ''): Snapshot {
  const config = `nodes ${nodes}\niprange 10.0.0.1 10.0.${(nodes >> 8) + 1}.255\n${more}`
  return configured(config, { accounts: accountsOf({ passwd }) })
}

t.test('a delta makes the later snapshot of the earlier one, whatever both hold', async () => {
  fc.assert(
    fc.property(publicContents, publicContents, (before, after) => {
      const [one, other] = [built(before), built(after)]
      const bytes = remade(one, other)
      proveSections(other.header, bytes)
      return Buffer.compare(bytes, other.bytes) === 0
    }),
    { numRuns: 200 },
  )
})

t.test('so it does where records of any database come, go and change places', async () => {
  const subset = (contents: PublicContents): fc.Arbitrary<PublicContents> =>
    fc.record({
      ...Object.fromEntries(Object.entries(contents).map(([key, value]) => [key, fc.constant(value)])),
      passwd: fc.shuffledSubarray([...contents.passwd]),
      hosts: fc.shuffledSubarray([...contents.hosts]),
      netgroup: fc.subarray([...contents.netgroup]),
      ethers: fc.subarray([...contents.ethers, ...contents.ethers]),
    } as unknown as { [K in keyof PublicContents]: fc.Arbitrary<PublicContents[K]> })
  fc.assert(
    fc.property(
      publicContents.chain((contents) => fc.tuple(subset(contents), subset(contents))),
      ([before, after]) => {
        const other = built(after)
        return Buffer.compare(remade(built(before), other), other.bytes) === 0
      },
    ),
    { numRuns: 300 },
  )
})

t.test('the delta of a small change is small, whatever the size of the cluster', async (t) => {
  const before = cluster(3000, users(3000))
  const changes: readonly (readonly [string, Snapshot])[] = [
    ['one user more, at the end', cluster(3000, users(3001))],
    ['one user less, in the middle', cluster(3000, users(3000, new Set([1234])))],
    ['three users less, apart', cluster(3000, users(3000, new Set([5, 1500, 2990])))],
    ['one node more', cluster(3001, users(3000))],
    [
      'one device more',
      cluster(3000, users(3000), 'hostrange 10.1.0.1 10.1.0.9\nhost 00:11:22:33:44:55 10.1.0.2 pdu\n'),
    ],
    ['nothing', cluster(3000, users(3000))],
  ]
  for (const [what, after] of changes) {
    const delta = deltaOf(before, after).bytes
    t.equal(Buffer.compare(made(before.bytes, delta, after.header), after.bytes), 0, what)
    t.ok(delta.length < 4096, `${what}: ${delta.length} bytes, the snapshot has ${after.bytes.length}`)
    t.equal(Buffer.compare(made(after.bytes, deltaOf(after, before).bytes, before.header), before.bytes), 0, 'and back')
  }
})

t.test('where each record changes the delta is no larger than the snapshot', async (t) => {
  const [before, after] = [cluster(300, users(300)), cluster(300, users(300, new Set(), '/bin/zsh'))]
  const delta = deltaOf(before, after).bytes
  t.equal(Buffer.compare(made(before.bytes, delta, after.header), after.bytes), 0)
  t.ok(delta.length < after.bytes.length)
})

t.test('the header has no part in it: generations with the same contents have the same delta', async (t) => {
  const [before, after] = [cluster(3, users(3)), cluster(4, users(3))]
  const stamped = Buffer.from(after.bytes)
  stamp(stamped, { generation: 1_234_567_890, contentTime: 99, forcedAt: 7 }, () => Buffer.alloc(64, 1))
  t.same(deltaOf(before, Snapshot.open(stamped)), deltaOf(before, after))
})
