// Nothing that a damaged snapshot holds may hurt what answers from it.
import fc from 'fast-check'
import t from 'tap'
import { mayAsk } from '../../../src/resolver/access.ts'
import { answer, masterOf, selfOf } from '../../../src/resolver/answers/answers.ts'
import { EXPORTS, exportedLines } from '../../../src/resolver/answers/export.ts'
import { inNetgroup } from '../../../src/resolver/answers/membership.ts'
import { askersOwn } from '../../../src/resolver/answers/spellings.ts'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import type { DatabaseName } from '../../../src/resolver/databases/table.ts'
import { HEADER } from '../../../src/resolver/layout.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { differenceOf } from '../../../src/resolver/snapshot/difference.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { ip, mac } from '../../addresses.ts'
import { accountsOf, sourcesOf } from '../configs.ts'
import { unlessDamaged } from '../damage.ts'

const whole = buildPublic(
  publicContents(
    sourcesOf(
      `
nodes 6
iprange 10.0.0.1 10.0.0.6
nodename n%N
nodename n%3N-ib 0.1.0.0
interface eth1 10.9.0.1 255.255.0.0
masterorder 0-2 10.9.0.2
node 0 0:0:0:0:0:1
class diskless kernelimage none
hostrange pdus 10.2.0.1 10.2.0.9
host 0:0:0:0:0:9 10.2.0.1 pdu1 strip
`,
      {
        accounts: accountsOf({
          passwd: 'ann:x:1000:1000:A:/a:/b\nbob:x:1001:1000:::\n',
          group: 'ann:x:1000:bob\ndev:x:2000:ann,bob\n',
        }),
      },
    ),
  ),
)

const QUESTIONS: readonly [DatabaseName, Parameters<typeof answer>[2]][] = [
  ...['n5', '.5', 'n0005', 'n003-ib', 'pdu1', 'strip.cluster.internal.', 'master', 'nope'].map(
    (name): [DatabaseName, { name: string }] => ['hosts', { name }],
  ),
  ['hosts', { address: ip('10.0.0.3').bytes }],
  ['ethers', { name: '.0' }],
  ['ethers', { mac: mac('0:0:0:0:0:9') }],
  ['passwd', { name: 'ann' }],
  ['passwd', { id: 1001 }],
  ['group', { name: 'dev' }],
  ['group', { id: 1000 }],
  ['initgroups', { name: 'bob' }],
  ['netgroup', { name: 'cluster' }],
]

/** Asks everything there is to ask. */
function askAll(snapshot: Snapshot): void {
  for (const [database, key] of QUESTIONS) unlessDamaged(() => answer(snapshot, database, key))
  for (const address of ['10.0.0.1', '10.1.0.1', '10.2.0.1', '8.8.8.8'].map((text) => ip(text).bytes)) {
    unlessDamaged(() => selfOf(snapshot, [address]))
    unlessDamaged(() => masterOf(snapshot, [address]))
    unlessDamaged(() => mayAsk(snapshot, { via: 'network', address }, 'passwd', { allow: [] }))
  }
  unlessDamaged(() => askersOwn(snapshot, 'self.cluster.internal'))
  unlessDamaged(() => inNetgroup(snapshot, 'cluster', { host: 'n1' }))
  unlessDamaged(() => differenceOf(Snapshot.open(whole), snapshot))
  for (const database of EXPORTS) unlessDamaged(() => [...exportedLines(snapshot, database)])
}

t.test('a whole snapshot answers all of it', async (t) => {
  const snapshot = Snapshot.open(whole)
  for (const [database, key] of QUESTIONS) {
    if (!('name' in key) || !['nope', 'master'].includes(key.name))
      t.ok(answer(snapshot, database, key), JSON.stringify(key))
  }
})

t.test('flipped, overwritten and cut bytes make a SnapshotError or a wrong answer, never another throw', async () => {
  const wound = fc.record({
    at: fc.nat(whole.length - 1),
    value: fc.constantFrom(0, 1, 2, 8, 0x7f, 0x80, 0xff),
    length: fc.integer({ min: 1, max: 8 }),
  })
  fc.assert(
    fc.property(fc.array(wound, { minLength: 1, maxLength: 6 }), fc.option(fc.nat(whole.length)), (wounds, cut) => {
      const bytes = Buffer.from(whole)
      for (const { at, value, length } of wounds) bytes.fill(value, at, Math.min(at + length, bytes.length))
      const damaged = cut === null ? bytes : bytes.subarray(0, cut)
      if (cut !== null && cut >= HEADER.size) damaged.writeBigUInt64LE(BigInt(cut), HEADER.at.size)
      unlessDamaged(() => askAll(Snapshot.open(damaged)))
    }),
    { numRuns: 1500 },
  )
})

t.test('each single byte set to 255 or 0 hurts nothing', async () => {
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 0xff]) {
      const bytes = Buffer.from(whole)
      bytes[at] = value
      unlessDamaged(() => askAll(Snapshot.open(bytes)))
    }
  }
})
