import fc from 'fast-check'
import t from 'tap'
import { readAccounts } from '../../../src/resolver/accounts/accounts.ts'
import { exportedLines } from '../../../src/resolver/answers/export.ts'
import type { DatabaseName } from '../../../src/resolver/databases/table.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { anyCluster } from '../clusters.ts'
import { accountsOf, configured, fileOf, snapshotOf, sourcesOf } from '../configs.ts'

const exported = (snapshot: Snapshot, database: DatabaseName): string => [...exportedLines(snapshot, database)].join('')

t.test('the guide’s example as files', async (t) => {
  const accounts = accountsOf({
    passwd: 'ann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\n',
    group: 'ann:x:1000:\ndev:x:2000:ann,root\n',
  })
  const snapshot = configured(fileOf('examples/config'), { accounts })
  t.equal(exported(snapshot, 'passwd'), 'ann:*:1000:1000:Ann,,,:/home/ann:/bin/sh\n')
  t.equal(exported(snapshot, 'group'), 'ann:*:1000:\ndev:*:2000:ann,root\n')
  t.match(exported(snapshot, 'hosts'), /^10\.20\.30\.5 smartswitch\n10\.20\.30\.90 pdu1\n/)
  t.match(exported(snapshot, 'ethers'), /^0:a0:d1:e9:87:ca smartswitch\n/)
  t.match(exported(snapshot, 'netgroup'), /^cluster \(n0,-,\) \(n0\.cluster\.internal,-,\) \(n1,-,\)/)
  t.match(exported(snapshot, 'netgroup'), /\nmemtest\n/)
})

t.test('a device with several addresses has a line for each, with the aliases of that line', async (t) => {
  const snapshot = configured(
    'hostrange 10.0.0.1 10.0.0.9\nhostrange fd00::1 fd00::9\nhost 0:0:0:0:0:1 10.0.0.1 disk raid\nhost 0:0:0:0:0:2 fd00::1 disk\n',
  )
  t.equal(exported(snapshot, 'hosts'), '10.0.0.1 disk raid\nfd00::1 disk\n')
})

t.test('exported accounts read again are the same accounts', async () => {
  const word = fc
    .string({ unit: fc.constantFrom('a', 'b', '\xe9', '-', '.', ' '), maxLength: 5 })
    .map((text) => `x${text}y`)
  const id = fc.integer({ min: 1000, max: 1010 })
  const user = fc
    .tuple(word, id, id, word, word)
    .map(([name, uid, gid, gecos, dir]) => `${name}:x:${uid}:${gid}:${gecos}:${dir}:\n`)
  const group = fc
    .tuple(word, id, fc.array(word, { maxLength: 3 }))
    .map(([name, gid, members]) => `${name}:x:${gid}:${members}\n`)
  const file = (lines: readonly string[]): Buffer => Buffer.from(lines.join(''), 'latin1')
  fc.assert(
    fc.property(fc.array(user, { maxLength: 8 }), fc.array(group, { maxLength: 8 }), (users, groups) => {
      const first = readAccounts({ passwd: file(users), group: file(groups) })
      const snapshot = snapshotOf(sourcesOf('', { accounts: first }))
      const [passwd, regroup] = [exported(snapshot, 'passwd'), exported(snapshot, 'group')].map((text) => file([text]))
      const again = snapshotOf(sourcesOf('', { accounts: readAccounts({ passwd, group: regroup }) }))
      return Buffer.from(again.digest).equals(snapshot.digest)
    }),
    { numRuns: 200 },
  )
})

t.test('in any cluster each address, MAC and netgroup has one line', async () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const snapshot = snapshotOf({ ...sourcesOf(''), cluster })
      const lines = (database: DatabaseName): number => exported(snapshot, database).split('\n').length - 1
      const addresses = Array.from(snapshot.entries('hosts'), (host) => host.addresses).flat()
      return (
        lines('hosts') === addresses.length &&
        lines('ethers') === snapshot.count('ethers') &&
        lines('netgroup') === snapshot.count('netgroup')
      )
    }),
    { numRuns: 50 },
  )
})
