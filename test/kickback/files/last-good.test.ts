import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newestSnapshot } from '../../../src/kickback/files/last-good.ts'
import type { Snapshot } from '../../../src/resolver/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { logOf, publicSnapshot } from '../cluster.ts'

/** The paths of files with these generations; 0 is a damaged one. */
function files(t: Tap, ...generations: readonly number[]): string[] {
  const dir = folder(t)
  return generations.map((generation, i) => {
    const path = join(dir, `snapshot${i}`)
    const bytes = Uint8Array.from(publicSnapshot(generation || 9).bytes)
    if (generation === 0) bytes.fill(0xff, bytes.length - 8)
    writeFileSync(path, bytes)
    return path
  })
}

const all = async (snapshot: Snapshot): Promise<Snapshot> => snapshot

t.test(
  'the newest file is the last good generation, whatever the order; one that is not there counts for nothing',
  async (t) => {
    for (const order of [
      [3, 5],
      [5, 3],
    ]) {
      const paths = [...files(t, ...order), '/nonexistent/snapshot.1']
      const lines: string[] = []
      t.equal((await newestSnapshot(paths, all, logOf(lines)))?.generation, 5)
      t.same(lines, [], 'nothing is told')
    }
  },
)

t.test(
  'what is damaged, or not believed, is told and passed over; what is of another kind is passed over',
  async (t) => {
    const lines: string[] = []
    const believed = async (snapshot: Snapshot): Promise<Snapshot | undefined> => {
      if (snapshot.generation === 8) throw new Error('another key')
      return snapshot.generation === 7 ? undefined : snapshot
    }
    const found = await newestSnapshot(files(t, 0, 8, 7, 4), believed, logOf(lines))
    t.equal(found?.generation, 4)
    t.same(lines, ['cannot use a kept snapshot', 'cannot use the last good snapshot'])
    t.equal(await newestSnapshot(files(t, 0), all, logOf([])), undefined)
  },
)

t.test(
  'a second file with the header of what was found is not read: nobody is told of what is behind it',
  async (t) => {
    const [first, second] = files(t, 5, 5) as [string, string]
    const bytes = Uint8Array.from(publicSnapshot(5).bytes)
    bytes.fill(0xff, bytes.length - 8)
    writeFileSync(second, bytes)
    const lines: string[] = []
    t.equal((await newestSnapshot([first, second], all, logOf(lines)))?.generation, 5)
    t.same(lines, [])
    t.equal(
      (await newestSnapshot([second, first], all, logOf(lines)))?.generation,
      5,
      'what is damaged and comes first is no good',
    )
    t.same(lines, ['cannot use a kept snapshot'])
  },
)
