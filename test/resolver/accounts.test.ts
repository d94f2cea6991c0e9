import fc from 'fast-check'
import t from 'tap'
import { accountDiagnosticText } from '../../src/resolver/accountlines.ts'
import { type Accounts, readAccounts } from '../../src/resolver/accounts.ts'
import { accountsOf } from './configs.ts'

const said = (accounts: Accounts): string[] =>
  accounts.diagnostics.map(({ file, span, severity, code }) => `${file}:${span.line} ${severity} ${code}`)
const names = (entries: readonly { readonly name: string }[]): string[] => entries.map((entry) => entry.name)

t.test('system accounts, nobody and 0 stay at home', async (t) => {
  const accounts = accountsOf({
    passwd:
      'root:x:0:0::/root:/bin/sh\ndaemon:x:999:999:::\nann:x:1000:1000:::\nnobody:x:65534:65534:::\nbob:x:70000:1000:::\n',
    group: 'root:x:0:\ndaemon:x:999:\nann:x:1000:root,ann\nnogroup:x:65534:\n',
  })
  t.same(names(accounts.passwd), ['ann', 'bob'])
  t.same(names(accounts.group), ['ann'])
  t.same(accounts.group[0]?.members, ['root', 'ann'])
  t.same(accounts.diagnostics, [])
})

t.test(
  'the floors are those of login.defs: the last line of each counts, octal and hex as its readers take them',
  async (t) => {
    const floors = (loginDefs: string): number[] => {
      const { uidMin, gidMin } = accountsOf({ loginDefs })
      return [uidMin, gidMin]
    }
    t.same(floors(''), [1000, 1000])
    t.same(floors('UID_MIN\t 500\n#GID_MIN 1\n  GID_MIN "100"\nUID_MAX 9\n'), [500, 100])
    t.same(floors('UID_MIN 500\nUID_MIN 600\n'), [600, 1000])
    t.same(floors('UID_MIN 0x1f4\nGID_MIN 0144'), [500, 100])
    const bad = accountsOf({ loginDefs: 'UID_MIN many\nGID_MIN 0\n' })
    t.same([bad.uidMin, bad.gidMin], [1000, 1000])
    t.same(said(bad), ['login.defs:1 warning account-number', 'login.defs:2 warning account-number'])
  },
)

t.test('a low group goes out where it is the primary group of a user who does, and a note says so', async (t) => {
  const accounts = accountsOf({
    passwd: 'ann:x:1000:100:::\nbob:x:1001:65534:::\n',
    group: 'users:x:100:\nother:x:101:\nnogroup:x:65534:\n',
  })
  t.same(names(accounts.passwd), ['ann', 'bob'])
  t.same(names(accounts.group), ['users'])
  t.same(said(accounts), ['group:1 note account-low-group'])
  t.match(accounts.diagnostics[0]?.message, /"users" .*"ann"/)
})

t.test('a user whose primary group is 0 does not go out', async (t) => {
  const accounts = accountsOf({ passwd: 'toor:x:1000:0:::\n', group: 'root:x:0:\n', shadow: 'toor:hash:1:2:3::::\n' })
  t.same([accounts.passwd, accounts.group, accounts.shadow], [[], [], []])
  t.same(said(accounts), ['passwd:1 warning account-root-group'])
})

t.test('settings add system accounts by name or id, but never 0', async (t) => {
  const bytes = (text: string): Buffer => Buffer.from(text)
  const accounts = readAccounts(
    {
      passwd: bytes('root:x:0:0:::\nslurm:x:64:64:::\nmunge:x:65:65:::\nnobody:x:65534:65534:::\nrpc:x:66:66:::\n'),
      group: bytes('root:x:0:\nslurm:x:64:\nwheel:x:10:ann\nmunge:x:65:\n'),
    },
    { users: ['slurm', '65', 'nobody', 'root', '0'], groups: ['wheel', 'root'] },
  )
  t.same(names(accounts.passwd), ['slurm', 'munge', 'nobody'])
  t.same(names(accounts.group), ['slurm', 'wheel', 'munge'])
  t.same(accounts.initgroups, [{ name: 'ann', gids: [10] }])
})

t.test('bad lines are reported with file and line, and cost no other line', async (t) => {
  const accounts = accountsOf({
    passwd: [
      'ann:x:1000:1000:::',
      '# comment',
      '',
      'torn',
      ':x:1001:1001:::',
      'many:x:1002:1002:a:b:c:d',
      'few:x:1003:1003',
      'word:x:one:1003:::',
      'none:x::1003:::',
      'top:x:4294967295:1000:::',
      'last:x:4294967294:1000:::',
      'ann:x:1004:1000:::',
      '+@netgroup::::::',
      '-bob',
      'nul:x:1005:1000:\0::',
      `long:x:1006:1000:${'g'.repeat(65_536)}::`,
      'zed:x:1007:1000:::',
    ].join('\n'),
    group: 'ann:x:1000:\nodd:x\nword:x:one:\nann:x:1001:\n+\nextra:x:1002:a:b\nshort:x:1003\n',
    shadow: 'zed:h:1:2:3\nzed:again:1:2:3::::\nann:h:soon:2:3::::\nlast:h:1\ntop:h:1:2:3::::\n',
  })
  t.same(names(accounts.passwd), ['ann', 'few', 'last', 'zed'])
  t.same(names(accounts.group), ['ann', 'short'])
  t.same(names(accounts.shadow), ['zed'])
  t.equal(accounts.shadow[0]?.passwd, 'h')
  t.same(said(accounts), [
    'passwd:4 warning account-malformed',
    'passwd:5 warning account-malformed',
    'passwd:6 warning account-malformed',
    'passwd:7 warning account-fields',
    'passwd:8 warning account-number',
    'passwd:9 warning account-number',
    'passwd:10 warning account-number',
    'passwd:12 warning account-repeated',
    'passwd:13 note account-nis',
    'passwd:14 note account-nis',
    'passwd:15 warning account-malformed',
    'passwd:16 warning account-too-long',
    'group:2 warning account-malformed',
    'group:3 warning account-number',
    'group:4 warning account-repeated',
    'group:5 note account-nis',
    'group:6 warning account-malformed',
    'group:7 warning account-fields',
    'shadow:1 warning account-fields',
    'shadow:2 warning account-repeated',
    'shadow:3 warning account-malformed',
    'shadow:4 warning account-malformed',
  ])
})

t.test('a diagnostic never shows what may be a hash', async (t) => {
  const hash = '$6$salt$0123456789abcdef0123456789abcdef'
  const accounts = accountsOf({ passwd: `ann:1000:${hash}:1000\n`, shadow: '' })
  const [diagnostic] = accounts.diagnostics
  if (diagnostic === undefined) throw new Error('the line is malformed')
  const text = accountDiagnosticText('/etc/passwd', diagnostic)
  t.equal(text, '/etc/passwd:1:1: warning: what stands there is no id [account-number]')
})

t.test('a record is as long as it may be: 65,535 bytes of strings', async (t) => {
  const line = (gecos: number): string => `a:x:1000:1000:${'g'.repeat(gecos)}:/:/\n`
  const room = 65_535 - 'a\0*\0\0/\0/\0'.length
  t.equal(accountsOf({ passwd: line(room) }).passwd.length, 1)
  t.equal(accountsOf({ passwd: line(room + 1) }).passwd.length, 0)
})

t.test('hashes never reach passwd and group entries', async (t) => {
  const accounts = accountsOf({ passwd: 'ann:$6$hash:1000:1000:::\n', group: 'ann:$6$hash:1000:\n' })
  t.notMatch(JSON.stringify([accounts.passwd, accounts.group, accounts.initgroups]), /hash/)
  t.same([accounts.passwd[0]?.passwd, accounts.group[0]?.passwd], ['*', '*'])
})

t.test(
  'the groups of a user are the exported ones that name the user, each gid once, in the order of the file',
  async (t) => {
    const accounts = accountsOf({
      group: 'b:x:2000:ann,bob\na:x:1000:ann\nlow:x:10:ann\nsame:x:2000:ann,carl\nroot:x:0:ann\ntwice:x:1500:bob,bob\n',
    })
    t.same(accounts.initgroups, [
      { name: 'ann', gids: [2000, 1000] },
      { name: 'bob', gids: [2000, 1500] },
      { name: 'carl', gids: [2000] },
    ])
  },
)

t.test('shadow entries go out for exported users alone; empty numbers and flag are -1 and 0xffffffff', async (t) => {
  const accounts = accountsOf({
    passwd: 'root:x:0:0:::\nann:x:1000:1000:::\nbob:x:1001:1000:::\n',
    shadow: 'root:secret:1:2:3::::\nann:$6$h:19000:0:99999:7:14:20000:1\nbob::::::::\nghost:x:1:2:3::::\n',
  })
  t.same(accounts.shadow, [
    {
      name: 'ann',
      passwd: '$6$h',
      lastChange: 19000,
      min: 0,
      max: 99999,
      warn: 7,
      inactive: 14,
      expire: 20000,
      flag: 1,
    },
    { name: 'bob', passwd: '', lastChange: -1, min: -1, max: -1, warn: -1, inactive: -1, expire: -1, flag: 0xffffffff },
  ])
})

t.test('bytes that are no UTF-8 stay as they are', async (t) => {
  const passwd = Buffer.from('caf\xe9:x:1000:1000:\xff\xfe:/:/\n', 'latin1')
  const [user] = readAccounts({ passwd, group: undefined }).passwd
  t.same([user?.name, user?.gecos], ['caf\xe9', '\xff\xfe'])
})

t.test('any bytes are read without a throw, and what comes out obeys the rules', async () => {
  const piece = fc.constantFrom(
    'ann',
    ':',
    ':x:',
    '1000',
    '0',
    '65534',
    ',',
    '\n',
    '+',
    '#',
    ' ',
    '\0',
    '\xff',
    '4294967295',
    '::::',
  )
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1'))
  const bytes = fc.oneof(text, fc.uint8Array({ maxLength: 200 }))
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, (passwd, group, shadow, loginDefs) => {
      const accounts = readAccounts({ passwd, group, shadow, loginDefs })
      const users = names(accounts.passwd)
      return (
        accounts.passwd.every((user) => user.uid >= accounts.uidMin && user.uid < 0xffffffff && user.gid !== 0) &&
        accounts.group.every((group) => group.gid > 0 && group.gid < 0xffffffff) &&
        new Set(users).size === users.length &&
        accounts.shadow.every((entry) => users.includes(entry.name)) &&
        ![...users, ...names(accounts.group)].some((name) => name === '' || /[:\n\0]/.test(name))
      )
    }),
    { numRuns: 500 },
  )
})

t.test('two who go out with one id are told of, and both go out', async (t) => {
  const accounts = accountsOf({
    passwd: 'a:x:1000:1000:::\nb:x:1000:1000:::\nsys:x:5:5:::\nsys2:x:5:5:::\n',
    group: 'g:x:1000:\nh:x:1001:\ni:x:1001:\n',
  })
  t.same(names(accounts.passwd), ['a', 'b'])
  t.same(said(accounts), ['passwd:2 warning account-same-id', 'group:3 warning account-same-id'])
  t.match(accounts.diagnostics[0]?.message, /"b" has id 1000 of "a"/)
})
