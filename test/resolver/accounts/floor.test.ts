import t from 'tap'
import { IdFloor, type IdRule } from '../../../src/resolver/accounts/floor.ts'
import { idFloorsOf } from '../../../src/resolver/accounts/logindefs.ts'
import { buildPublic, DATABASES, ownParts, Snapshot } from '../../../src/resolver/index.ts'
import { atOnce } from '../../../src/values/index.ts'
import { contents, user } from '../../kickback/cluster.ts'

const group = (name: string, gid: number) => ({ name, passwd: '*', gid, members: [] })
const SNAPSHOT = Snapshot.open(
  buildPublic({
    ...contents(1),
    passwd: [
      { ...user(1), gid: 1000 },
      { ...user(2), name: 'munge', uid: 64, gid: 64 },
    ],
    group: [group('people', 1000), group('munge', 64), group('disk', 6)],
  }),
)
const shadowOf = (name: string): Uint8Array =>
  DATABASES.shadow.encode({
    name,
    passwd: '$6$x',
    lastChange: 1,
    min: 0,
    max: 0,
    warn: 0,
    inactive: 0,
    expire: 0,
    flag: 0,
  })
const floor = (rule: Partial<IdRule>): IdFloor =>
  new IdFloor(SNAPSHOT, { uidMin: 1000, gidMin: 1000, users: [], groups: [], ...rule })

t.test('the floors are exact: the least id is taken, the one below it is not', async (t) => {
  const one = floor({ uidMin: 500, gidMin: 600 })
  t.same(
    [499, 500].map((id) => one.takesUid(id)),
    [false, true],
  )
  t.same(
    [599, 600].map((id) => one.takesGid(id)),
    [false, true],
  )
})

t.test('no floor is below 100, and neither 0 nor the id that means none is ever taken', async (t) => {
  const named = { users: ['0', '4294967295', 'root'], groups: ['0', '4294967295', 'root'] }
  const one = floor({ uidMin: 0, gidMin: 0, ...named })
  t.same(
    [0, 1, 99, 100, 0xffffffff].map((id) => one.takesUid(id)),
    [false, false, false, true, false],
  )
  t.same(
    [0, 1, 99, 100, 0xffffffff].map((id) => one.takesGid(id)),
    [false, false, false, true, false],
  )
  t.same(one.exceptions, { uids: [], gids: [] })
})

t.test('accounts are named by name or by id; what is not below, or unknown, is no exception', async (t) => {
  const named = floor({ users: ['munge', 'user1', 'ghost'], groups: ['7', '6', 'disk', 'people'] })
  t.same(named.exceptions, { uids: [64], gids: [6, 7] })
  t.ok(named.takesUid(64))
  t.notOk(named.takesGid(64), 'a user is no group')
})

t.test('a record is taken whole, not at all, or without the gids that are not taken', async (t) => {
  const one = floor({})
  const passwd = DATABASES.passwd.encode({ ...user(1), gid: 1000 })
  t.equal(one.taken('passwd', passwd), passwd)
  t.equal(one.taken('passwd', DATABASES.passwd.encode({ ...user(1), gid: 6 })), undefined)
  t.equal(one.taken('passwd', DATABASES.passwd.encode({ ...user(1), uid: 6, gid: 1000 })), undefined)
  t.equal(one.taken('group', DATABASES.group.encode(group('disk', 6))), undefined)
  const groups = one.taken('initgroups', DATABASES.initgroups.encode({ name: 'user1', gids: [6, 1000, 42] }))
  t.same(groups && DATABASES.initgroups.decode(groups), { name: 'user1', gids: [1000] })
  const high = DATABASES.initgroups.encode({ name: 'user1', gids: [1000, 1001] })
  t.equal(one.taken('initgroups', high), high)
})

t.test('what is dropped is counted, users and groups, with the first names', async (t) => {
  t.same(atOnce(floor({}).dropped(SNAPSHOT)), { users: 1, groups: 2, names: ['munge', 'munge', 'disk'] })
  const named = floor({ users: ['munge'], groups: ['munge', 'disk'] })
  t.same(atOnce(named.dropped(SNAPSHOT)), { users: 0, groups: 0, names: [] })
})

t.test(
  "a node's floors are those of its login.defs, 1000 without the file; a line that makes no sense is told",
  async (t) => {
    t.match(idFloorsOf('login.defs'), { uidMin: 1000, gidMin: 1000, diagnostics: [] })
    t.match(idFloorsOf('login.defs', Buffer.from('UID_MIN 500\nGID_MIN\t600\n')), {
      uidMin: 500,
      gidMin: 600,
      diagnostics: [],
    })
    t.match(idFloorsOf('/l', Buffer.from('# x\nUID_MIN many\n')), {
      uidMin: 1000,
      diagnostics: [{ file: '/l', line: 2, column: 9, end: 13, message: /^"many" is not a valid UID_MIN/ }],
    })
  },
)

t.test('a name with digits in it is a name, and an id has ten digits at most', async (t) => {
  const named = { ...contents(1), group: [group('6x', 50), group('x6', 51), group('12345678901', 52)] }
  const snapshot = Snapshot.open(buildPublic(named))
  const rule = { uidMin: 1000, gidMin: 1000, users: [], groups: ['6x', 'x6', '12345678901', '66'] }
  t.same(new IdFloor(snapshot, rule).exceptions.gids, [50, 51, 52, 66])
})

t.test('without a snapshot ids are taken by the rule alone, and names name nobody', async (t) => {
  const one = new IdFloor(undefined, { uidMin: 1000, gidMin: 1000, users: ['munge', '64'], groups: ['disk', '6'] })
  t.same(one.exceptions, { uids: [64], gids: [6] })
  t.ok(one.takesUid(64))
})

t.test('records without ids are taken as they are', async (t) => {
  const record = DATABASES.netgroup.encode({ name: 'nodes', triples: [{ host: 'n0', user: '', domain: '' }] })
  t.equal(floor({}).taken('netgroup', record), record)
})

t.test('what is dropped is the same by what is new against an earlier snapshot as by all of it', async (t) => {
  const snapshotWith = (uids: readonly number[]): Snapshot =>
    Snapshot.open(buildPublic({ ...contents(0), passwd: uids.map((uid) => ({ ...user(uid), uid, gid: 1000 })) }))
  const rule = { uidMin: 1000, gidMin: 1000, users: [], groups: [] }
  const ofAll = (snapshot: Snapshot) => atOnce(new IdFloor(snapshot, rule).dropped(snapshot))
  const before = snapshotWith([2000, 500, 3000])
  const earlier = { snapshot: before, floor: new IdFloor(before, rule), dropped: ofAll(before) }
  for (const uids of [
    [2000, 500, 3000],
    [2000, 500, 3000, 4000],
    [500, 3000],
    [2000, 3000],
    [2000, 500, 600, 3000],
    [2000, 500, 3000, 700],
    [],
  ]) {
    const after = snapshotWith(uids)
    t.same(atOnce(new IdFloor(after, rule).dropped(after, earlier)), ofAll(after), `${uids}`)
  }
  const named = { ...rule, users: ['user500'] }
  const after = snapshotWith([2000, 500, 3000])
  t.equal(atOnce(new IdFloor(after, named).dropped(after, earlier)).users, 0, 'by another rule all is looked at')
})

t.test('five names of all that is dropped are told, users first', async (t) => {
  const many = {
    ...contents(0),
    passwd: Array.from({ length: 4 }, (_, i) => ({ ...user(i), uid: 10 + i })),
    group: Array.from({ length: 8 }, (_, i) => group(`group${i}`, 10 + i)),
  }
  const dropped = atOnce(floor({}).dropped(Snapshot.open(buildPublic(many))))
  t.same(dropped, { users: 4, groups: 8, names: ['user0', 'user1', 'user2', 'user3', 'group0'] })
})

t.test('a shadow entry goes with its user: dropped, unknown or taken', async (t) => {
  const taken = (name: string, rule: Partial<IdRule> = {}) => floor(rule).taken('shadow', shadowOf(name)) !== undefined
  t.same([taken('user1'), taken('munge'), taken('ghost')], [true, false, false])
  t.ok(taken('munge', { users: ['munge'], groups: ['munge'] }))
  t.ok(new IdFloor(undefined, { uidMin: 1000, gidMin: 1000, users: [], groups: [] }).taken('shadow', shadowOf('ghost')))
})

t.test('a limit above all ids is none, however it is written, and says so; the greatest id is one', async (t) => {
  const above = ['4294967296', '4294968296', '9999999999', '99999999999999999999', '0x100000000', '040000000000', '08']
  for (const value of above) {
    const floors = idFloorsOf('/l', Buffer.from(`UID_MIN ${value}\n`))
    t.equal(floors.uidMin, 1000, value)
    t.match(floors.diagnostics, [{ line: 1, message: `"${value}" is not a valid UID_MIN; 1000 is used` }])
  }
  for (const value of ['4294967295', '0xffffffff', '037777777777']) {
    const floors = idFloorsOf('/l', Buffer.from(`UID_MIN ${value}\n`))
    t.same([floors.uidMin, floors.diagnostics], [4294967295, []], value)
  }
})

t.test('whatever limits login.defs has, a node writes its floor into its copy', async (t) => {
  for (const value of ['1', '4294967295', '4294967296', '9999999999', '99999999999999999999', '-1']) {
    const { uidMin, gidMin } = idFloorsOf('/l', Buffer.from(`UID_MIN ${value}\nGID_MIN ${value}\n`))
    const exceptions = { uids: [], gids: [] }
    t.doesNotThrow(() => ownParts(SNAPSHOT.bytes.length, 0, { uidMin, gidMin, exceptions }), value)
  }
})
