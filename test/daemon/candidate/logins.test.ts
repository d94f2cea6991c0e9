import t from 'tap'
import { buildCandidate, NO_SNAPSHOTS } from '../../../src/daemon/candidate/candidate.ts'
import { resolveLogins, type WrittenLogins } from '../../../src/daemon/candidate/logins.ts'
import { Snapshot } from '../../../src/resolver/index.ts'
import { accountsOf, clusterOf } from '../../resolver/configs.ts'
import { RULES, sourcesOf } from '../sources.ts'

const CONFIG = `nodes 8
iprange 10.0.0.10 10.0.0.17
class empty kernelimage /boot/vmlinuz
node 1 gpu
node 2 gpu
node 4 gpu
node 5 big
`
const PASSWD = 'ada:x:2000:2000:::\nADA:x:2001:2000:::\nbob:x:2002:2000:::\n'
const KNOWN = { cluster: clusterOf(CONFIG), accounts: accountsOf({ passwd: PASSWD, group: 'physics:x:2000:bob\n' }) }
const AT = { file: 'kickback.toml', line: 12, column: 1, end: 4 }

const written = (key: string, more: Partial<WrittenLogins> = {}): WrittenLogins => ({
  ...{ key, users: [], groups: [], location: AT },
  ...more,
})
const told = (...rules: readonly WrittenLogins[]): string[] =>
  resolveLogins(rules, KNOWN).diagnostics.map(({ severity, code, message, file, line }) => {
    t.same({ file, line }, { file: 'kickback.toml', line: 12 })
    return `${severity} ${code}: ${message}`
  })

t.test('a class is its nodes, a set is the set, and all have who they name', async (t) => {
  const rules = [
    written('gpu', { users: ['bob'] }),
    written('0-1,6-', { groups: ['physics'] }),
    written('all'),
    written('empty'),
  ]
  t.same(
    resolveLogins(rules, KNOWN).rules.map(({ key, nodes }) => [key, nodes]),
    [
      [
        'gpu',
        [
          { first: 1, last: 2 },
          { first: 4, last: 4 },
        ],
      ],
      [
        '0-1,6-',
        [
          { first: 0, last: 1 },
          { first: 6, last: undefined },
        ],
      ],
      ['all', [{ first: 0, last: undefined }]],
      ['empty', []],
    ],
  )
})

t.test('a class that nobody has is an error: its nodes would be open', async (t) => {
  t.same(told(written('gpus')), [
    "error access-unknown-class: no class 'gpus' is in the configuration, and it is no set of nodes; did you mean 'gpu'?",
  ])
  t.match(told(written('9-3')), [/^error access-unknown-class/])
  t.same(told(written('gpu')), [])
  t.same(told(written('big')), [], 'a class that only node lines name')
})

t.test('unknown users and groups, and nodes that do not exist, are warnings', async (t) => {
  t.same(told(written('gpu', { users: ['bob', 'eve', 'root'], groups: ['physics', 'chem'] })), [
    "warning access-unknown-account: the cluster has no user 'eve'",
    "warning access-unknown-account: the cluster has no group 'chem'",
  ])
  t.same(told(written('8-')), ["warning access-no-node: '8-' names no node that exists"])
  t.same(told(written('empty')), ["warning access-no-node: 'empty' names no node that exists"])
})

t.test('a user whose name differs by case alone is named: PAM lets both in', async (t) => {
  t.same(told(written('gpu', { users: ['ada'] })), [
    "warning access-other-case: 'ADA' may log in too: PAM does not tell it from 'ada'",
  ])
})

t.test('a candidate has the rules, and an error refuses it', async (t) => {
  const built = (...logins: readonly WrittenLogins[]) =>
    buildCandidate(
      { sources: sourcesOf(3), rules: { ...RULES, logins }, before: NO_SNAPSHOTS, today: 20_000 },
      () => [],
    )
  const made = built(written('0-1', { users: ['u1'] })).built?.public
  t.same(Snapshot.open(made ?? new Uint8Array()).logins, [
    { key: '0-1', nodes: [{ first: 0, last: 1 }], users: ['u1'], groups: [] },
  ])
  t.equal(built(written('nosuch')).built, undefined)
})
