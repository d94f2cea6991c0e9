import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { answerFirst } from '../../../src/daemon/supervision/priority.ts'
import { Scratch } from '../../cli/scratch.ts'
import { freePort } from '../../free-port.ts'
import { niceOf } from './answering.ts'

const PROGRAM = join(import.meta.dirname, 'answering.ts')
const isRoot = process.getuid?.() === 0
/** The usual nice value: that of this process. */
const USUAL = 0

/** What a process has that answers first, started by these words. */
function priorities(...before: readonly string[]): object {
  const [program = '', ...words] = [...before, process.execPath, PROGRAM]
  const { stdout, stderr } = spawnSync('nice', ['-n', '0', program, ...words], { encoding: 'utf8' })
  t.equal(stderr, '')
  return JSON.parse(stdout)
}

t.test('the thread that answers goes before others where it may, and what it starts does not', async (t) => {
  const { own, started, said } = priorities() as { own: number; started: number; said: readonly string[] }
  const mayNot = said.length > 0
  t.equal(own, mayNot ? USUAL : -10)
  t.equal(started, USUAL)
  if (isRoot) t.notOk(mayNot, 'root may')
})

t.test('it answers as others do where it must not, and says so', async (t) => {
  const found = priorities('prlimit', '--nice=0:0', ...(isRoot ? ['setpriv', '--bounding-set=-sys_nice'] : []))
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

t.test('the process of DNS answers first, or says that it may not', async (t) => {
  const scratch = new Scratch(t)
  const dns = `127.0.0.1:${await freePort()}`
  const daemon = await scratch.serve('--dns', dns, '--log-level', 'debug')
  const { dns_process: found } = JSON.parse((await scratch.ask('status', '--json')).stdout)
  const nice = niceOf(String(found.pid))
  if (nice === USUAL) t.match(daemon.stderr, 'DNS has the priority of other programs')
  else t.equal(nice, -10)
})
