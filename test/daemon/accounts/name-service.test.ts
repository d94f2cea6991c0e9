// The program that asks the modules of the name service: what it prints is their answers, and nothing else that they do.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nameServiceProgram } from '../../../src/daemon/accounts/service-child.ts'
import { folder } from '../../folder.ts'
import { FakeService, user } from './fake.ts'

/** What the program answers to questions, a line each. */
function answersOf(environment: Record<string, string>, ...questions: readonly string[]): string[] {
  const input = questions.map((question) => `${question}\n`).join('')
  const env = { ...process.env, ...environment }
  return spawnSync(nameServiceProgram(), { input, env, encoding: 'utf8' }).stdout.split('\n').slice(0, -1)
}

t.test('what a module prints is no answer, and what it reads is no question', (t) => {
  const fake = new FakeService(t)
  fake.users(user('ann', 3000), user('bob', 3001))
  fake.groups('lab:x:5000:ann')
  fake.mode('loud')
  const [ann, bob] = [3000, 3001].map((uid) => ` ${uid === 3000 ? 'ann' : 'bob'}:*:${uid}:5000:`)
  const answers = answersOf(
    fake.environment,
    'fake passwd',
    'fake passwd-name ann',
    'fake passwd-name nobody',
    'fake group-id 5000',
    'fake initgroups ann',
  )
  t.match(answers, [ann, bob, 'absent', ann, 'found', 'absent', ' lab:*:5000:ann', 'found', ' 5000', 'found'])
  t.equal(answers.length, 10)
  t.end()
})

t.test('a module that is there and cannot be loaded is not available; one that is not there is missing', (t) => {
  const dir = folder(t)
  const broken = (name: string, content: string): void => writeFileSync(join(dir, `libnss_${name}.so.2`), content)
  broken('empty', '')
  broken('text', 'this is no module')
  mkdirSync(join(dir, 'libnss_folder.so.2'))
  const answers = (...names: readonly string[]): string[] =>
    answersOf({ LD_LIBRARY_PATH: dir }, ...names.map((name) => `${name} passwd`))
  t.same(answers('empty', 'text', 'folder', 'nowhere', 'text'), ['unavail', 'unavail', 'unavail', 'missing', 'unavail'])
  t.same(answers('kickback', '../files', 'files/'), ['missing', 'missing', 'missing'], 'what is no service')
  t.end()
})

t.test('modules, and programs that they start, have no capabilities and get none', (t) => {
  const fake = new FakeService(t)
  fake.users(user('ann', 3000))
  fake.mode('rights')
  t.equal(answersOf(fake.environment, 'fake passwd-name ann').at(-1), 'found')
  for (const field of ['CapPrm', 'CapEff', 'CapAmb'])
    t.same(fake.rights(field), ['0'.repeat(16), '0'.repeat(16)], field)
  t.same(fake.rights('NoNewPrivs'), ['1', '1'])
  t.same(new Set(fake.rights('Uid')), new Set([String(process.getuid?.())]), 'the user stays')
  t.end()
})
