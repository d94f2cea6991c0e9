import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { flushNscd } from '../../../src/daemon/fronts/neighbours.ts'
import { folder } from '../../folder.ts'

/** A folder first on the PATH with a program that notes how it is called. */
const dir = folder(t)
const called = join(dir, 'called')
const path = process.env.PATH
writeFileSync(join(dir, 'nscd'), `#!/bin/sh\necho "nscd $*" >> '${called}'\n`)
chmodSync(join(dir, 'nscd'), 0o755)
process.env.PATH = `${dir}:${path}`
t.teardown(() => {
  process.env.PATH = path
})
t.beforeEach(() => rmSync(called, { force: true }))

t.test('nscd forgets what changed, where it runs, and only what it caches', async (t) => {
  await flushNscd(['passwd', 'hosts', 'ethers', 'shadow'], [join(dir, 'absent'), dir])
  t.same(readFileSync(called, 'utf8').trim().split('\n').sort(), ['nscd -i hosts', 'nscd -i passwd'])
})

t.test('where nscd does not run nothing is called', async (t) => {
  await flushNscd(['passwd'], [join(dir, 'absent')])
  t.notOk(existsSync(called))
})
