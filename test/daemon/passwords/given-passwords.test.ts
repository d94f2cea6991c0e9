// What a master remembers of the hashes that nodes were given: over restarts, over a disk that takes nothing, and for many nodes.
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { GivenPasswords } from '../../../src/daemon/passwords/given-passwords.ts'
import { folder } from '../../folder.ts'
import { logOf } from '../../kickback/cluster.ts'

/** Those of a state dir, at this time, and what was logged. */
function open(stateDir: string, now = 1_800_000_000, isRestored = false) {
  const lines: string[] = []
  return { given: GivenPasswords.open(stateDir, { log: logOf(lines), now, isRestored }), lines }
}

t.test('who was given at some time is known after a restart, and nothing else of them', async (t) => {
  const stateDir = folder(t)
  const given = open(stateDir).given
  given.numbered(9)
  await given.noted(1, 'login', ['ada', 'bob'])
  await given.noted(2, 'login', ['ada', 'eve'])
  await given.noted(1, 'all', ['zoe'])
  const again = open(stateDir).given
  for (const one of [given, again]) {
    t.same(one.of(1), ['ada', 'bob', 'zoe'])
    t.same(one.of(2), ['ada', 'bob', 'eve'], 'it may have had what the rules gave before')
    t.same(one.of(3), [])
  }
  t.equal(again.number, 9)
  t.equal(statSync(join(stateDir, 'passwords-given')).mode & 0o777, 0o600)
})

t.test('what the disk does not take is not noted, and is written with what comes next', async (t) => {
  const stateDir = join(folder(t), 'state')
  const given = open(stateDir).given
  await t.rejects(given.noted(1, 'login', ['ada']), { code: 'ENOENT' })
  await t.rejects(given.noted(1, 'login', ['ada']), { code: 'ENOENT' }, 'it is not taken for noted')
  mkdirSync(stateDir)
  await given.noted(1, 'login', ['ada'])
  t.same(open(stateDir).given.of(1), ['ada'])
  rmSync(stateDir, { recursive: true })
  await given.noted(1, 'login', ['ada'])
  t.throws(() => readFileSync(join(stateDir, 'passwords-given')), 'there was nothing new to write')
})

t.test('the users of a grant are looked through once, not for each of its nodes', async (t) => {
  const given = open(folder(t)).given
  let reads = 0
  const users = new Proxy(['ada', 'bob'], {
    get: (all, name, self) => {
      if (name === '0') reads++
      return Reflect.get(all, name, self)
    },
  })
  await Promise.all(Array.from({ length: 100 }, (_, node) => given.noted(node, 'login', users)))
  t.equal(reads, 1)
  await given.noted(1, 'login', ['ada', 'eve'])
  await given.noted(2, 'login', users)
  t.equal(reads, 2, 'others came between')
  t.same(given.of(1), ['ada', 'bob', 'eve'])
})

t.test('what is damaged, or restored from a backup, says from when on it is whole again, and that stays', async (t) => {
  const dir = folder(t)
  const first = open(dir).given
  await first.noted(1, '0-3', ['ada'])
  const restored = open(dir, 1_800_000_100.5, true).given
  t.same([restored.of(1), restored.lost], [['ada'], 1_800_000_100])
  t.same(open(dir, 1_800_000_200).given.lost, 1_800_000_100, 'over a restart, though nothing was given')
  const file = join(dir, 'passwords-given')
  writeFileSync(file, readFileSync(file).subarray(0, 20))
  const { given, lines } = open(dir, 1_800_000_300)
  t.same([given.of(1), given.lost], [[], 1_800_000_300])
  t.match(lines.join('\n'), /it is not known any more which password hashes nodes were given/)
  await given.noted(1, '0-3', ['bob'])
  t.same(open(dir).given.lost, 1_800_000_300)
})

t.test('a damaged file is told until somebody has moved it away, over restarts too', async (t) => {
  const dir = folder(t)
  const whole = open(dir).given
  await whole.noted(1, '0-3', ['ada'])
  t.equal(whole.damaged, undefined)
  t.equal(open(dir, 1_800_000_100, true).given.damaged, undefined, 'a backup that was restored is not damaged')
  const file = join(dir, 'passwords-given')
  writeFileSync(file, 'no')
  mkdirSync(`${file}.damaged-1800000300`)
  const stuck = open(dir, 1_800_000_300).given
  t.equal(stuck.damaged, file, 'where it cannot be put aside')
  rmdirSync(`${file}.damaged-1800000300`)
  await stuck.noted(1, '0-3', ['bob'])
  for (const given of [stuck, open(dir).given]) t.equal(given.damaged, `${file}.damaged-1800000300`)
  const again = open(dir).given
  rmSync(`${file}.damaged-1800000300`)
  t.equal(again.damaged, undefined)
})

t.test('a damaged file is kept, and nothing is written in its place while that cannot be', async (t) => {
  const dir = folder(t)
  await open(dir).given.noted(1, '0-3', ['ada'])
  const file = join(dir, 'passwords-given')
  const damaged = readFileSync(file, 'latin1').slice(0, -5)
  writeFileSync(file, damaged)
  mkdirSync(`${file}.damaged-1800000300`)
  const { given, lines } = open(dir, 1_800_000_300)
  t.match(lines.join('\n'), /The damaged file is kept/)
  t.equal(readFileSync(file, 'latin1'), damaged)
  await t.rejects(given.noted(1, '0-3', ['bob']), { code: 'EISDIR' }, 'no hash leaves')
  t.equal(readFileSync(file, 'latin1'), damaged)
  rmdirSync(`${file}.damaged-1800000300`)
  await given.noted(1, '0-3', ['bob'])
  t.equal(readFileSync(`${file}.damaged-1800000300`, 'latin1'), damaged)
  t.same(open(dir).given.of(1), ['bob'])
})
