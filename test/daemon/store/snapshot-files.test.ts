import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SnapshotFiles } from '../../../src/daemon/store/snapshot-files.ts'
import { filesIn } from '../../../src/kickback/index.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { logOf, publicSnapshot, shadowSnapshot } from '../../kickback/cluster.ts'

/** The files of a run dir and a state dir that hold these generations, public and shadow alike; 0 is none. */
function files(t: Tap, run: number, state: number): SnapshotFiles {
  const places = [run, state].map((generation, i) => {
    const files = filesIn(join(folder(t), `dir${i}`))
    mkdirSync(files.private, { recursive: true })
    if (generation > 0) writeFileSync(files.snapshot, publicSnapshot(generation, generation).bytes)
    if (generation > 0) writeFileSync(files.shadow, shadowSnapshot(generation).bytes)
    return files
  })
  const [runFiles, stateFiles] = places
  if (runFiles === undefined || stateFiles === undefined) throw new Error('two were made')
  const folders = { run: runFiles, state: stateFiles, group: undefined }
  return new SnapshotFiles({ folders, pid: process.pid, clock: monotonic, log: logOf() })
}

t.test('of the run dir and the state dir the newer file is the last good generation', async (t) => {
  for (const [run, state, newest] of [
    [5, 4, 5],
    [4, 5, 5],
    [0, 3, 3],
    [3, 0, 3],
  ] as const) {
    const { public: open, shadow } = await files(t, run, state).lastGood()
    t.same([open?.generation, shadow?.generation], [newest, newest], `${run} and ${state}`)
    t.equal(open?.count('passwd'), newest, 'with its content')
  }
  t.same(await files(t, 0, 0).lastGood(), { public: undefined, shadow: undefined })
})
