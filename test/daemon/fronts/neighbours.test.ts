import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { flushNscd } from '../../../src/daemon/fronts/neighbours.ts'

/** A folder first on the PATH with a program that notes how it is called. */
const folder = mkdtempSync(join(tmpdir(), 'kickback-neighbours-'))
const called = join(folder, 'called')
const path = process.env.PATH
writeFileSync(join(folder, 'nscd'), `#!/bin/sh\necho "nscd $*" >> '${called}'\n`)
chmodSync(join(folder, 'nscd'), 0o755)
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
