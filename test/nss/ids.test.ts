import t from 'tap'
import type { PublicContents } from '../../src/resolver/databases/contents.ts'
import { buildPublic, layout, stamp } from '../../src/resolver/index.ts'
import { contents, group, initgroupsOf, shadowContents, user } from './contents.ts'
import { answerOf, asked, noCompiler } from './programs.ts'
import { RunDir, withIds } from './rundir.ts'

const UNSET = -1

/** A snapshot's bytes, for what is published by hand. */
function bytesOf(what: PublicContents): Uint8Array {
  const bytes = buildPublic(what)
  stamp(bytes, { generation: 1 })
  return bytes
}

t.test(
  'ids below 100 belong to the system: no user, primary group, group or membership has one',
  { skip: noCompiler },
  async (t) => {
    const evil = new RunDir()
    t.teardown(() => evil.remove())
    const groups = [99, 100, 6, 42].map((gid) => group(`g${gid}`, gid, 'ada')).concat(group('physics', 2000, 'ada'))
    const passwd = [user('low', 99, 2000), user('disk', 3000, 6), user('least', 100, 100), user('ada', 1000, 2000)]
    evil.publish(contents({ passwd, group: groups, initgroups: initgroupsOf(groups) }))
    const refused = ['passwd:name:low', 'passwd:id:99', 'passwd:name:disk', 'passwd:id:3000']
    refused.push('group:name:g99', 'group:id:99', 'group:id:6', 'group:name:g42')
    for (const line of asked(
      evil.path,
      refused.map((question) => `ask 999 ${question}`),
    )) {
      t.match(answerOf(line), { status: 'NOTFOUND', error: UNSET })
    }
    t.equal(answerOf(asked(evil.path, ['ask 9 initgroups:ada'])[0]).text, ' 100 2000')
    const names = (database: string, field: number): (string | undefined)[] =>
      asked(evil.path, [`all ${database}`]).map((line) => line.split(':')[field])
    t.strictSame(names('passwd', 2), [undefined, 'least', 'ada'])
    t.strictSame(names('group', 1), [undefined, 'g100', 'physics'])
  },
)

t.test('the floors of the machine and its exceptions stand in the file', { skip: noCompiler }, async (t) => {
  const node = new RunDir()
  t.teardown(() => node.remove())
  const ids = [0, 1, 6, 42, 99, 100, 499, 500, 999, 1000, 0xffffffff]
  const snapshot = (): Uint8Array => {
    const groups = ids.map((gid) => group(`g${gid}`, gid, 'ada'))
    const passwd = ids.flatMap((uid) => [user(`u${uid}`, uid, 1000), user(`p${uid}`, 5000 + (uid % 5000), uid)])
    return bytesOf(contents({ passwd, group: groups, initgroups: initgroupsOf(groups) }))
  }
  const given = (): Record<string, string> => {
    const questions = ['passwd', 'group'].map((database) => `all ${database}`)
    const names = asked(node.path, questions).map((line) => line.split(':'))
    const of = (letter: string): string =>
      names.flatMap((fields) => fields.filter((field) => new RegExp(`^${letter}\\d+$`).test(field))).join(' ')
    const gids = answerOf(asked(node.path, ['ask 9 initgroups:ada'])[0]).text.trim()
    return { uids: of('u'), primaries: of('p'), groups: of('g'), gids }
  }
  node.publishWithIds(snapshot(), { floor: 500, exceptions: [0, 1, 99] }, { floor: 1000, exceptions: [6, 42, 999] })
  t.strictSame(given(), {
    uids: 'u1 u99 u500 u999 u1000',
    primaries: 'p6 p42 p999 p1000',
    groups: 'g6 g42 g999 g1000',
    gids: '6 42 999 1000',
  })
  for (const floor of [0, 1, 100]) {
    node.publishWithIds(snapshot(), { floor, exceptions: [] }, { floor, exceptions: [1, 0xffffffff] })
    t.strictSame(
      given(),
      {
        uids: 'u100 u499 u500 u999 u1000',
        primaries: 'p1 p100 p499 p500 p999 p1000',
        groups: 'g1 g100 g499 g500 g999 g1000',
        gids: '1 100 499 500 999 1000',
      },
      `a floor of ${floor} is one of 100`,
    )
  }
})

t.test(
  'exceptions that are not in the file are none, a file that holds something else is refused, and the rest is ignored',
  { skip: noCompiler },
  async (t) => {
    const odd = new RunDir()
    t.teardown(() => odd.remove())
    const groups = [group('disk', 6, 'ada'), group('physics', 2000, 'ada')]
    const snapshot = bytesOf(contents({ group: groups, initgroups: initgroupsOf(groups) }))
    const file = withIds(snapshot, { floor: 0, exceptions: [] }, { floor: 0, exceptions: [6, 7] })
    const ask = (bytes: Uint8Array): string => {
      odd.publishBytes(bytes)
      const { status, text } = answerOf(asked(odd.path, ['ask 99 initgroups:ada'], 'address')[0])
      return `${status}${text}`
    }
    t.equal(ask(file), 'SUCCESS 6 2000')
    t.equal(ask(file.subarray(0, snapshot.length)), 'SUCCESS 2000', 'cut behind the snapshot')
    for (const length of [-8, -4, 1, 4, 7]) {
      t.equal(ask(file.subarray(0, snapshot.length + length)), 'UNAVAIL', `${length} bytes more than the snapshot`)
    }
    const longer = Buffer.concat([file, Buffer.alloc(5, 7)])
    t.equal(ask(longer), 'UNAVAIL', 'five bytes too many')
    longer.writeUInt32LE(5, layout.HEADER.at.rest)
    t.equal(ask(longer), 'SUCCESS 6 2000', 'five bytes that a later release put behind them')
    const huge = Buffer.from(file)
    huge.writeUInt32LE(0xffffffff, layout.HEADER.at.uid_exceptions)
    huge.writeUInt32LE(0x80000003, layout.HEADER.at.gid_exceptions)
    t.equal(ask(huge), 'UNAVAIL', 'counts whose sum wraps around')
  },
)

t.test('a shadow entry goes with its user: no hash of one whose ids are not given', { skip: noCompiler }, async (t) => {
  const run = new RunDir()
  t.teardown(() => run.remove())
  const passwd = [user('ada', 1000), user('low', 99, 2000), user('disk', 3000, 6)]
  run.publish(contents({ passwd }))
  const [entry] = shadowContents().shadow
  const names = ['ada', 'low', 'disk', 'ghost']
  run.publishShadow({ ...shadowContents(), shadow: names.flatMap((name) => (entry ? [{ ...entry, name }] : [])) })
  const statuses = asked(
    run.path,
    names.map((name) => `ask 999 shadow:${name}`),
  ).map((line) => answerOf(line).status)
  t.strictSame(statuses, ['SUCCESS', 'NOTFOUND', 'NOTFOUND', 'NOTFOUND'])
  const listed = asked(run.path, ['all shadow']).join('\n')
  t.match(listed, /:ada:/)
  t.notMatch(listed, /low|disk|ghost/)
})
