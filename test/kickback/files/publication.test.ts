import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { systemCalls } from '../../system-calls.ts'
import { folder } from '../cluster.ts'

/** Publishes generations 1 and 2 in a folder. */
const SCRIPT = (run: string): string => `
  import { publishFile } from './src/kickback/files/publication.ts'
  import { publicSnapshot } from './test/kickback/cluster.ts'
  const options = { mode: 0o644, group: undefined, stateFlags: 0, pid: 7 }
  for (const generation of [1, 2]) {
    const old = await publishFile('${join(run, 'snapshot.1')}', publicSnapshot(generation).bytes, options)
    await old?.file.close()
  }
`

t.test('a file is on disk before it has its name, and the name before the old file is superseded', async (t) => {
  const run = join(folder(t), 'run')
  mkdirSync(run)
  const calls = systemCalls(SCRIPT(run), run.slice(0, -'/run'.length))
  const once = ['pwrite64 /run/.snapshot.1.7', 'fsync /run/.snapshot.1.7', 'RENAME', 'fsync /run']
  const told = calls.map((call) => (call.startsWith('rename') ? 'RENAME' : call))
  const withoutRepeats = told.filter((call, i) => call !== told[i - 1])
  t.same(withoutRepeats, [...once, ...once, 'pwrite64 /run/snapshot.1'])
})
