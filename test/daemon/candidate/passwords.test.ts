import t from 'tap'
import { builtPasswords, resolvePasswords, type WrittenPasswords } from '../../../src/daemon/candidate/passwords.ts'
import { PLAIN_RULES } from '../../../src/resolver/accounts/accounts.ts'
import { type Accounts, isGranted, readAccounts, Snapshot } from '../../../src/resolver/index.ts'
import { clusterOf } from '../../resolver/configs.ts'

const CLUSTER = clusterOf(`nodes 8
iprange 10.0.0.10 10.0.0.17
class empty kernelimage /boot/vmlinuz
node 1 login
node 2 login
`)
const PASSWD = `root:x:0:0:::
munge:x:110:110:::
ada:x:2000:2000:::
bob:x:2001:2001:::
eve:x:2002:2000:::
`
const SHADOW = `root:$6$root:1:0:9:7:::
munge:$6$munge:1:0:9:7:::
ada:$6$ada:1:0:9:7:::
bob:!$6$bob:1:0:9:7::12000:
`
const GROUP = 'people:x:2000:\nphysics:x:2005:bob\n'
const AT = { file: 'kickback.toml', line: 7, column: 1, end: 4 }

const accounts = (users: readonly string[] = ['munge']): Accounts =>
  readAccounts(
    { passwd: Buffer.from(PASSWD), group: Buffer.from(GROUP), shadow: Buffer.from(SHADOW) },
    { ...PLAIN_RULES, users },
  )
const written = (key: string, more: Partial<WrittenPasswords> = {}): WrittenPasswords => ({
  ...{ key, users: [], groups: [], isAll: false, location: AT },
  ...more,
})
const granted = (rules: readonly WrittenPasswords[], of = accounts()) =>
  builtPasswords(resolvePasswords(rules, { cluster: CLUSTER, accounts: of }).combinations, of)
const hashes = (bytes: Uint8Array): Record<string, string> => {
  const snapshot = Snapshot.open(bytes)
  return Object.fromEntries([...snapshot.entries('shadow')].map(({ name, passwd }) => [name, passwd]))
}

t.test('nodes that the same rules name share a snapshot, with the hashes of who these rules name', async (t) => {
  const grants = granted([
    written('login', { groups: ['people'] }),
    written('2,5', { users: ['bob'] }),
    written('empty', { isAll: true }),
  ])
  t.same(
    grants.map(({ rules, nodes, users }) => [rules, nodes, users]),
    [
      ['login', [{ first: 1, last: 1 }], ['ada']],
      ['login and 2,5', [{ first: 2, last: 2 }], ['ada', 'bob']],
      ['2,5', [{ first: 5, last: 5 }], ['bob']],
    ],
  )
  const [login = new Uint8Array(), both = new Uint8Array()] = grants.map(({ bytes }) => bytes)
  t.match(hashes(login), { ada: '$6$ada', bob: '*', eve: '*' })
  t.match(hashes(both), { ada: '$6$ada', bob: '!$6$bob', eve: '*' }, 'who is locked travels as he is')
  t.ok(isGranted(Snapshot.open(login)))
})

t.test('hashes of root, of low ids and of system accounts go nowhere, whoever is named', async (t) => {
  const names = ['root', 'munge', 'ada']
  for (const rule of [written('login', { isAll: true }), written('login', { users: names })]) {
    const [grant] = granted([rule])
    const { munge, ada, ...others } = hashes(grant?.bytes ?? new Uint8Array())
    t.same([munge, ada], ['*', '$6$ada'])
    t.notOk('root' in others)
    t.same(grant?.users.includes('munge') || grant?.users.includes('root'), false)
  }
})

t.test('what is wrong with a rule is told with its line', async (t) => {
  const told = (...rules: readonly WrittenPasswords[]): string[] =>
    resolvePasswords(rules, { cluster: CLUSTER, accounts: accounts() }).diagnostics.map(
      ({ severity, code, message, line }) => `${line} ${severity} ${code}: ${message}`,
    )
  t.same(told(written('login', { users: ['ada'], groups: ['people'] }), written('0-', { isAll: true })), [])
  t.same(told(written('logni')), [
    "7 error passwords-unknown-class: no class 'logni' is in the configuration, and it is no set of nodes; did you mean 'login'?",
  ])
  t.same(told(written('9-12')), ["7 warning passwords-no-node: '9-12' names no node that exists"])
  t.same(told(written('all', { users: ['adda', 'munge'], groups: ['chemistry'] })), [
    "7 warning passwords-unknown-account: the cluster has no user 'adda'",
    "7 warning passwords-unknown-account: the cluster has no group 'chemistry'",
    "7 warning passwords-system-account: 'munge' is no ordinary user: its hash goes to no node",
  ])
})

t.test('rules that combine to too many sets of accounts are an error', async (t) => {
  const cluster = clusterOf('nodes 2000\niprange 10.0.0.1 10.0.15.255\n')
  const rules = Array.from({ length: 1025 }, (_, i) => written(String(i), { users: ['ada'] }))
  const { combinations, diagnostics } = resolvePasswords(rules, { cluster, accounts: accounts() })
  t.same([combinations.length, diagnostics.map(({ code }) => code)], [0, ['passwords-too-many']])
})

t.test('without a rule nothing is granted', async (t) => {
  t.same(granted([]), [])
})

t.test('a node that nobody has approved gets no hash, whatever a rule names', async (t) => {
  const lines = 'nodes 3\niprange 10.0.0.10 10.0.0.12\nnode 1 unapproved 2:0:0:0:0:1\n'
  const known = { cluster: clusterOf(lines), accounts: accounts() }
  const { combinations } = resolvePasswords([written('0-2', { isAll: true })], known)
  t.same(
    combinations.flatMap(({ nodes }) => nodes),
    [
      { first: 0, last: 0 },
      { first: 2, last: 2 },
    ],
  )
})
