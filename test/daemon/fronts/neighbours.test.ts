import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { flushNscd, notifySystemd } from '../../../src/daemon/fronts/neighbours.ts'

/** A folder first on the PATH with a program that notes how it is called. */
const folder = mkdtempSync(join(tmpdir(), 'kickback-neighbours-'))
const called = join(folder, 'called')
const path = process.env.PATH
for (const name of ['nscd', 'systemd-notify']) {
  writeFileSync(join(folder, name), `#!/bin/sh\necho "$(basename "$0") $*" >> '${called}'\n`)
  chmodSync(join(folder, name), 0o755)
}
process.env.PATH = `${folder}:${path}`
t.teardown(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true })
})
t.beforeEach(() => rmSync(called, { force: true }))

t.test('nscd forgets what changed, where it runs, and only what it caches', async (t) => {
  await flushNscd(['passwd', 'hosts', 'ethers', 'shadow'], [join(folder, 'absent'), folder])
  t.same(readFileSync(called, 'utf8').trim().split('\n').sort(), ['nscd -i hosts', 'nscd -i passwd'])
})

t.test('where nscd does not run nothing is called', async (t) => {
  await flushNscd(['passwd'], [join(folder, 'absent')])
  t.notOk(existsSync(called))
})

t.test('systemd is told where it asked to be', async (t) => {
  await notifySystemd('', '--ready')
  await notifySystemd(undefined, '--ready')
  t.notOk(existsSync(called))
  await notifySystemd('/run/systemd/notify', '--ready', '--pid=1')
  t.equal(readFileSync(called, 'utf8'), 'systemd-notify --ready --pid=1\n')
})
