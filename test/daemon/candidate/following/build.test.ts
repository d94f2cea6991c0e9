import fc from 'fast-check'
import t from 'tap'
import { SOURCE_NAMES, type Sources } from '../../../../src/daemon/sources/source.ts'
import { RULES, readFile, sourcesOf } from '../../sources.ts'
import { accessOf, Builds } from './builds.ts'

type AccountFile = 'config' | 'netgroup' | 'passwd' | 'group' | 'shadow'
type Texts = Readonly<Record<AccountFile, readonly string[]>>

/** Sources with these lines of accounts. */
function sourcesWith({ config, netgroup, passwd, group, shadow }: Texts, hasEnd = true): Sources {
  const text = (lines: readonly string[]) => lines.join('\n') + (hasEnd && lines.length > 0 ? '\n' : '')
  return {
    ...STANDING,
    config: readFile('config', text(config)),
    netgroup: readFile('netgroup', text(netgroup)),
    passwd: readFile('passwd', text(passwd)),
    group: readFile('group', text(group)),
    shadow: readFile('shadow', text(shadow)),
  }
}

const STANDING = sourcesOf(0)

const user = (i: number, id = 2000 + i, gid = 3000, gecos = '') => `u${i}:x:${id}:${gid}:${gecos}:/home/u${i}:/bin/sh`
const group = (i: number, members: readonly number[], gid = 3000 + i) =>
  `g${i}:x:${gid}:${members.map((one) => `u${one}`).join(',')}`
const secret = (i: number, hash = '*', expire = '') => `u${i}:${hash}:1:0:9:7::${expire}:`

const START: Texts = {
  config: ['nodes 4', 'iprange 10.0.0.10 10.0.0.13', 'hostrange 10.0.0.20 10.0.0.29', 'host 0:0:0:0:0:1 10.0.0.20 sw0'],
  netgroup: ['lab (n0,-,)'],
  passwd: [
    'root:x:0:0::/root:/bin/sh',
    'daemon:x:1:1::/:/sbin/nologin',
    ...Array.from({ length: 40 }, (_, i) => user(i)),
  ],
  group: ['root:x:0:', ...Array.from({ length: 15 }, (_, i) => group(i, [i, (i * 7) % 40, (i * 11) % 40]))],
  shadow: ['root:*:1:0:9:7:::', ...Array.from({ length: 40 }, (_, i) => secret(i))],
}

const number = fc.nat({ max: 45 })
/** A line of each file: most are good ones, and some are not. */
const LINES: Readonly<Record<AccountFile, fc.Arbitrary<string>>> = {
  config: fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 9 }).map((i) => `host 0:0:0:0:0:${i} 10.0.0.2${i} sw${i}`) },
    { weight: 4, arbitrary: fc.nat({ max: 3 }).map((i) => `node ${i} 0:0:0:0:1:${i}`) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        '# a comment',
        'nodename c%N',
        'unknown',
        'hostrange lab 10.0.0.40 10.0.0.49',
        'interface eth0 10.0.0.1 255.255.255.0',
        'host zz',
      ),
    },
  ),
  netgroup: fc.constantFrom('cluster (a,-,)', 'more (b,-,) lab', '# a comment', 'broken (', 'other unknown'),
  passwd: fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(number, fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 12 }))
        .map(([i, gecos]) => user(i, 2000 + i, 3000, gecos)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(number, number, fc.constantFrom(0, 100, 3000, 70_000))
        .map(([i, j, gid]) => user(i, 2000 + j, gid)),
    },
    { weight: 1, arbitrary: fc.tuple(number, fc.constantFrom(5, 70_000, 65_534)).map(([i, id]) => user(i, id)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '# a comment',
        '',
        '+::::::',
        'broken',
        'u3:x:',
        `${user(2)} `,
        ' u41:x:2041:3000:::',
        'wheel:x:0:0:::',
      ),
    },
  ),
  group: fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(fc.nat({ max: 20 }), fc.array(number, { maxLength: 6 }))
        .map(([i, members]) => group(i, members)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.nat({ max: 20 }), fc.array(number), fc.constantFrom(3001, 100, 5000, 70_000))
        .map(([i, members, gid]) => group(i, members, gid)),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('# a comment', '', 'wheel:x:3050:u1', 'broken', 'g3:x:x:', 'low:x:100:u1,u2'),
    },
  ),
  shadow: fc.oneof(
    {
      weight: 12,
      arbitrary: fc.tuple(number, fc.constantFrom('*', '$6$a$b', '!', '')).map(([i, hash]) => secret(i, hash)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(number, fc.constantFrom('!$6$a$b', '$6$'), fc.constantFrom('10', '20001', '20003'))
        .map(([i, hash, day]) => secret(i, hash, day)),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'u1',
        'u2:*',
        '# none',
        'nobody:*:1:0:9:7:::',
        'u4:*:x:',
        'root:$6$a:1:0:9:7:::',
        'daemon:*:1:0:9:7:::',
      ),
    },
  ),
}

/** A change of one file: some lines from a place on are taken away, and others put there. */
interface Edit {
  readonly file: AccountFile
  readonly at: number
  readonly remove: number
  readonly lines: readonly string[]
}
const fileEdit = (file: AccountFile): fc.Arbitrary<Edit> =>
  fc.record({
    file: fc.constant(file),
    at: fc.nat({ max: 60 }),
    remove: fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.nat({ max: 60 }) }),
    lines: fc.array(LINES[file], { maxLength: 3 }),
  })
const edit = fc.oneof(...(['config', 'netgroup', 'passwd', 'group', 'shadow'] as const).map(fileEdit))
/** What an administrator does: useradd, userdel, gpasswd, passwd. */
const chore = fc.tuple(fc.constantFrom('useradd', 'userdel', 'gpasswd', 'passwd', 'chfn'), number, fc.nat({ max: 14 }))

function edited(texts: Texts, { file, at, remove, lines }: Edit): Texts {
  const place = Math.min(at, texts[file].length)
  return { ...texts, [file]: texts[file].toSpliced(place, remove, ...lines) }
}

function afterChore(texts: Texts, [what, i, j]: readonly [string, number, number]): Texts {
  const without = (lines: readonly string[]) => lines.filter((line) => !line.startsWith(`u${i}:`))
  const membersOf = (line: string) =>
    line
      .split(':')[3]
      ?.split(',')
      .filter((one) => one !== '') ?? []
  const withMembers = (line: string, change: (members: readonly string[]) => readonly string[]) =>
    [...line.split(':').slice(0, 3), change(membersOf(line)).join(',')].join(':')
  const { passwd, group, shadow } = texts
  const isThere = passwd.some((line) => line.startsWith(`u${i}:`))
  switch (what) {
    case 'useradd':
      return isThere ? texts : { ...texts, passwd: [...passwd, user(i)], shadow: [...without(shadow), secret(i, '!')] }
    case 'userdel':
      return {
        ...texts,
        passwd: without(passwd),
        shadow: without(shadow),
        group: group.map((line) =>
          line.split(':').length === 4 ? withMembers(line, (all) => all.filter((one) => one !== `u${i}`)) : line,
        ),
      }
    case 'gpasswd':
      return {
        ...texts,
        group: group.map((line) =>
          line.startsWith(`g${j}:`)
            ? withMembers(line, (all) =>
                all.includes(`u${i}`) ? all.filter((one) => one !== `u${i}`) : [...all, `u${i}`],
              )
            : line,
        ),
      }
    case 'passwd':
      return { ...texts, shadow: shadow.map((line) => (line.startsWith(`u${i}:`) ? secret(i, `$6$${j}`) : line)) }
    default:
      return {
        ...texts,
        passwd: passwd.map((line) => (line.startsWith(`u${i}:`) ? user(i, 2000 + i, 3000, `x${j}`) : line)),
      }
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: chore.map((one) => (texts: Texts) => afterChore(texts, one)) },
  { weight: 3, arbitrary: edit.map((one) => (texts: Texts) => edited(texts, one)) },
  { weight: 1, arbitrary: fc.constant(() => START) },
)

/** A change, perhaps of two sources at once, and on which day it is built. */
const steps = fc.array(
  fc.record({
    change: fc
      .tuple(step, fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: edit }))
      .map(
        ([one, more]) =>
          (texts: Texts) =>
            more === undefined ? one(texts) : edited(one(texts), more),
      ),
    hasEnd: fc.boolean(),
    refused: fc.nat({ max: 9 }),
    day: fc.constantFrom(...Array(14).fill(0), 1, 1, 2, 3, -1),
  }),
  { minLength: 1, maxLength: 12 },
)
const ACCESS = [accessOf('0-2', ['u3', 'U4', 'nobody'], ['g2', 'u7'])]

for (const [disabledUsers, logins] of [
  ['keep', []],
  ['nologin', ACCESS],
  ['omit', []],
] as const) {
  t.test(
    `a build that follows gives what a whole one gives, byte for byte, over any changes of accounts and other sources (${disabledUsers}, with ${logins.length} rules)`,
    async (t) => {
      let [followed, all] = [0, 0]
      const why = new Map<string, number>()
      fc.assert(
        fc.property(steps, (steps) => {
          const builds = new Builds({ ...RULES, disabledUsers, logins })
          let [texts, today] = [START, 20_000]
          builds.next(sourcesWith(texts))
          for (const { change, hasEnd, refused, day } of steps) {
            texts = change(texts)
            today += day
            builds.next(sourcesWith(texts, hasEnd), refused > 0, today)
          }
          followed += builds.followed
          all += steps.length
          for (const [reason, count] of builds.reasons) why.set(reason, (why.get(reason) ?? 0) + count)
        }),
        { numRuns: process.env.KICKBACK_LONG === '1' ? 2000 : 20, endOnFailure: true },
      )
      t.ok(followed * 4 > all, `${followed} of ${all} builds followed the one before`)
      t.comment(Array.from(why, ([reason, count]) => `${count}: ${reason}`).join('; '))
    },
  )
}

/** How long the account files are. */
function bytesOf(texts: Texts): number {
  const { passwd, group, shadow } = sourcesWith(texts)
  return passwd.bytes.length + group.bytes.length + shadow.bytes.length
}

t.test('a user who is added costs one line of each file and no other record', async (t) => {
  const builds = new Builds()
  builds.next(sourcesWith(START))
  const after = builds.next(sourcesWith(afterChore(START, ['useradd', 44, 0])))
  t.equal(after.work.whole, undefined)
  t.equal(after.work.recordsMade, 2)
  t.ok(after.work.bytesRead < 300, `${after.work.bytesRead} bytes were read`)
  t.equal(after.work.sectionsEdited, 5, 'passwd and shadow with their indexes')
  t.match(after.difference, { passwd: { added: 1, removed: 0, changed: 0 }, shadow: { added: 1 } })
})

t.test(
  'a user who is locked while an entry of shadow stays where it was is told, and no line of the configuration is read',
  async (t) => {
    const builds = new Builds()
    builds.next(sourcesWith(START))
    const locked = {
      ...START,
      shadow: START.shadow.map((line) => (line.startsWith('u7:') ? secret(7, '!$6$a') : line)),
    }
    const after = builds.next(sourcesWith(locked))
    t.equal(after.work.whole, undefined)
    t.equal(after.work.wholeAccounts, 'an account that changed is disabled')
    t.equal(after.work.bytesRead, bytesOf(locked), 'passwd, group and shadow')
    t.equal(after.work.recordsMade, 40 + 15 + 30 + 40, 'users, groups, members and shadow')
    t.equal(after.work.sectionsCopied, 17, 'all others')
    t.match(after.diagnostics.at(-2), { code: 'account-disabled', line: 10 })
  },
)

t.test('on another day no line is read, unless an account expires', async (t) => {
  const builds = new Builds()
  const texts = {
    ...START,
    shadow: START.shadow.map((line) => (line.startsWith('u7:') ? secret(7, '*', '20003') : line)),
  }
  builds.next(sourcesWith(texts))
  t.match(builds.next(sourcesWith(texts), true, 20_002).work, { bytesRead: 0, recordsMade: 0, sectionsEdited: 0 })
  const next = builds.next(sourcesWith(texts), true, 20_003)
  t.equal(next.work.wholeAccounts, 'an account has expired')
  t.equal(next.work.bytesRead, bytesOf(texts), 'passwd, group and shadow')
  t.match(next.diagnostics.at(-2), { code: 'account-disabled', line: 10 })
})

t.test('a user and a device that come at once cost these lines', async (t) => {
  const builds = new Builds()
  builds.next(sourcesWith(START))
  const texts = edited(afterChore(START, ['useradd', 44, 0]), {
    ...{ file: 'config', at: 9, remove: 0, lines: ['host 0:0:0:0:0:2 10.0.0.22 sw2'] },
  })
  const both = builds.next(sourcesWith(texts))
  t.match(both.work, { whole: undefined, wholeAccounts: undefined, wholeConfiguration: undefined })
  t.equal(both.work.recordsMade, 4, 'passwd and shadow, hosts and ethers')
  t.match(both.difference, { passwd: { added: 1 }, shadow: { added: 1 }, hosts: { added: 1 }, ethers: { added: 1 } })
})

t.test('rules of the settings that name accounts are looked at where one of these comes or goes', async (t) => {
  const builds = new Builds({ ...RULES, logins: [accessOf('0-2', ['u44', 'U45'], ['g2'])] })
  builds.next(sourcesWith(START))
  const added = (i: number) => builds.next(sourcesWith(afterChore(START, ['useradd', i, 0]))).work
  t.match(added(43), { whole: undefined, wholeAccounts: undefined, recordsMade: 2 })
  t.equal(added(44).whole, 'accounts come or go that rules of the settings name')
  t.equal(added(45).whole, 'accounts come or go that rules of the settings name', 'PAM does not tell u45 from U45')
})

const UNEXPORTED: Readonly<Record<string, { readonly before: Texts; readonly line: string; readonly at: number }>> = {
  'root, on one line more': { before: START, line: 'root:$6$a$b:1:0:9:7:::', at: 9 },
  'an account of the system, which had no line': { before: START, line: 'daemon:$6$a$b:1:0:9:7:::', at: 41 },
  'a locked user, on one line more': {
    before: { ...START, shadow: START.shadow.map((line) => (line.startsWith('u7:') ? secret(7, '!$6$a') : line)) },
    ...{ line: secret(7, '$6$a'), at: 41 },
  },
}

for (const [who, { before, line, at }] of Object.entries(UNEXPORTED)) {
  t.test(
    `a line of shadow of who is not exported makes no entry where disabled users are left out: ${who}`,
    async (t) => {
      const builds = new Builds({ ...RULES, disabledUsers: 'omit' })
      builds.next(sourcesWith(before))
      const after = builds.next(sourcesWith({ ...before, shadow: before.shadow.toSpliced(at, 0, line) }))
      t.equal(after.work.whole, undefined)
      t.equal(after.work.wholeAccounts, 'a line of shadow changed of a user who is not exported')
      t.equal(after.difference?.shadow, undefined)
    },
  )
}

t.test('sources that say the same are followed without reading a line', async (t) => {
  const builds = new Builds()
  builds.next(sourcesWith(START))
  const after = builds.next(sourcesWith(START))
  t.match(after.work, { whole: undefined, bytesRead: 0, recordsMade: 0, sectionsEdited: 0 })
})

t.test('a change of the configuration reads no account and makes no record of one', async (t) => {
  const builds = new Builds()
  builds.next(sourcesWith(START))
  const after = builds.next(
    sourcesWith(edited(START, { file: 'config', at: 9, remove: 0, lines: ['node 1 0:0:0:0:1:1'] })),
  )
  const config = 150
  t.equal(after.work.whole, undefined)
  t.ok(after.work.bytesRead < config + 100, `${after.work.bytesRead} bytes were read`)
  t.equal(after.work.sectionsCopied, 8)
  t.ok(after.work.recordsMade < 20, `${after.work.recordsMade} records were made`)
  t.match(after.difference, { ethers: { added: 1 } })
})

t.test('what a change of lines does not tell is built whole, and the reason is told', async (t) => {
  const builds = new Builds()
  t.equal(builds.next(sourcesWith(START)).work.whole, 'there is no build to follow')
  const broken = edited(START, { file: 'passwd', at: 5, remove: 0, lines: ['broken'] })
  t.match(builds.next(sourcesWith(broken)).work.wholeAccounts, /something to say/)
  const other = { ...sourcesWith(START), loginDefs: readFile('login.defs', 'UID_MIN 900\n') }
  t.equal(builds.next(other).work.whole, 'loginDefs changed')
  const yesterday = builds.next(other, true, 19_999)
  t.equal(yesterday.work.wholeAccounts, 'it is an earlier day')
  t.ok(SOURCE_NAMES.length > 3)
})
