import t from 'tap'
import { shadowedEntries } from '../../src/setup/shadowed.ts'
import { publicSnapshot } from '../kickback/cluster.ts'
import { image } from './image.ts'

t.test('names and ids of the machine that hide those of the cluster are told, with both sides', async (t) => {
  const machine = image(t, {
    '/etc/passwd':
      'root:x:0:0::/root:/bin/sh\nuser1:x:5000:100::/:/bin/sh\nalice:x:1002:100::/:/bin/sh\nuser3:x:1003:100::/:/bin/sh\nbroken\n',
    '/etc/group': 'root:x:0:\nstaff:x:101:\n',
    '/etc/hosts': '127.0.0.1 localhost\n127.0.1.1 N1.cluster n1 # set by the installer\n10.0.0.12 n2\nnonsense n3\n',
  })
  t.same(shadowedEntries(machine, publicSnapshot(1)), [
    '/etc/passwd hides 3 users of the cluster: user1 (5000 here, 1001 in the cluster), 1002 (alice here, user2 in the cluster), user3 (the same id)',
    '/etc/group hides 1 group of the cluster: 101 (staff here, wheel in the cluster)',
    '/etc/hosts hides 1 host name of the cluster: n1 (127.0.1.1 here, 10.0.0.11 in the cluster)',
  ])
})

t.test('many are counted, and some named', async (t) => {
  const lines = Array.from({ length: 9 }, (_, i) => `user${i + 1}:x:${7000 + i}:1::/:/bin/sh\n`).join('')
  const [users] = shadowedEntries(image(t, { '/etc/passwd': lines }), publicSnapshot(1, 9))
  t.match(users, /^\/etc\/passwd hides 9 users of the cluster: user1 .*, and 4 more$/)
})

t.test('a machine with accounts of its own hides nothing', async (t) => {
  const machine = image(t, { '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n' })
  t.same(shadowedEntries(machine, publicSnapshot(1)), [])
})
