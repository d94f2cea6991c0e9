import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readSnapshot } from '../../../src/kickback/files/folders.ts'
import { replaceFile } from '../../../src/kickback/files/replacement.ts'
import { SnapshotWriter, type SnapshotWriterOptions } from '../../../src/kickback/files/snapshot-writer.ts'
import { layout } from '../../../src/resolver/index.ts'
import { monotonic } from '../../../src/values/index.ts'
import { folder, type Tap } from '../../folder.ts'
import { objectsOf } from '../../memory.ts'
import { until } from '../../patience.ts'
import { logOf, publicSnapshot } from '../cluster.ts'

const PID = process.pid
const ONCE = { mode: 0o644, group: undefined, stateFlags: 0, pid: PID }

function writer(t: Tap, paths: readonly string[], options: Partial<SnapshotWriterOptions> = {}): SnapshotWriter {
  const made = new SnapshotWriter({ ...ONCE, paths, clock: monotonic, log: logOf(), ...options })
  t.teardown(() => made.close())
  return made
}

const stateAt = (fd: number): number => {
  const word = Buffer.alloc(4)
  readSync(fd, word, 0, 4, layout.HEADER.at.state)
  return word.readUInt32LE()
}

/** A file that some process has open, as a reader has its map. */
function held(t: Tap, path: string): number {
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  return fd
}

t.test('a snapshot is written in every folder, byte for byte, for everyone to read', async (t) => {
  const paths = [folder(t), folder(t)].map((path) => join(path, 'snapshot.1'))
  const snapshot = publicSnapshot(3)
  const old = process.umask(0o077)
  await writer(t, paths).write(snapshot)
  process.umask(old)
  for (const path of paths) {
    t.ok(readFileSync(path).equals(snapshot.bytes))
    t.equal(statSync(path).mode & 0o777, 0o644)
    t.same(readdirSync(join(path, '..')), ['snapshot.1'], 'no temporary file is left')
  }
})

t.test('what this machine adds to the state word is in the file, and not in what is read back', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const stateFlags = layout.STATE_SHADOW_GRANTED
  await writer(t, [path], { stateFlags }).write(publicSnapshot(3))
  t.equal(stateAt(held(t, path)), layout.STATE_SHADOW_GRANTED)
  const found = await readSnapshot(path)
  t.ok(found.snapshot && Buffer.from(found.snapshot.bytes).equals(publicSnapshot(3).bytes))
})

t.test("a node's floors and exceptions are in its file, for the module, and not in what is read back", async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const ids = { uidMin: 500, gidMin: 600, exceptions: { uids: [64], gids: [6, 64] } }
  const snapshot = publicSnapshot(3)
  await writer(t, [path], { idsOf: () => ids }).write(snapshot)
  const file = readFileSync(path)
  t.equal(file.length, snapshot.bytes.length + 12)
  t.equal(file.readUInt32LE(layout.HEADER.at.gid_floor), 600)
  const found = await readSnapshot(path)
  t.ok(found.snapshot && Buffer.from(found.snapshot.bytes).equals(publicSnapshot(3).bytes))
  const { ino } = statSync(path)
  await writer(t, [path], { idsOf: () => ids }).write(snapshot)
  t.equal(statSync(path).ino, ino, 'a start that finds all of that changes nothing')
  await writer(t, [path], { idsOf: () => ({ ...ids, gidMin: 700 }) }).write(snapshot)
  t.not(statSync(path).ino, ino, 'another floor is another file')
})

t.test('the old file is marked superseded only after the new one is at the path, flags kept', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const options = { ...ONCE, stateFlags: layout.STATE_SHADOW_GRANTED }
  await replaceFile(path, publicSnapshot(1).bytes, options)
  const reader = held(t, path)
  const { old, inode } = await replaceFile(path, publicSnapshot(2).bytes, options)
  t.equal(stateAt(reader), layout.STATES.SUPERSEDED | layout.STATE_SHADOW_GRANTED)
  t.equal(stateAt(held(t, path)), layout.STATES.CURRENT | layout.STATE_SHADOW_GRANTED)
  t.not(fstatSync(reader).ino, statSync(path).ino)
  t.equal(inode, statSync(path).ino)
  await old?.file.close()
})

t.test('a superseded file is emptied when the next one comes: its length stays, its memory goes', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const lines: string[] = []
  const one = writer(t, [path], { log: logOf(lines) })
  await one.write(publicSnapshot(1, 5000))
  const reader = held(t, path)
  const { size } = fstatSync(reader)
  await one.write(publicSnapshot(2, 5000))
  t.equal(stateAt(reader), layout.STATES.SUPERSEDED)
  await one.close()
  t.equal(stateAt(reader), layout.STATES.EMPTIED)
  t.equal(fstatSync(reader).size, size)
  t.ok(fstatSync(reader).blocks * 512 <= 8192, `${fstatSync(reader).blocks * 512} bytes of ${size} are left`)
  t.same(lines, [])
  const rest = Buffer.alloc(size - 4096, 1)
  readSync(reader, rest, 0, rest.length, 4096)
  t.ok(rest.every((byte) => byte === 0))
})

t.test('the memory of a large file is freed in pieces, which are the whole body', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const holes: (readonly [number, number])[] = []
  const punch = async (_: number, offset: number, length: number) => void holes.push([offset, length])
  const one = writer(t, [path], { punch })
  await one.write(publicSnapshot(1, 60_000))
  const { size } = statSync(path)
  await one.write(publicSnapshot(2, 5))
  await one.close()
  const [first] = holes
  t.ok(first?.[0] === 4096 && size > 5_000_000, `${size} bytes`)
  t.ok(
    holes
      .slice(0, Math.ceil(size / 2 ** 22))
      .every(([offset, length], at) => length <= 2 ** 22 && offset === 4096 + at * 2 ** 22),
  )
  t.ok(
    holes.some(([offset, length]) => offset + length >= size && offset > 4096),
    'up to its end, in several',
  )
})

t.test('the memory of a file that is marked emptied goes only after a rest, for who is reading', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const waiting: (() => void)[] = []
  const clock = {
    now: () => 0,
    after: (ms: number, then: () => void) => {
      if (ms === 500) waiting.push(then)
      const timer = ms === 500 ? undefined : setImmediate(then)
      return () => clearImmediate(timer)
    },
  }
  const one = writer(t, [path], { clock })
  await one.write(publicSnapshot(1, 5000))
  const reader = held(t, path)
  const { blocks } = fstatSync(reader)
  await one.write(publicSnapshot(2, 5000))
  await until(() => waiting.length > 0)
  t.equal(stateAt(reader), layout.STATES.EMPTIED)
  t.equal(fstatSync(reader).blocks, blocks, 'all of it is there')
  for (const wake of waiting) wake()
  await one.close()
  t.ok(fstatSync(reader).blocks < blocks)
})

t.test('of snapshots that come faster than once a second only the newest waits', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const waits: number[] = []
  const clock = {
    now: () => 0,
    after: (ms: number, then: () => void) => {
      waits.push(ms)
      const timer = setImmediate(then)
      return () => clearImmediate(timer)
    },
  }
  const one = writer(t, [path], { clock })
  await one.write(publicSnapshot(1))
  await Promise.all([2, 3, 4, 5].map((generation) => one.write(publicSnapshot(generation))))
  t.equal((await readSnapshot(path)).snapshot?.generation, 5)
  t.same(
    waits.filter((ms) => ms === 1000),
    [1000],
    'one publication waited for its second',
  )
})

t.test('a writer keeps nothing of what it wrote before', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  let now = 0
  const clock = {
    now: () => now,
    // What waits has its moment at once.
    after: (ms: number, then: () => void) => {
      const run = setImmediate(() => {
        now += ms
        then()
      })
      return () => clearImmediate(run)
    },
  }
  const one = writer(t, [path], { clock })
  const times = 200
  for (let i = 1; i <= 20; i++) await one.write(publicSnapshot(i))
  const before = objectsOf(Array)
  for (let i = 21; i <= 20 + times; i++) await one.write(publicSnapshot(i))
  const more = objectsOf(Array) - before
  t.ok(more < times / 2, `${more} more lists after ${times} snapshots`)
})

t.test('a start that finds its own generation there changes nothing', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  await writer(t, [path]).write(publicSnapshot(4))
  const { ino } = statSync(path)
  await writer(t, [path]).write(publicSnapshot(4))
  t.equal(statSync(path).ino, ino)
  await writer(t, [path], { stateFlags: layout.STATE_SHADOW_GRANTED }).write(publicSnapshot(4))
  t.not(statSync(path).ino, ino, 'but for another state word')
})

t.test('a folder that is gone is an error that names the file, and the other folder still gets it', async (t) => {
  const good = join(folder(t), 'snapshot.1')
  const bad = join(folder(t), 'missing', 'snapshot.1')
  await t.rejects(writer(t, [bad, good]).write(publicSnapshot(1)), { name: 'WriteError', path: bad })
  t.equal((await readSnapshot(good)).snapshot?.generation, 1)
})

t.test('what is at the path and is no snapshot is replaced and not written to', async (t) => {
  const at = folder(t)
  const precious = join(at, 'precious')
  writeFileSync(precious, 'x'.repeat(500))
  const path = join(at, 'snapshot.1')
  symlinkSync(precious, path)
  await replaceFile(path, publicSnapshot(1).bytes, ONCE)
  t.equal(readFileSync(precious, 'utf8'), 'x'.repeat(500))
  t.equal((await readSnapshot(path)).snapshot?.generation, 1)
})
