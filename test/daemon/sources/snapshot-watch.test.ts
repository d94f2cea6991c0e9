import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { zonesIn } from '../../../src/daemon/judge/content.ts'
import { SnapshotWatch, type SnapshotWatchOptions } from '../../../src/daemon/sources/snapshot-watch.ts'
import { filesIn } from '../../../src/kickback/index.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import type { Snapshot } from '../../../src/resolver/index.ts'
import { HandClock } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { clusterKey } from '../../keys.ts'
import { publicSnapshot, shadowSnapshot } from '../../kickback/cluster.ts'

/** Publishes as a daemon does: a new file takes the name. */
function put(dir: string, { bytes }: Snapshot): void {
  const { snapshot } = filesIn(dir)
  writeFileSync(`${snapshot}.new`, bytes, { mode: 0o644 })
  renameSync(`${snapshot}.new`, snapshot)
}

/** A watch over folders; what it took, and what it said. */
async function watching(t: Tap, folders: readonly string[], more: Partial<SnapshotWatchOptions> = {}) {
  const taken: number[] = []
  const lines: string[] = []
  let hear = (): void => {}
  const watch = new SnapshotWatch({
    folders,
    believed: (file, before) => zonesIn(file, new Trust({ key: undefined }), before),
    uid: () => process.geteuid?.() ?? 0,
    log: { warn: (fields, message) => void lines.push(`${message} ${JSON.stringify(fields)}`) },
    taken: async ({ generation }) => {
      taken.push(generation)
      hear()
    },
    ...more,
  })
  t.teardown(() => watch.close())
  await watch.start()
  const next = (): Promise<void> => new Promise((resolve) => (hear = resolve))
  return { watch, taken, lines, next }
}

t.test('what is there is taken at once, and each new file as it takes the name', async (t) => {
  const dir = folder(t)
  put(dir, publicSnapshot(1))
  const { taken, next } = await watching(t, [dir])
  t.same(taken, [1])
  for (const generation of [2, 3]) {
    const came = next()
    put(dir, publicSnapshot(generation))
    await came
  }
  t.same(taken, [1, 2, 3])
})

t.test('an older one that takes the name is taken too: what the module answers is what DNS answers', async (t) => {
  const dir = folder(t)
  put(dir, publicSnapshot(5))
  const { taken, watch } = await watching(t, [dir])
  put(dir, publicSnapshot(4))
  await watch.look()
  await watch.look()
  t.same(taken, [5, 4], 'and each once')
})

t.test('each look of a second is told, until it is closed', async (t) => {
  const clock = new HandClock()
  let polled = 0
  const { watch } = await watching(t, [folder(t)], { clock, polled: () => void polled++ })
  t.equal(polled, 0)
  for (let second = 0; second < 3; second++) clock.turn(1000)
  t.equal(polled, 3)
  watch.close()
  clock.turn(1000)
  t.equal(polled, 3)
})

t.test('of several folders the first with a good file is taken, and the first again when it has one', async (t) => {
  const [first, second, third] = [join(folder(t), 'later'), folder(t), folder(t)]
  put(second, publicSnapshot(7))
  put(third, publicSnapshot(8))
  const clock = new HandClock()
  const { taken, watch } = await watching(t, [first, second, third], { clock })
  t.same(taken, [7])
  mkdirSync(first, { mode: 0o755 })
  put(first, publicSnapshot(6))
  clock.turn(1000)
  await watch.look()
  t.same(taken, [7, 6])
  rmSync(first, { recursive: true })
  await watch.look()
  t.same(taken, [7, 6, 7])
})

t.test(
  'a damaged file, a shadow snapshot, a folder or a file that others can write: none is taken, each is told once',
  async (t) => {
    const good = folder(t)
    put(good, publicSnapshot(3))
    const damaged = Buffer.from(publicSnapshot(4).bytes)
    const record = publicSnapshot(4).recordBytes('hosts').byteOffset - publicSnapshot(4).bytes.byteOffset
    damaged[record + 9] = (damaged[record + 9] ?? 0) ^ 1
    const spoil: readonly ((dir: string) => void)[] = [
      (dir) => writeFileSync(filesIn(dir).snapshot, damaged),
      (dir) => writeFileSync(filesIn(dir).snapshot, 'no snapshot at all'),
      (dir) => put(dir, shadowSnapshot(4)),
      (dir) => {
        put(dir, publicSnapshot(4))
        chmodSync(filesIn(dir).snapshot, 0o666)
      },
      (dir) => {
        put(dir, publicSnapshot(4))
        chmodSync(dir, 0o777)
      },
      (dir) => mkdirSync(filesIn(dir).snapshot),
    ]
    for (const [i, bad] of spoil.entries()) {
      const dir = folder(t)
      bad(dir)
      const { taken, lines, watch } = await watching(t, [dir, good])
      await watch.look()
      t.same(taken, [3], `case ${i}`)
      t.equal(lines.length, 1, lines.join())
    }
  },
)

t.test('a file that could not be read for want of descriptors is read at the next look', async (t) => {
  const dir = folder(t)
  put(dir, publicSnapshot(1))
  let left = 1
  const openFile: typeof open = async (...args) => {
    if (left-- > 0) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
    return open(...args)
  }
  const { taken, lines, watch } = await watching(t, [dir], { openFile, clock: new HandClock() })
  t.same([taken, lines.length], [[], 1])
  await watch.look()
  t.same(taken, [1])
})

t.test('with a key only what it signed is taken', async (t) => {
  const { key, sign } = clusterKey()
  const dir = folder(t)
  put(dir, publicSnapshot(1))
  const { taken, lines, watch } = await watching(t, [dir], {
    believed: (file, before) => zonesIn(file, new Trust({ key }), before),
  })
  t.same(taken, [])
  t.match(lines[0], /not signed/)
  put(dir, publicSnapshot(2, 5, sign))
  await watch.look()
  t.same(taken, [2])
})

t.test(
  'a file of another user is not taken',
  { skip: process.geteuid?.() !== 0 && 'only root can give files away' },
  async (t) => {
    const dir = folder(t)
    put(dir, publicSnapshot(1))
    chownSync(filesIn(dir).snapshot, 1234, 1234)
    const { taken, lines } = await watching(t, [dir])
    t.same(taken, [])
    t.match(lines[0], /belongs to uid 1234/)
  },
)
