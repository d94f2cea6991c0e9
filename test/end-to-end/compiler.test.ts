// Node without its compiler: the kernel refuses it executable memory, as SELinux does without the policy module and systemd where a drop-in says so.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folder } from '../folder.ts'
import { confinedWords, REFUSED } from './confined.ts'
import { root, runIn, serve } from './served.ts'

const KICKBACK = join(root, 'bin/kickback')
const [python = '', ...confined] = confinedWords()

/** A program that is kickback where executable memory is refused. */
function program(t: Test): string {
  const path = join(folder(t), 'kickback')
  writeFileSync(path, `#!/bin/sh\nexec ${[python, ...confined, KICKBACK].join(' ')} "$@"\n`)
  chmodSync(path, 0o755)
  return path
}

t.test('Node with its compiler dies there', async (t) => {
  t.not(runIn('/', process.env, python, [...confined, process.execPath, '-e', '0']).code, 0)
})

t.test('a master and its DNS process answer, and so does a command; the log says why all is slow', async (t) => {
  const path = program(t)
  const served = await serve(t, { program: path })
  const asked = runIn(served.dir, served.env, path, ['query', 'hosts', 'n0', '--run-dir', 'run'])
  t.match(asked, { code: 0, stdout: /n0$/m, stderr: '' })
  t.match(served.run('dig', '+short', '-p', String(served.dnsPort), '@127.0.0.1', 'n0.cluster.internal'), {
    code: 0,
    stdout: /^\d+\.\d+\.\d+\.\d+\n$/,
  })
  t.equal(served.log().split(REFUSED).length, 2, 'once')
  t.equal(await served.end('SIGTERM'), 0)
})

t.test('elsewhere nothing is said of it', async (t) => {
  const served = await serve(t)
  t.notMatch(served.log(), REFUSED)
})
