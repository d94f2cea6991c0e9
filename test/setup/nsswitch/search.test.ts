import t, { type Test } from 'tap'
import { searchOf, systemAnswer } from '../../../src/setup/nsswitch/search.ts'
import { image } from '../image.ts'

const FILE = '/etc/nsswitch.conf'

/** What a machine with these files does with a key. */
function search(
  t: Test,
  files: Readonly<Record<string, string>>,
  database: string,
  typed: string,
  role: 'master' | 'node' = 'node',
) {
  return searchOf(image(t, files), FILE, { database, typed }, role)
}

t.test('a line that names kickback is told as it is, and nothing else where nothing comes first', async (t) => {
  const files = { [FILE]: '# names\nhosts:  files kickback dns\n', '/etc/hosts': '127.0.0.1 localhost\n' }
  t.same(search(t, files, 'hosts', 'n15'), { line: 'hosts:  files kickback dns', asks: true, notes: [] })
})

t.test('an entry in a file of the machine is told with its line, by any of its keys', async (t) => {
  const files = {
    [FILE]: ['hosts', 'passwd', 'group', 'ethers', 'netgroup'].map((name) => `${name}: files kickback\n`).join(''),
    '/etc/hosts': '127.0.0.1 localhost\n127.0.1.1 N15.example n15 # own\n',
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nada:x:1234:1::/:/bin/sh\n',
    '/etc/group': 'n15:x:7:\n',
    '/etc/ethers': '0:1:2:3:4:5 printer\n',
    '/etc/netgroup': 'admins (,ada,)\n',
  }
  const told: readonly (readonly [string, string, string])[] = [
    ['hosts', 'n15', '/etc/hosts:2'],
    ['hosts', '127.0.1.1', '/etc/hosts:2'],
    ['passwd', 'ada', '/etc/passwd:2'],
    ['passwd', '1234', '/etc/passwd:2'],
    ['group', '7', '/etc/group:1'],
    ['ethers', '00:01:02:03:04:05', '/etc/ethers:1'],
    ['netgroup', 'admins', '/etc/netgroup:1'],
  ]
  for (const [database, key, place] of told)
    t.match(search(t, files, database, key).notes, [new RegExp(`^${place} of this machine has ${key}: `)], key)
  for (const [database, key] of [
    ['hosts', 'own'],
    ['passwd', 'x'],
    ['group', 'x'],
    ['netgroup', '(,ada,)'],
  ] as const)
    t.same(search(t, files, database, key).notes, [], `${database} ${key} is in no file`)
})

t.test('what is asked first and waits, remembers or ends the search is told', async (t) => {
  const notes = (line: string, more = {}) =>
    search(t, { [FILE]: `${line}\n`, ...more }, line.split(':')[0] ?? '', 'n15').notes
  t.match(notes('hosts: files resolve [!UNAVAIL=return] kickback'), [
    /^resolve \(systemd-resolved\) is asked first, and can end/,
  ])
  t.match(notes('hosts: dns kickback'), [/^dns is asked first: it asks the network/])
  t.match(notes('hosts: mdns4_minimal [NOTFOUND=return] kickback'), [/^mdns4_minimal is asked first, and can end/])
  t.match(notes('passwd: files sss kickback'), [/^sss \(sssd\) is asked first/])
  t.match(notes('passwd: nis [NOTFOUND=return] kickback'), [/^nis is asked first, and can end the search there$/])
  t.match(notes('passwd: files kickback', { '/run/nscd/socket': '' }), [/^nscd answers first/])
  t.same(notes('hosts: files kickback resolve [!UNAVAIL=return] dns'), [], 'what comes later is no matter')
})

t.test('a line without kickback is told, but for what a master has in its own files', async (t) => {
  const files = { [FILE]: 'hosts: files dns\npasswd: files\n' }
  t.match(search(t, files, 'hosts', 'n15'), { asks: false, notes: [/does not name kickback for hosts: .*nsswitch on/] })
  t.match(search(t, files, 'ethers', 'n15'), { line: undefined, notes: [/has no line ethers/] })
  t.match(search(t, files, 'passwd', 'ada', 'master').notes, [/from its own files.*that is right/])
  t.match(search(t, files, 'passwd', 'ada', 'node').notes, [/does not name kickback for passwd/])
  t.match(search(t, { [FILE]: 'group: files kickback\n' }, 'initgroups', 'ada'), {
    line: 'group: files kickback',
    asks: true,
  })
})

t.test('what programs get is what getent says, and one that hangs is told as that', async (t) => {
  const answer = (code: number | null, stdout = '') =>
    systemAnswer(
      image(t, {}, () => ({ code, stdout })),
      { database: 'hosts', typed: 'n15' },
    )
  t.same(answer(0, '10.0.0.1 n15\n'), { outcome: 'found', text: '10.0.0.1 n15\n' })
  t.same(
    [answer(2).outcome, answer(124).outcome, answer(1).outcome, answer(null).outcome],
    ['missing', 'slow', 'unknown', 'unknown'],
  )
})
