// npm start, after its set-up: examples/start on free ports, the commands that it prints, and Ctrl-C.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'
import { root, runIn } from './served.ts'

t.test('npm start serves the example, prints commands that work, and ends cleanly with Ctrl-C', async (t) => {
  const dir = folder(t)
  cpSync(join(root, 'examples'), join(dir, 'examples'), { recursive: true })
  for (const name of ['bin', 'build']) symlinkSync(join(root, name), join(dir, name))
  const env = { ...process.env, EXAMPLE_PORT: String(await freePort()), EXAMPLE_DNS_PORT: String(await freePort()) }

  // A group of its own, as a terminal gives it, so that Ctrl-C reaches the script and the daemon alike.
  const start = spawn('sh', [join(dir, 'examples/start')], { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid } = start
  if (pid === undefined) throw new Error('sh did not start')
  let alive = true
  const ended = once(start, 'exit')
  t.teardown(() => alive && process.kill(-pid, 'SIGKILL'))
  let printed = ''
  for (const stream of [start.stdout, start.stderr]) stream.on('data', (bytes: Buffer) => (printed += bytes.toString()))
  await until(() => printed.includes('Ctrl-C'), 'the commands are printed')

  const commands = printed.split('\n').filter((line) => line.startsWith('  '))
  t.ok(commands.length > 8, printed)
  const session = runIn('/', process.env, 'bash', ['-e', '-c', commands.join('\n')])
  t.equal(session.code, 0, session.stderr)
  t.match(
    session.stdout,
    /^10\.20\.30\.5 +smartswitch\n10\.20\.30\.115 +n15\n[\s\S]*^10\.20\.30\.115\nsmartswitch\.cluster\.internal\.\n/m,
  )

  const second = runIn('/', env, 'sh', [join(dir, 'examples/start')])
  t.equal(second.code, 1, 'a second one of the same folder fails')
  t.match(second.stderr, /run is in use by the daemon with process ID \d+/)
  t.notMatch(second.stdout, /kickback serves/)

  process.kill(-pid, 'SIGINT')
  t.same(await ended, [0, null], 'exit code 0')
  alive = false
  t.match(printed, /ready/)
})
