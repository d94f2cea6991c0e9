import { spawnSync } from 'node:child_process'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { answerFirst } from '../../../src/daemon/supervision/priority.ts'
import { Scratch } from '../../cli/scratch.ts'
import { freePort } from '../../free-port.ts'
import { niceOf } from './answering.ts'

const PROGRAM = join(import.meta.dirname, 'answering.ts')
const isRoot = process.getuid?.() === 0
/** The usual nice value: that of this process. */
const USUAL = getPriority()

/** What a process has that answers first, started by these words, and told others. */
function priorities(before: readonly string[] = [], told: readonly string[] = []): object {
  const [program = '', ...words] = [...before, process.execPath, PROGRAM, ...told]
  const { stdout, stderr } = spawnSync('nice', ['-n', '0', program, ...words], { encoding: 'utf8' })
  t.equal(stderr, '')
  return JSON.parse(stdout)
}

t.test('the thread that answers goes before others where it may, and what it starts does not', async (t) => {
  const { own, started, said } = priorities() as { own: number; started: number; said: readonly string[] }
  const mayNot = said.length > 0
  t.equal(own, mayNot ? USUAL : -10)
  // Threads of one that goes first begin at the usual value of the system (SCHED_FLAG_RESET_ON_FORK).
  t.equal(started, mayNot ? USUAL : 0)
  if (isRoot) t.notOk(mayNot, 'root may')
})

t.test('it answers as others do where it must not, and says so', async (t) => {
  const found = priorities(['prlimit', '--nice=0:0', ...(isRoot ? ['setpriv', '--bounding-set=-sys_nice'] : [])])
  t.match(found, {
    own: USUAL,
    started: USUAL,
    said: [/^DNS has the priority of other programs: it could not get a nice value of -10/],
  })
})

t.test('without the module, or with one of an earlier release, it answers as others do', async (t) => {
  const said: object[] = []
  const log = { debug: (fields: object) => said.push(fields) }
  answerFirst(log, () => {
    throw new Error('no such file')
  })
  answerFirst(log, () => () => 1)
  t.same(said, [{ reason: 'no such file' }, { reason: 'operation not permitted' }])
})

t.test('it has the usual priority while it works for most of the time', async (t) => {
  const given: number[] = []
  const parts = [0.1, 0.9, 1, 0.7, 0.1, 0.8]
  const give = () => (nice: number) => {
    given.push(nice)
    return 0
  }
  const polled = answerFirst({ debug: () => {} }, give, () => parts.shift() ?? 0)
  const after: (number | undefined)[] = []
  for (let second = 0; second < 6; second++) {
    polled()
    after.push(given.at(-1))
  }
  t.same(after, [-10, USUAL, USUAL, -10, -10, USUAL])
  t.equal(given.length, 4, 'it is set when it changes')
})

t.test('it keeps the usual priority where it may not have the higher one again, or had none', async (t) => {
  for (const allowed of [0, 2]) {
    const given: number[] = []
    const parts = [0.9, 0.1, 0.9, 0.1]
    const give = () => (nice: number) => (given.push(nice) > allowed ? 1 : 0)
    const polled = answerFirst({ debug: () => {} }, give, () => parts.shift() ?? 0)
    for (let second = 0; second < 4; second++) polled()
    t.same(given, [-10, USUAL, -10].slice(0, allowed + 1))
  }
})

t.test('what it works is told by its own event loop', async (t) => {
  const { busy, rested, said } = priorities([], ['busy']) as { busy: number; rested: number; said: readonly string[] }
  if (said.length > 0) t.same([busy, rested], [USUAL, USUAL])
  else t.same([busy, rested], [USUAL, -10])
})

t.test('the process of DNS answers first, or says that it may not', async (t) => {
  const scratch = new Scratch(t)
  const dns = `127.0.0.1:${await freePort()}`
  const daemon = await scratch.serve('--dns', dns, '--log-level', 'debug')
  const { dns_process: found } = JSON.parse((await scratch.ask('status', '--json')).stdout)
  const nice = niceOf(String(found.pid))
  if (nice === USUAL) t.match(daemon.stderr, 'DNS has the priority of other programs')
  else t.equal(nice, -10)
})
