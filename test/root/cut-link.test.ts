import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { until } from '../patience.ts'
import { connect, type Machine, machine } from './machine.ts'

const SCRIPT = join(import.meta.dirname, 'follower.ts')

/** A program on a machine whose lines can be waited for. */
function program(
  t: Test,
  on: Machine,
  ...args: readonly string[]
): { child: ChildProcess; said: (line: string) => Promise<void> } {
  const inside = ['-t', String(on.pid), '--net', '--mount', '--uts', '--wd=/', '--', process.execPath, SCRIPT, ...args]
  const child = spawn('nsenter', inside, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  /** Resolves once a line was said that no one has waited for yet. */
  const said = async (line: string): Promise<void> => {
    await until(() => lines.includes(line), line)
    lines.splice(0, lines.indexOf(line) + 1)
  }
  return { child, said }
}

t.test(
  'a link that is cut without a word is noticed, and when it is back the proxy takes what it missed',
  async (t) => {
    const [a, b] = [await machine(t, 'a'), await machine(t, 'b')]
    connect([a, '10.0.0.1/24'], [[b, '10.0.0.14/24']])
    const master = program(t, a, 'master', '3045')
    await master.said('listening')
    const node = program(t, b, 'proxy', '10.0.0.1', '3045', '/run/node')
    await node.said('took 1')
    await node.said('following')
    b.must('ip link set eth0 down')
    master.child.stdin?.write('2\n')
    await node.said('searching')
    b.must('ip link set eth0 up')
    await node.said('took 2')
    await node.said('following')
    t.pass('it follows again')
  },
)
