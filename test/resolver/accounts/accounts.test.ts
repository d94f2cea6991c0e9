import fc from 'fast-check'
import t from 'tap'
import { formatDiagnostic } from '../../../src/config/index.ts'
import { type Accounts, PLAIN_RULES, readAccounts } from '../../../src/resolver/accounts/accounts.ts'
import { accountsOf, snapshotOf, sourcesOf } from '../configs.ts'

const said = (accounts: Accounts): string[] =>
  accounts.diagnostics.map(({ file, line, severity, code }) => `${file}:${line} ${severity} ${code}`)
const names = (entries: readonly { readonly name: string }[]): string[] => entries.map((entry) => entry.name)

/** What is said beside the summary of accounts below the least id. */
const saidOfOthers = (accounts: Accounts): string[] => said(accounts).filter((text) => !text.endsWith('account-below'))

t.test('system accounts, nobody and 0 are not exported; one note for each file says so', async (t) => {
  const accounts = accountsOf({
    passwd:
      'root:x:0:0::/root:/bin/sh\ndaemon:x:999:999:::\nann:x:1000:1000:::\nnobody:x:65534:65534:::\nbob:x:60000:1000:::\n',
    group: 'root:x:0:\ndaemon:x:999:\nann:x:1000:root,ann\nnogroup:x:65534:\n',
  })
  t.same(names(accounts.passwd), ['ann', 'bob'])
  t.same(names(accounts.group), ['ann'])
  t.same(accounts.group[0]?.members, ['root', 'ann'])
  t.same(said(accounts), ['passwd:1 note account-below', 'group:1 note account-below'])
  t.match(accounts.diagnostics[0]?.message, /^3 users below UID_MIN 1000, or 65534, .*: "root", "daemon", "nobody";/)
})

t.test(
  'the floors are those of login.defs: the last line of each counts, octal and hex as its readers take them',
  async (t) => {
    const floors = (loginDefs: string): number[] => {
      const { uidMin, gidMin } = accountsOf({ loginDefs })
      return [uidMin, gidMin]
    }
    t.same(floors(''), [1000, 1000])
    t.same(floors('UID_MIN\t 500\n#GID_MIN 1\n  GID_MIN "100"\n'), [500, 100])
    t.same(floors('UID_MIN 500\nUID_MIN 600\n'), [600, 1000])
    t.same(floors('UID_MIN 0x1f4\nGID_MIN 0144'), [500, 100])
    const bad = accountsOf({ loginDefs: 'UID_MIN many\nGID_MIN 0\n' })
    t.same([bad.uidMin, bad.gidMin], [1000, 1000])
    t.same(said(bad), ['login.defs:1 warning account-number', 'login.defs:2 warning account-number'])
  },
)

t.test('a low group is exported where it is the primary group of a user who is, and a note says so', async (t) => {
  const accounts = accountsOf({
    passwd: 'ann:x:1000:100:::\nbob:x:1001:65534:::\n',
    group: 'users:x:100:\nother:x:101:\nnogroup:x:65534:\n',
  })
  t.same(names(accounts.passwd), ['ann', 'bob'])
  t.same(names(accounts.group), ['users'])
  t.same(saidOfOthers(accounts), ['group:1 note account-low-group'])
  t.match(accounts.diagnostics[0]?.message, /"users" .*"ann"/)
})

t.test('a user whose primary group is 0 is not exported', async (t) => {
  const accounts = accountsOf({ passwd: 'toor:x:1000:0:::\n', group: 'root:x:0:\n', shadow: 'toor:hash:1:2:3::::\n' })
  t.same([accounts.passwd, accounts.group, accounts.shadow], [[], [], []])
  t.same(saidOfOthers(accounts), ['passwd:1 warning account-root-group'])
})

t.test('settings add system accounts by name or id, but never 0', async (t) => {
  const bytes = (text: string): Buffer => Buffer.from(text)
  const accounts = readAccounts(
    {
      passwd: bytes('root:x:0:0:::\nslurm:x:64:64:::\nmunge:x:65:65:::\nnobody:x:65534:65534:::\nrpc:x:66:66:::\n'),
      group: bytes('root:x:0:\nslurm:x:64:\nwheel:x:10:ann\nmunge:x:65:\n'),
    },
    { ...PLAIN_RULES, users: ['slurm', '65', 'nobody', 'root', '0'], groups: ['wheel', 'root'] },
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
      'half',
      ':x:1001:1001:::',
      'many:x:1002:1002:a:b:c:d',
      'few:x:1003:1003',
      'word:x:one:1003:::',
      'none:x::1003:::',
      'top:x:4294967295:1000:::',
      'last:x:60000:1000:::',
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
  t.same(names(accounts.passwd), ['ann', 'few', 'last', 'ann', 'zed'])
  t.same(names(accounts.group), ['ann', 'ann', 'short'])
  t.same(names(accounts.shadow), ['zed', 'zed'])
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
  const files = { passwd: Buffer.from(`ann:1000:${hash}:1000\n`), group: Buffer.from(`lab:x:${hash}:\n`) }
  const names = { passwd: '/etc/passwd', group: '/etc/group', shadow: '/etc/shadow', loginDefs: '/etc/login.defs' }
  t.same(readAccounts(files, PLAIN_RULES, names).diagnostics.map(formatDiagnostic), [
    '/etc/passwd:1:10: warning: the value is not an id [account-number]',
    '/etc/group:1:7: warning: the value is not an id [account-number]',
  ])
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
        accounts.passwd.every((user) => user.uid >= accounts.uidMin && user.uid <= accounts.uidMax && user.gid !== 0) &&
        accounts.group.every((group) => group.gid > 0 && group.gid < 0xfffffffe) &&
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
  t.same(saidOfOthers(accounts), ['passwd:2 warning account-same-id', 'group:3 warning account-same-id'])
  t.match(accounts.diagnostics[0]?.message, /"b" has the id 1000 of "a"/)
})

t.test(
  'a name on several lines: every line is listed, the first is found, each gives its members its gid',
  async (t) => {
    const accounts = accountsOf({
      passwd: 'ann:x:1000:1000:one::\nann:x:1001:1000:two::\nbob:x:1001:1000:::\n',
      group: 'lab:x:2000:ann\nlab:x:2001:ann,bob\nlow:x:10:ann\nlow:x:2002:bob\nsame:x:2000:bob\n',
      shadow: 'ann:one:1:2:3::::\nann:two:1:2:3::::\n',
    })
    t.same(
      accounts.passwd.map(({ name, uid }) => [name, uid]),
      [
        ['ann', 1000],
        ['ann', 1001],
        ['bob', 1001],
      ],
    )
    t.same(
      accounts.group.map(({ name, gid }) => [name, gid]),
      [
        ['lab', 2000],
        ['lab', 2001],
        ['low', 2002],
        ['same', 2000],
      ],
    )
    t.same(accounts.initgroups, [
      { name: 'ann', gids: [2000, 2001] },
      { name: 'bob', gids: [2001, 2002, 2000] },
    ])
    t.same(
      accounts.shadow.map(({ passwd }) => passwd),
      ['one', 'two'],
    )
    const snapshot = snapshotOf(sourcesOf('', { accounts }))
    t.match(snapshot.find('passwd', { name: 'ann' }), { uid: 1000 }, 'the first line of a name')
    t.match(snapshot.find('passwd', { id: 1001 }), { name: 'ann', gecos: 'two' }, 'the first line of an id')
    t.match(snapshot.find('group', { name: 'lab' }), { gid: 2000, members: ['ann'] }, 'unmerged')
    t.match(snapshot.find('group', { id: 2000 }), { name: 'lab' })
  },
)

t.test(
  'a user whose first line is not exported is not exported by a later one: a name means the same everywhere',
  async (t) => {
    const accounts = accountsOf({
      passwd: 'svc:x:500:500:::\nsvc:x:1500:1500:::\ntoor:x:1000:0:::\ntoor:x:1001:1000:::\nann:x:1002:1000:::\n',
    })
    t.same(names(accounts.passwd), ['ann'])
  },
)

t.test('ids above UID_MAX and GID_MAX are not exported, with a note for each; the limits themselves are', async (t) => {
  const accounts = accountsOf({
    loginDefs: 'UID_MIN 500\nUID_MAX 2000\nGID_MIN 600\nGID_MAX 3000\n',
    passwd: 'a:x:499:2999:::\nb:x:500:2999:::\nc:x:2000:2999:::\nd:x:2001:2999:::\ne:x:70000:2999:::\n',
    group: 'a:x:599:\nb:x:600:\nc:x:3000:\nd:x:3001:\n',
  })
  t.same(names(accounts.passwd), ['b', 'c'])
  t.same(names(accounts.group), ['b', 'c'])
  t.same(saidOfOthers(accounts), [
    'passwd:4 note account-above',
    'passwd:5 note account-above',
    'group:4 note account-above',
  ])
  t.match([accounts.uidMax, accounts.gidMax], [2000, 3000])
  t.match([accountsOf({}).uidMax, accountsOf({}).gidMax], [60_000, 60_000])
  const passwd = Buffer.from('d:x:2001:2999:::\n')
  const named = readAccounts({ passwd, group: undefined }, { ...PLAIN_RULES, users: ['d'] })
  t.same(names(named.passwd), ['d'], 'a setting names it')
})

t.test('a maximum below its minimum is told and not used', async (t) => {
  const accounts = accountsOf({ loginDefs: 'UID_MAX 9\nGID_MIN 70000\n' })
  t.same([accounts.uidMax, accounts.gidMax], [60_000, 70_000])
  t.same(said(accounts), ['login.defs:1 warning account-number'])
})

t.test('ids that distributions reserve above 60000 are not exported whatever UID_MAX says', async (t) => {
  const reserved = [60_001, 60_513, 60_514, 61_183, 61_184, 65_519, 65_520, 65_534, 65_535, 4_294_967_294]
  const line = (id: number): string => `u${id}:x:${id}:1000:::\n`
  const accounts = accountsOf({
    loginDefs: 'UID_MAX 4294967294\n',
    passwd: [60_000, ...reserved, 65_536, 4_294_967_293].map(line).join(''),
  })
  t.same(names(accounts.passwd), ['u60000', 'u65536', 'u4294967293'])
  t.same(
    saidOfOthers(accounts).filter((text) => text.endsWith('note account-reserved')).length,
    reserved.length - 1,
    'nobody is in the summary',
  )
})

t.test(
  'groups that give power by their name are not exported unless a setting names them, by name or id',
  async (t) => {
    const files = {
      passwd: Buffer.from('ann:x:1000:10:::\n'),
      group: Buffer.from('docker:x:1001:ann\nwheel:x:10:ann\nsudo:x:2000:ann\nstudents:x:2001:ann\nroot:x:2002:ann\n'),
    }
    const accounts = readAccounts(files)
    t.same(names(accounts.group), ['students'])
    t.same(accounts.initgroups, [{ name: 'ann', gids: [2001] }])
    t.same(said(accounts), [
      'group:1 note account-power-group',
      'group:2 note account-power-group',
      'group:3 note account-power-group',
      'group:5 note account-power-group',
    ])
    const named = readAccounts(files, { ...PLAIN_RULES, groups: ['docker', '10'] })
    t.same(names(named.group), ['docker', 'wheel', 'students'])
  },
)

t.test('numbers of shadow are read as glibc reads them: blanks and a sign before, 32 bits', async (t) => {
  const read = (fields: string) => {
    const { shadow } = accountsOf({ passwd: 'a:x:1000:1000:::\n', shadow: `a:h:${fields}\n` })
    return shadow.map(({ lastChange, min, max, warn, inactive, expire, flag }) => {
      return [lastChange, min, max, warn, inactive, expire, flag].join(' ')
    })[0]
  }
  t.equal(read(' 19000:+0:\t99999:7:::'), '19000 0 99999 7 -1 -1 4294967295')
  t.equal(read('4294967295:4294967294:2147483648:-18446744073709551615:-0:2:3'), '-1 -2 -2147483648 1 0 2 3')
  for (const tooGreat of ['-5', '-1', '4294967296', '99999999999999999999999']) {
    t.equal(read(`${tooGreat}:1:2::::`), undefined, tooGreat)
    t.equal(read(`1:2:3:4:5:6:${tooGreat}`), undefined, `flag ${tooGreat}`)
  }
  t.equal(read('0x10:1:2::::'), undefined, 'decimal alone')
  t.equal(read('19000 :1:2::::'), undefined, 'a blank after a number ends the line for glibc too')
  t.equal(read(' :1:2::::'), undefined, 'a blank is no empty field')
  t.equal(read('1:2:3'), '1 2 3 -1 -1 -1 4294967295', 'an old line')
  t.equal(read('1:2:3: '), '1 2 3 -1 -1 -1 4294967295')
  t.equal(read('1:2:'), undefined)
  t.equal(read('1:2:3:4'), undefined)
  t.equal(read('1:2:3:4:5:6'), '1 2 3 4 5 6 4294967295')
  t.equal(read('1:2:3:4:5:6:7:8'), undefined)
  t.equal(read('1:2:3:::: '), undefined)
})

t.test('characters that nobody sees are told at their line and column, in every account file', async (t) => {
  const places = (accounts: Accounts): string[] =>
    accounts.diagnostics
      .filter(({ code }) => code === 'account-invisible')
      .map(({ file, line, column, message }) => `${file}:${line}:${column} ${message.replace(/[:,] .*/, '')}`)
  const accounts = accountsOf({
    passwd:
      '\ufeffann:x:1000:1000:::/bin/sh\nbob:x:1001:1000:B\u00e9\u00a0b::/bin/sh\n# \u00a0\ncrlf:x:1002:1000:::/bin/sh\r\n',
    group: 'lab:x:2000:ann,\u200bbob\nend:x:2001:ann \n  one\rtwo:x:2002:\n',
    shadow: 'ann:h:1:2:3::::\r\n',
    loginDefs: 'UID_MIN\u00a0500\nGID_MIN 500\r\nUID_MAX 2000 \n',
  })
  t.strictSame(places(accounts), [
    'login.defs:1:8 a no-break space (U+00A0) is part of the field',
    'login.defs:2:12 the line ends in CRLF',
    'passwd:1:1 a byte order mark (U+FEFF) is part of the field',
    'passwd:2:19 a no-break space (U+00A0) is part of the field',
    'passwd:4:27 the line ends in CRLF',
    'group:1:16 a zero width space (U+200B) is part of the field',
    'group:2:15 the line ends in a blank',
    'group:3:6 a carriage return (U+000D) is part of the field',
    'shadow:1:16 the line ends in CRLF',
  ])
  t.equal(accounts.gidMin, 500, 'a number before a carriage return counts')
  const latin1 = readAccounts({ passwd: Buffer.from('b\xe9\xa0b:x:1000:1000:::\n', 'latin1'), group: undefined })
  t.same(places(latin1), ['passwd:1:3 a no-break space (U+00A0) is part of the field'])
})

t.test('a whole file with CRLF is told in so many lines, and how many more there are', async (t) => {
  const passwd = Array.from({ length: 50 }, (_, i) => `u${i}:x:${1000 + i}:1000:::/bin/sh\r\n`).join('')
  const told = accountsOf({ passwd }).diagnostics.filter(({ code }) => code === 'account-invisible')
  t.equal(told.length, 21)
  t.match(told.at(-1)?.message, /^this line and 29 more/)
})

t.test(
  'locked and expired accounts are told of, and kept, given nologin, or left out, as the setting says',
  async (t) => {
    const files = {
      passwd: Buffer.from(
        ['ann', 'bob', 'carl', 'dora', 'key'].map((name, i) => `${name}:x:${1000 + i}:1000:::/bin/sh\n`).join(''),
      ),
      group: Buffer.from('lab:x:2000:ann,bob\n'),
      shadow: Buffer.from(
        'ann:!$y$h:1:2:3:::1:\nbob:!$y$h:1:2:3::::\ncarl:$y$h:1:2:3:::20000:\ndora:$y$h:1:2:3:::20001:\nkey:!:1:2:3::::\n',
      ),
    }
    const read = (disabledUsers: 'keep' | 'nologin' | 'omit') =>
      readAccounts(files, { ...PLAIN_RULES, disabledUsers, today: 20_000 })
    const shells = (accounts: Accounts) => accounts.passwd.map(({ name, shell }) => `${name} ${shell}`)
    t.same(shells(read('keep')), ['ann /bin/sh', 'bob /bin/sh', 'carl /bin/sh', 'dora /bin/sh', 'key /bin/sh'])
    const no = '/usr/sbin/nologin'
    t.same(shells(read('nologin')), [`ann ${no}`, `bob ${no}`, `carl ${no}`, 'dora /bin/sh', 'key /bin/sh'])
    t.same(shells(read('omit')), ['dora /bin/sh', 'key /bin/sh'])
    t.same(names(read('omit').shadow), ['dora', 'key'])
    for (const mode of ['keep', 'nologin', 'omit'] as const) {
      t.same(
        said(read(mode)),
        [1, 2, 3].map((line) => `passwd:${line} note account-disabled`),
      )
    }
  },
)
