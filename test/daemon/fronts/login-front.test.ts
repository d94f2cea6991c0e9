import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LoginFront } from '../../../src/daemon/fronts/login-front.ts'
import { NOTHING_SERVED } from '../../../src/daemon/served.ts'
import { buildPublic, type LoginRule, Snapshot, stamp } from '../../../src/resolver/index.ts'
import { quick } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { contents } from '../../kickback/cluster.ts'
import { until } from '../../patience.ts'

const RULE: LoginRule = { key: '0-3', nodes: [{ first: 0, last: 3 }], users: ['user1'], groups: ['wheel'] }

/** A generation with these rules. */
function generation(number: number, ...logins: readonly LoginRule[]): Snapshot {
  const bytes = buildPublic({ ...contents(5), logins })
  stamp(bytes, { generation: number })
  return Snapshot.open(bytes)
}

/** A front whose node and proof are as `now` says, and what it writes and logs. */
function front(t: Tap) {
  const stateDir = folder(t)
  const localUsers = join(stateDir, 'passwd')
  writeFileSync(localUsers, 'root:x:0:0::/:/bin/sh\nkeeper:x:900:900::/:/bin/sh\n')
  const now: { node: number | 'unknown' | undefined; isProved: boolean } = { node: 3, isProved: true }
  const lines: string[] = []
  const keep = (_fields: object, message: string): void => void lines.push(message)
  const made = new LoginFront({
    ...{ stateDir, localUsers, clock: quick, log: { info: keep, warn: keep, error: keep } },
    isProved: () => now.isProved,
    nodeIn: () => now.node,
  })
  t.teardown(() => made.close())
  const path = join(stateDir, 'access.conf')
  const text = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  const serve = (snapshot: Snapshot): Promise<void> => made.serve({ ...NOTHING_SERVED, public: snapshot })
  return { made, now, lines, path, localUsers, text, serve }
}

t.test('a node without a rule has no file; with one it has those of the rule and its own users', async (t) => {
  const { text, path, serve, lines } = front(t)
  await serve(generation(1))
  t.notOk(existsSync(path))
  await serve(generation(2, { ...RULE, nodes: [{ first: 4, last: undefined }] }))
  t.notOk(existsSync(path), 'a rule of other nodes')
  await serve(generation(3, RULE))
  t.match(text(), /^\+:keeper:ALL\n(.*\n)*\+:user1:ALL\n\+:\(wheel\):ALL\n(.*\n)*-:ALL:ALL\n$/m)
  t.equal(statSync(path).mode & 0o7777, 0o644)
  t.same(lines, ['only some may log in here'])
})

t.test('a rule that goes leaves a file that lets everybody in: PAM must find one', async (t) => {
  const { text, serve, lines } = front(t)
  await serve(generation(1, RULE))
  await serve(generation(2))
  t.match(text(), /^# Written by kickback\.[^\n]*\n$/)
  t.same(lines, ['only some may log in here', 'everybody may log in here'])
})

t.test('the file is replaced by rename, and only where something changed', async (t) => {
  const { path, serve } = front(t)
  const inode = (): number => statSync(path).ino
  await serve(generation(1, RULE))
  const first = inode()
  await serve(generation(2, RULE))
  t.equal(inode(), first)
  await serve(generation(3, { ...RULE, users: ['user2'] }))
  t.not(inode(), first)
})

t.test('what no trusted key signed opens nothing and closes nothing, and that is said once', async (t) => {
  const { text, serve, now, lines } = front(t)
  now.isProved = false
  await serve(generation(1, RULE))
  t.equal(text(), '')
  now.isProved = true
  await serve(generation(2, RULE))
  const closed = text()
  now.isProved = false
  await serve(generation(3))
  await serve(generation(4, { ...RULE, users: ['mallory'] }))
  await serve(generation(5, { ...RULE, users: ['eve'] }))
  t.equal(text(), closed)
  t.equal(lines.filter((line) => /is not applied/.test(line)).length, 2, 'again after it was right')
})

t.test(
  'while the addresses of the machine are not known the file stays; a machine that is no node has no rule',
  async (t) => {
    const { made, text, serve, now } = front(t)
    await serve(generation(1, RULE))
    const closed = text()
    now.node = 'unknown'
    await serve(generation(2))
    t.equal(text(), closed)
    now.node = undefined
    await made.look()
    t.notMatch(text(), /^[+-]/m)
    now.node = 2
    await serve(generation(3, RULE))
    t.equal(text(), closed)
  },
)

t.test('damaged rules leave the file as it is, and are logged', async (t) => {
  const { text, serve, lines } = front(t)
  await serve(generation(1, RULE))
  const closed = text()
  const bytes = Buffer.from(generation(2, RULE).bytes)
  const at = bytes.indexOf('0-3 user1')
  bytes[at + 1] = 0x78
  await serve(Snapshot.open(bytes))
  t.equal(text(), closed)
  t.match(lines.at(-1), /cannot be written: .*damaged/)
})

t.test('a file that is not ours is left alone, and so is a symbolic link', async (t) => {
  const { path, serve, text, lines, made, localUsers } = front(t)
  writeFileSync(path, '+:ALL:ALL\n')
  await serve(generation(1, RULE))
  await made.look()
  t.equal(text(), '+:ALL:ALL\n')
  t.same(lines, [`${path} is not of kickback: it is left as it is; move it away`])
  rmSync(path)
  symlinkSync(localUsers, path)
  await made.look()
  t.match(lines.at(-1), /cannot be written/)
  t.match(readFileSync(localUsers, 'utf8'), /^root:/)
})

t.test('a file that is gone, was changed, or could not be written is there again after a look', async (t) => {
  const { made, path, serve, text, lines } = front(t)
  await serve(generation(1, RULE))
  const right = text()
  rmSync(path)
  await made.look()
  t.equal(text(), right)
  appendFileSync(path, '+:mallory:ALL\n')
  await made.look()
  t.equal(text(), right)
  mkdirSync(`${path}.new`)
  writeFileSync(join(`${path}.new`, 'in the way'), '')
  await serve(generation(2, { ...RULE, users: ['user2'] }))
  t.equal(text(), right, 'the old file is whole')
  t.match(lines.at(-1), /cannot be written/)
  rmSync(`${path}.new`, { recursive: true })
  await made.look()
  t.match(text(), /^\+:user2:ALL$/m)
})

t.test(
  "a new user of the machine itself is let in without a new generation, and nobody is locked out by a file that can't be read",
  async (t) => {
    const { text, serve, localUsers, made, lines } = front(t)
    await serve(generation(1, RULE))
    appendFileSync(localUsers, 'newcomer:x:901:901::/:/bin/sh\n')
    await until(() => /^\+:newcomer:ALL$/m.test(text()))
    const right = text()
    rmSync(localUsers)
    await until(() => lines.some((line) => /can't read/.test(line)))
    await made.look()
    t.equal(text(), right)
  },
)

t.test('without the users of the machine no file is written at all', async (t) => {
  const { path, serve, localUsers } = front(t)
  rmSync(localUsers)
  await serve(generation(1, RULE))
  t.notOk(existsSync(path))
})

t.test('a file that was changed is put right, also where its length and its time are as before', async (t) => {
  const { made, path, text, serve } = front(t)
  await serve(generation(1, RULE))
  await made.look()
  await made.look()
  const right = text()
  const { atime, mtime } = statSync(path)
  writeFileSync(path, right.replace('user1', 'user2'))
  utimesSync(path, atime, mtime)
  await made.look()
  t.equal(text(), right)
})

t.test('after the end nothing is written', async (t) => {
  const { made, path, serve } = front(t)
  await made.close()
  await serve(generation(1, RULE))
  t.notOk(existsSync(path))
})
