import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SnapshotFiles } from '../../../src/daemon/store/snapshot-files.ts'
import { filesIn } from '../../../src/kickback/index.ts'
import { layout, stateOf } from '../../../src/resolver/index.ts'
import { monotonic } from '../../../src/values/index.ts'
import { hurried } from '../../clocks.ts'
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

t.test('where shadow entries are taken away the public files say so before the entries are gone', async (t) => {
  const [run, state] = ['run', 'state'].map((name) => {
    const files = filesIn(join(folder(t), name))
    mkdirSync(files.private, { recursive: true })
    return files
  })
  if (run === undefined || state === undefined) throw new Error('two were made')
  const folders = { run, state, group: undefined }
  const files = new SnapshotFiles({ folders, pid: process.pid, clock: hurried, log: logOf() })
  t.teardown(() => files.close())
  const isGranted = (): readonly boolean[] =>
    [run, state].map(({ snapshot }) => (stateOf(readFileSync(snapshot)) & layout.STATE_SHADOW_GRANTED) !== 0)
  await files.write(shadowSnapshot(1))
  await files.write(publicSnapshot(1, 10))
  t.same(isGranted(), [true, true])
  const ino = statSync(run.snapshot).ino
  // The entries can't be removed: a folder is in their place.
  rmSync(run.shadow)
  mkdirSync(run.shadow)
  await t.rejects(files.endShadow())
  t.same(isGranted(), [false, false])
  t.equal(statSync(run.snapshot).ino, ino, 'where they stand: who has them mapped sees it at once')
  t.ok(existsSync(state.shadow))
  rmSync(run.shadow, { recursive: true })
  t.equal(await files.endShadow(), true)
  t.notOk(existsSync(state.shadow))
  await files.write(publicSnapshot(2, 10))
  t.same(isGranted(), [false, false], 'nor does the next generation')
  await files.write(shadowSnapshot(3))
  t.same(isGranted(), [true, true])
})
