import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../../folder.ts'
import { systemCalls } from '../../system-calls.ts'

/** Writes generations 1 and 2 in a folder. */
const SCRIPT = (run: string): string => `
  import { replaceFile } from './src/kickback/files/replacement.ts'
  import { publicSnapshot } from './test/kickback/cluster.ts'
  const options = { mode: 0o644, group: undefined, stateFlags: 0, pid: 7 }
  for (const generation of [1, 2]) {
    const old = await replaceFile('${join(run, 'snapshot.1')}', publicSnapshot(generation).bytes, options)
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

t.test(
  'where the folder can not be synced the old file is superseded and closed, and the failure is told',
  async (t) => {
    const run = join(folder(t), 'run')
    mkdirSync(run)
    const script = `
    import { readdirSync, readlinkSync, writeFileSync } from 'node:fs'
    import { replaceFile, WriteError } from './src/kickback/files/replacement.ts'
    import { publicSnapshot } from './test/kickback/cluster.ts'
    const options = { mode: 0o644, group: undefined, stateFlags: 0, pid: 7 }
    const file = '${join(run, 'snapshot.1')}'
    await replaceFile(file, publicSnapshot(1).bytes, options)
    const failure = await replaceFile(file, publicSnapshot(2).bytes, options).catch((error) => error)
    const links = readdirSync('/proc/self/fd').map((fd) => { try { return readlinkSync('/proc/self/fd/' + fd) } catch { return '' } })
    const open = links.filter((path) => path.startsWith('${run}'))
    const isTold = failure instanceof WriteError && /EIO|i\\/o/i.test(failure.message)
    writeFileSync('${join(run, 'seen')}', JSON.stringify({ isTold, open, files: readdirSync('${run}') }))
  `
    // The four of fsync: file and folder, twice.
    const calls = systemCalls(script, run.slice(0, -'/run'.length), 'fsync:error=EIO:when=4')
    t.match(JSON.parse(readFileSync(join(run, 'seen'), 'utf8')), { isTold: true, open: [], files: ['snapshot.1'] })
    t.equal(calls.filter((call) => call === 'pwrite64 /run/snapshot.1').length, 1, 'readers of the old file are told')
  },
)
