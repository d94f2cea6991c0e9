import t from 'tap'
import { SourceText } from '../../../src/config/index.ts'
import { type AlsoExported, exportedGroups, exportedUsers } from '../../../src/resolver/accounts/exported.ts'
import { AccountDiagnostics } from '../../../src/resolver/accounts/lines.ts'

const LIMITS = { uidMin: 1000, uidMax: 60_000, gidMin: 500, gidMax: 50_000 }
const NONE: AlsoExported = { users: [], groups: [] }

/** Entries of a file, one a line; spans are those of lines in a file of as many empty ones. */
function lines<T>(entries: readonly T[]) {
  const text = new SourceText('file', Buffer.from('\n'.repeat(entries.length)))
  const diagnostics = new AccountDiagnostics(text)
  const placed = entries.map((entry, i) => ({ entry, span: { line: i + 1, start: i, end: i } }))
  const said = () => diagnostics.list.map(({ line, code }) => `${line} ${code}`)
  return { placed, diagnostics, said }
}

/** The names of the users that go out, of `name uid gid`, and what is said of the rest. */
function users(texts: readonly string[], also = NONE) {
  const { placed, diagnostics, said } = lines(
    texts.map((text) => {
      const [name = '', uid, gid = 1000] = text.split(' ')
      return { name, passwd: '*', uid: Number(uid), gid: Number(gid), gecos: '', dir: '', shell: '' }
    }),
  )
  const found = exportedUsers(placed, LIMITS, also, diagnostics)
  return { names: found.map(({ entry }) => `${entry.name} ${entry.uid}`), said: said(), list: diagnostics.list }
}

/** The names of the groups that go out, of `name gid`, where these users (`name gid`) do. */
function groups(texts: readonly string[], of: readonly string[] = [], also = NONE) {
  const { placed, diagnostics, said } = lines(
    texts.map((text) => {
      const [name = '', gid] = text.split(' ')
      return { name, passwd: '*', gid: Number(gid), members: [] }
    }),
  )
  const exported = of.map((text) => {
    const [name = '', gid] = text.split(' ')
    return { name, passwd: '*', uid: 1000, gid: Number(gid), gecos: '', dir: '', shell: '' }
  })
  const found = exportedGroups(placed, exported, LIMITS, also, diagnostics)
  return { names: found.map(({ name, gid }) => `${name} ${gid}`), said: said(), list: diagnostics.list }
}

t.test('both limits are among those that go out, and nobody is, whatever the limits', async (t) => {
  const found = users(['low 999', 'least 1000', 'most 60000', 'high 60600', 'nobody 65534'])
  t.same(found.names, ['least 1000', 'most 60000'])
  t.same(found.said, ['4 account-reserved', '1 account-below'])
  const wide = groups(['least 500', 'low 499', 'most 50000', 'high 50001'])
  t.same(wide.names, ['least 500', 'most 50000'])
  t.same(wide.said, ['4 account-above', '2 account-below'])
  t.match(wide.list[0]?.message, /above GID_MAX 50000: .*'groups' names it/)
})

t.test('an account that is named is exported outside of the limits too, by name or by id, but 0 never', async (t) => {
  const also = { users: ['munge', '0', 'root', '61000', '65534'], groups: [] }
  const found = users(['root 0', 'toor 0', 'munge 110', 'homed 61000', 'nobody 65534', 'other 111'], also)
  t.same(found.names, ['munge 110', 'homed 61000', 'nobody 65534'])
  t.same(groups(['root 0', 'munge 110'], [], { users: [], groups: ['root', '0', 'munge'] }).names, ['munge 110'])
  t.same(users(['munge 110'], { users: [], groups: ['munge'] }).names, [], 'users are not named as groups')
})

t.test('all that are below are told in one note at the first of them, three by name', async (t) => {
  const { list } = users(['ann 1000', ...[1, 2, 3, 4, 5].map((uid) => `sys${uid} ${uid}`)])
  t.equal(list.length, 1)
  t.equal(list[0]?.line, 2)
  t.match(
    list[0]?.message,
    /^5 users below UID_MIN 1000, or 65534, are not exported: "sys1", "sys2", "sys3" and 2 more;/,
  )
  t.match(users(['a 1', 'b 2', 'c 3']).list[0]?.message, /: "a", "b", "c";/)
})

t.test('the first line of a name decides for the others: what it does not find here is found nowhere', async (t) => {
  t.same(users(['twice 10', 'twice 1000']).names, [])
  t.same(users(['twice 1000', 'twice 10', 'twice 1001']).names, ['twice 1000', 'twice 1001'])
  t.same(users(['twice 1000 0', 'twice 1001']).names, [], 'its primary group counts as well')
  t.same(groups(['twice 10', 'twice 1000']).names, ['twice 1000'], 'groups are judged line by line')
})

t.test('a user whose primary group is 0 stays here, named or not, and a warning says so', async (t) => {
  const found = users(['toor 1000 0', 'named 110 0'], { users: ['named'], groups: [] })
  t.same(found.names, [])
  t.same(found.said, ['1 account-root-group', '2 account-root-group'])
})

t.test('the primary group of a user who is exported is so too, outside the limits, but no reserved one', async (t) => {
  const found = groups(
    ['users 100', 'large 50001', 'other 101', 'nogroup 65534'],
    ['ann 100', 'bob 50001', 'eve 65534'],
  )
  t.same(found.names, ['users 100', 'large 50001'])
  t.same(found.said, ['1 account-low-group', '2 account-low-group', '3 account-below'])
  t.match(found.list[0]?.message, /"users" is the primary group of "ann"/)
})

t.test('a group whose name gives power is exported where it is named alone, not as a primary group', async (t) => {
  const also = { users: [], groups: ['docker', '998'] }
  const found = groups(['wheel 1000', 'disk 6', 'docker 999', 'sudo 998', 'plain 1001'], ['ann 6'], also)
  t.same(found.names, ['docker 999', 'sudo 998', 'plain 1001'])
  t.same(found.said, ['1 account-power-group', '2 account-power-group'])
})

t.test('of two with one id the second is told of', async (t) => {
  const found = users(['ann 1000', 'system 1', 'bob 1000'])
  t.same(found.names, ['ann 1000', 'bob 1000'])
  t.same(found.said, ['3 account-same-id', '2 account-below'])
  t.same(users(['out 1', 'in 1000', 'out 1000']).said, ['1 account-below'], 'who stays here claims no id')
})
