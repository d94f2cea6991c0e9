import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder, type Tap } from '../folder.ts'
import { publicSnapshot } from '../kickback/cluster.ts'
import { missing, ROOT } from '../nss/programs.ts'

const SCRIPT = join(ROOT, 'packaging/health/kickback-health')
const PAGE = join(ROOT, 'docs/man/kickback-health.8')

/** The shells that /bin/sh is on machines. */
const SHELLS = [['dash'], ['busybox', 'sh'], ['bash', '--posix']]

/** A machine with a copy that a master was in step with so many seconds ago. */
class Machine {
  readonly run: string
  readonly state: string

  constructor(t: Tap, age: number) {
    const at = folder(t)
    this.run = join(at, 'run')
    this.state = join(at, 'state')
    for (const path of [this.run, this.state]) {
      mkdirSync(path, { mode: 0o755 })
      writeFileSync(join(path, 'snapshot.1'), publicSnapshot(1).bytes)
      chmodSync(join(path, 'snapshot.1'), 0o644)
    }
    const time = Date.now() / 1000 - age
    utimesSync(join(this.state, 'snapshot.1'), time, time)
  }

  /** Runs the script; its code and its only line. */
  check(words: readonly string[] = [], shell: readonly string[] = ['dash']) {
    const [program = '', ...first] = shell
    const folders = ['--run-dir', this.run, '--state-dir', this.state]
    const env = { PATH: process.env.PATH, LD_LIBRARY_PATH: join(ROOT, 'build'), KICKBACK_RUN_DIR: this.run }
    const done = spawnSync(program, [...first, SCRIPT, ...folders, ...words], { env, encoding: 'utf8' })
    return { code: done.status, stdout: done.stdout, stderr: done.stderr }
  }
}

t.test('a machine is well whose module answers and whose copy is not old', async (t) => {
  const machine = new Machine(t, 60)
  for (const shell of SHELLS.filter(([program = '']) => missing(program) === false)) {
    t.match(
      machine.check([], shell),
      { code: 0, stdout: /^kickback OK: [^\n]+ ago at most\n$/, stderr: '' },
      shell.join(' '),
    )
  }
})

t.test('a copy is old after the given time, and not before', async (t) => {
  const machine = new Machine(t, 90_000)
  t.match(machine.check(), { code: 1, stdout: /^kickback WARNING: no master was in step .* for 25 h: [^\n]+\n$/ })
  t.match(machine.check(['--max-age', '90600']), { code: 0 })
  t.match(machine.check(['--max-age', '89000']), { code: 1 })
  // A master follows nobody, however old its copy is.
  writeFileSync(join(machine.state, 'signing.key'), '')
  t.match(machine.check(), { code: 0, stdout: /is a master\n$/ })
})

t.test('a copy that the module does not take is no copy', async (t) => {
  const machine = new Machine(t, 60)
  writeFileSync(join(machine.run, 'snapshot.1'), 'kickback, but not a snapshot')
  t.match(machine.check(), { code: 2, stdout: /^kickback CRITICAL: the module does not answer from [^\n]+\n$/ })
  chmodSync(join(machine.run, 'snapshot.1'), 0o666)
  writeFileSync(join(machine.run, 'snapshot.1'), publicSnapshot(1).bytes)
  t.match(machine.check(), { code: 2 }, 'another user could have written it')
  chmodSync(join(machine.run, 'snapshot.1'), 0o644)
  t.match(machine.check(), { code: 0 })
})

t.test('a daemon that is gone is told, and one that runs is not', async (t) => {
  const machine = new Machine(t, 60)
  writeFileSync(join(machine.run, 'owner'), `${process.pid} 1\n`)
  t.match(machine.check(), { code: 0 })
  const ended = spawnSync('true')
  writeFileSync(join(machine.run, 'owner'), `${ended.pid} 1\n`)
  t.match(machine.check(), { code: 2, stdout: /^kickback CRITICAL: the daemon is gone[^\n]+\n$/ })
  for (const text of ['', 'x y\n', '$(reboot) 1\n']) {
    writeFileSync(join(machine.run, 'owner'), text)
    t.match(machine.check(), { code: 0 }, 'a claim that says nothing')
  }
})

t.test('a machine without a copy, and words that mean nothing', async (t) => {
  const machine = new Machine(t, 60)
  for (const words of [['--max-age'], ['--max-age', 'x'], ['--max-age', ''], ['--nosuch'], ['x']]) {
    t.match(machine.check(words), { code: 3, stdout: '', stderr: /^kickback-health: [^\n]+\n$/ }, words.join(' '))
  }
  for (const path of [machine.run, machine.state]) rmSync(join(path, 'snapshot.1'))
  t.match(machine.check(), { code: 2, stdout: /^kickback CRITICAL: this machine has no copy [^\n]+\n$/ })
})

t.test('shellcheck has nothing to say of the script', { skip: missing('shellcheck') }, async (t) => {
  t.equal(spawnSync('shellcheck', ['-s', 'sh', SCRIPT], { encoding: 'utf8' }).stdout, '')
})

t.test('mandoc has nothing to say of its manual', { skip: missing('mandoc') }, async (t) => {
  t.equal(spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', PAGE], { encoding: 'utf8' }).stdout, '')
})

t.test('the manual and --help name each option', async (t) => {
  const options = [...readFileSync(SCRIPT, 'utf8').matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option]) => option ?? '')
  t.ok(options.length >= 5)
  for (const option of options) t.match(readFileSync(PAGE, 'utf8'), `Fl -${option}`)
})
