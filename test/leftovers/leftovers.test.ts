// What a test file leaves running is ended by the runner, and is a failure: whether the file ends, hangs, or the runner is told to end.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folder } from '../folder.ts'
import { until } from '../patience.ts'

const LEAVING = 'test/leftovers/leaving.ts'

function running(t: Test, options: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const left = join(folder(t), 'left')
  const env = { ...process.env, ...more, KICKBACK_TEST_LEFT: left }
  const words = ['-u', 'NODE_OPTIONS', process.execPath, join(import.meta.dirname, '../run.ts'), ...options, LEAVING]
  const child = spawn('env', words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const pids = () => readFileSync(left, 'utf8').split('\n').map(Number)
  return { child, ended, said: () => said, hasLeft: () => existsSync(left) && pids().length === 4, pids }
}

function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

t.test('a file that ends well, but leaves processes, fails', async (t) => {
  const { ended, said, pids } = running(t, ['--patience=1'])
  t.not(await ended, 0)
  t.same(pids().filter(runs), [])
  t.match(said(), /not ok \d+ - no file left a process/)
  t.match(said(), new RegExp(`${LEAVING}[^]*sleep 1000`))
})

t.test('a file and what it started end where its time is over', async (t) => {
  const { ended, pids } = running(t, ['--timeout=2'], { KICKBACK_TEST_HANGS: '1' })
  t.not(await ended, 0)
  t.same(pids().filter(runs), [])
})

t.test('and where the runner is told to end', async (t) => {
  const { child, ended, hasLeft, pids } = running(t, [], { KICKBACK_TEST_HANGS: '1' })
  await until(hasLeft)
  child.kill('SIGTERM')
  await ended
  await until(() => !pids().some(runs), 'all have ended')
})
