// The program that asks the modules of the name service: what it prints is their answers, and nothing else that they do.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nameServiceProgram } from '../../../src/daemon/accounts/service-child.ts'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'
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

t.test('a module that hangs ends with the daemon that is killed', async (t) => {
  const fake = new FakeService(t)
  fake.mode('hang')
  // A daemon that has asked: it gives the number of the process, and waits to be killed.
  const asking = `
    const child = require('node:child_process').spawn(process.argv[1], { stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdin.write('fake passwd-name ann\\n')
    console.log(child.pid)
    setInterval(() => {}, 1000)`
  const env = { ...process.env, ...fake.environment }
  const daemon = spawn(process.execPath, ['-e', asking, nameServiceProgram()], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = Number(String((await once(daemon.stdout, 'data'))[0]))
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  await until(() => fake.asked('getpwnam ann') === 1)
  t.ok(isAlive(pid), 'it hangs')
  daemon.kill('SIGKILL')
  await until(() => !isAlive(pid))
  t.notOk(isAlive(pid))
})

/** Whether there is a process that has not ended: one that nobody has waited for yet has. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
