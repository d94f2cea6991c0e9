import t from 'tap'
import { localIdDiagnostics } from '../../../src/resolver/accounts/local-ids.ts'
import { publicSnapshot } from '../../kickback/cluster.ts'

/** What is said of account files of a node in the small cluster: user1 has the uid 1001, users the gid 100. */
const said = (passwd: string, group = '') =>
  localIdDiagnostics(publicSnapshot(1), {
    passwd: { origin: 'passwd', bytes: Buffer.from(passwd) },
    group: { origin: 'group', bytes: Buffer.from(group) },
  }).map(({ file, line, message, severity }) => `${file}:${line} ${severity} ${message}`)

t.test('a name of the cluster with another id is told, and one with the same id is not', async (t) => {
  t.same(said('root:x:0:0::/:/bin/sh\nuser1:x:1001:100::/:/bin/sh\nuser2:x:200:100::/:/bin/sh\n'), [
    'passwd:3 warning user "user2" has the id 200 on this machine, and 1002 in the cluster',
  ])
  t.same(said('', 'users:x:100:\nwheel:x:10:\n'), [
    'group:2 warning group "wheel" has the id 10 on this machine, and 101 in the cluster',
  ])
})

t.test('an id of the cluster under another name is told', async (t) => {
  t.same(said('munge:x:1003:100::/:/bin/sh\n', 'docker:x:101:\n'), [
    'passwd:1 warning user "munge" has the id 1003 on this machine, which is the id of "user3" in the cluster',
    'group:1 warning group "docker" has the id 101 on this machine, which is the id of "wheel" in the cluster',
  ])
})

t.test('the first line of a name counts, and lines that are no entries say nothing', async (t) => {
  t.same(
    said('user1:x:1001:100::/:/bin/sh\nuser1:x:7:100::/:/bin/sh\n# user2:x:7:\nuser2\nuser3:x:y:1::/:\n+user4:x:9:9\n'),
    [],
  )
  t.same(said(''), [])
})

t.test('no text of a line but its name is told', async (t) => {
  const [only = ''] = said('user1:$6$hash:7:100:secret:/:/bin/sh\n')
  t.match(only, /"user1"/)
  t.notMatch(only, /hash|secret/)
})
