// What a master remembers of the hashes that nodes were given: over restarts, over a disk that takes nothing, and for many nodes.
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { GivenPasswords } from '../../../src/daemon/passwords/given-passwords.ts'
import { folder } from '../../folder.ts'
import { logOf } from '../../kickback/cluster.ts'

t.test('who was given at some time is known after a restart, and nothing else of them', async (t) => {
  const stateDir = folder(t)
  const given = GivenPasswords.open(stateDir, logOf())
  given.numbered(9)
  await given.noted(1, 'login', ['ada', 'bob'])
  await given.noted(2, 'login', ['ada', 'eve'])
  await given.noted(1, 'all', ['zoe'])
  const again = GivenPasswords.open(stateDir, logOf())
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
  const given = GivenPasswords.open(stateDir, logOf())
  await t.rejects(given.noted(1, 'login', ['ada']), { code: 'ENOENT' })
  await t.rejects(given.noted(1, 'login', ['ada']), { code: 'ENOENT' }, 'it is not taken for noted')
  mkdirSync(stateDir)
  await given.noted(1, 'login', ['ada'])
  t.same(GivenPasswords.open(stateDir, logOf()).of(1), ['ada'])
  rmSync(stateDir, { recursive: true })
  await given.noted(1, 'login', ['ada'])
  t.throws(() => readFileSync(join(stateDir, 'passwords-given')), 'there was nothing new to write')
})

t.test('the users of a grant are looked through once, not for each of its nodes', async (t) => {
  const given = GivenPasswords.open(folder(t), logOf())
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
