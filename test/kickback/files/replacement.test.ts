import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isFolderInMemory } from '../../../src/kickback/files/memory-folder.ts'
import { folder } from '../../folder.ts'
import { systemCalls } from '../../system-calls.ts'

/** Writes generations 1 and 2 in a folder. */
const SCRIPT = (run: string): string => `
  import { replaceFile } from './src/kickback/files/replacement.ts'
  import { publicSnapshot } from './test/kickback/cluster.ts'
  const options = { mode: 0o644, group: undefined, stateFlags: 0, pid: 7 }
  for (const generation of [1, 2]) {
    const { old } = await replaceFile('${join(run, 'snapshot.1')}', publicSnapshot(generation).bytes, options)
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

/** Writes a large snapshot from the memory in which it was built, and tells what came of it and whether this disk takes it from there. */
const DIRECT = (run: string): string => `
  import { closeSync, constants, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
  import { readSnapshot } from './src/kickback/files/folders.ts'
  import { isFolderInMemory } from './src/kickback/files/memory-folder.ts'
  import { replaceFile } from './src/kickback/files/replacement.ts'
  import { publicSnapshot } from './test/kickback/cluster.ts'
  const { bytes } = publicSnapshot(1, 60_000)
  const file = '${join(run, 'snapshot.1')}'
  let isAble = false
  try {
    writeFileSync('${join(run, 'probe')}', '')
    closeSync(openSync('${join(run, 'probe')}', constants.O_DIRECT | constants.O_RDONLY))
    isAble = !isFolderInMemory('${run}')
  } catch {}
  rmSync('${join(run, 'probe')}')
  const options = { mode: 0o644, group: undefined, stateFlags: 0, pid: 7 }
  const failure = await replaceFile(file, bytes, options).then(() => undefined, (error) => error.message)
  const { snapshot } = await readSnapshot(file)
  const isSame = snapshot !== undefined && Buffer.compare(snapshot.bytes, bytes) === 0
  writeFileSync('${join(run, 'seen')}', JSON.stringify({ isAble, failure, isSame, size: bytes.length, files: readdirSync('${run}') }))
`

/** The most bytes that the system is given to copy at once. */
const COPIED = 512 * 1024

/** What came of it in a folder, and in how many writes. */
function written(place: string, ...faults: readonly string[]) {
  const run = join(place, 'run')
  mkdirSync(run)
  const calls = systemCalls(DIRECT(run), place, ...faults)
  const writes = calls.filter((call) => call === 'pwrite64 /run/.snapshot.1.7').length
  return { ...JSON.parse(readFileSync(join(run, 'seen'), 'utf8')), writes }
}

t.test('a file in memory is written in small pieces, though it could be written as one of a disk', async (t) => {
  const place = mkdtempSync('/dev/shm/kb-')
  t.teardown(() => rmSync(place, { recursive: true, force: true }))
  t.ok(isFolderInMemory(place))
  const { isSame, size, writes } = written(place)
  t.ok(isSame && writes >= size / COPIED, `${size} bytes in ${writes} writes`)
})

t.test(
  'a large snapshot goes to the disk from where it is in memory; what can not goes through the cache, and no error is lost',
  async (t) => {
    const outcome = (...faults: readonly string[]) => written(folder(t), ...faults)
    const seen = outcome()
    t.match(seen, { isSame: true, files: ['snapshot.1'] })
    t.ok(seen.size > 5_000_000 && seen.size % 4096 !== 0, `${seen.size} bytes: several pieces, and a part of a block`)
    t.equal(seen.writes < seen.size / COPIED, seen.isAble, `${seen.writes} writes: large ones where nothing is copied`)
    const refused = outcome('pwrite64:error=EINVAL:when=1')
    if (refused.isAble)
      t.ok(refused.writes > refused.size / COPIED, `${refused.writes} writes: small ones of what is copied`)
    t.match(refused, refused.isAble ? { isSame: true, files: ['snapshot.1'] } : { isSame: false })
    t.equal('failure' in refused, !refused.isAble, 'a disk that takes no such write is written once more')
    for (const when of [1, 2]) {
      const full = outcome(`pwrite64:error=ENOSPC:when=${when}`)
      t.match(full, { isSame: false, files: [], failure: /no space is left/ })
    }
  },
)
