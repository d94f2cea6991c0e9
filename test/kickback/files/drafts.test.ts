import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { fileMapper } from '../../../src/daemon/memory/mapping.ts'
import { Drafts } from '../../../src/kickback/files/drafts.ts'
import { FileMaps, MAPS_MAX } from '../../../src/kickback/files/file-maps.ts'
import { SnapshotWriter, type SnapshotWriterOptions } from '../../../src/kickback/files/snapshot-writer.ts'
import { deltaOf } from '../../../src/resolver/deltas/delta.ts'
import { patched } from '../../../src/resolver/deltas/patched.ts'
import { layout, Snapshot, stateOf } from '../../../src/resolver/index.ts'
import { atOnce } from '../../../src/values/index.ts'
import { hurried } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { buffersUsed } from '../../memory.ts'
import { until } from '../../patience.ts'
import { logOf, publicSnapshot } from '../cluster.ts'

function mapper() {
  const made = fileMapper({ debug: (_, message) => t.fail(message) })
  if (made === undefined) throw new Error('the module is missing')
  return made
}

/** The drafts of a path in a folder that counts as memory, and the files that are there. */
function drafts(t: Tap, write?: ConstructorParameters<typeof Drafts>[0]['write']) {
  const path = join(folder(t), 'snapshot.1')
  const made = mapper()
  const maps = new FileMaps(made)
  const parts = { path, pid: 7, mapper: made, maps, isInMemory: () => true, ...(write && { write }) }
  return { drafts: new Drafts(parts), path, maps, files: () => readdirSync(dirname(path)) }
}

/** A writer whose interval and grace pass at once, in two folders of which the second counts as memory. */
function writing(t: Tap, log = logOf(), more: Partial<SnapshotWriterOptions> = {}) {
  const paths = [folder(t), folder(t)].map((path) => join(path, 'snapshot.1'))
  const options = { mode: 0o644, group: undefined, stateFlags: layout.STATE_SHADOW_GRANTED, pid: process.pid }
  const parts = { ...options, paths, clock: hurried, log, mapper: mapper(), isInMemory: () => true, ...more }
  const writer = new SnapshotWriter(parts)
  t.teardown(() => writer.close())
  const run = paths[1] ?? ''
  return { writer, state: paths[0] ?? '', run, files: () => readdirSync(dirname(run)) }
}

const fresh = (generation: number): Snapshot => Snapshot.open(Buffer.from(publicSnapshot(generation, 200).bytes))

/** The second of two snapshots, made of the first as a node makes it. */
function made(writer: SnapshotWriter, before: Snapshot, after: Snapshot): Snapshot {
  const bytes = atOnce(patched(before.bytes, deltaOf(before, after).bytes, after.header, writer.room))
  return Snapshot.open(bytes)
}

/** What a file holds, but for what is each machine's own. */
function contentOf(path: string, { bytes }: Snapshot): Buffer {
  const content = readFileSync(path).subarray(0, bytes.length)
  bytes.subarray(layout.OWN_START, layout.HEADER.size).forEach((byte, i) => {
    content[layout.OWN_START + i] = byte
  })
  return content
}

t.test('a snapshot that is made in a draft is the file of the run dir, and is read from it', async (t) => {
  const { writer, state, run, files } = writing(t)
  const one = fresh(1)
  await writer.write(one)
  const two = made(writer, one, fresh(2))
  const draft = files().filter((name) => name.startsWith('.snapshot.1.'))
  t.equal(draft.length, 1)
  t.equal(statSync(join(dirname(run), draft[0] ?? '')).mode & 0o777, 0o600, 'nobody else looks at a draft')
  const { ino } = statSync(join(dirname(run), draft[0] ?? ''))
  const { bytes } = two
  await writer.write(two)
  t.equal(statSync(run).ino, ino)
  t.equal(statSync(run).mode & 0o777, 0o644)
  t.equal(two.bytes, bytes, 'it is where it was')
  t.ok(two.verifyDigest())
  t.same(files(), ['snapshot.1'])
  for (const path of [state, run]) {
    t.equal(Buffer.compare(contentOf(path, two), Buffer.from(fresh(2).bytes)), 0, path)
    t.equal(stateOf(readFileSync(path)), layout.STATES.CURRENT | layout.STATE_SHADOW_GRANTED, path)
  }
  t.equal(statSync(run).size, statSync(state).size, 'with what this machine adds')
  await writer.write(two)
  t.equal(Buffer.compare(contentOf(run, two), Buffer.from(fresh(2).bytes)), 0, 'again, as where something was granted')
})

t.test('the file of before is superseded, and emptied when nobody here reads from it', async (t) => {
  const { writer, run } = writing(t)
  let one: Snapshot | undefined = fresh(1)
  await writer.write(one)
  let two: Snapshot | undefined = made(writer, one, fresh(2))
  await writer.write(two)
  const fd = openSync(run, 'r')
  t.teardown(() => closeSync(fd))
  const three = made(writer, two, fresh(3))
  await writer.write(three)
  const stateAt = (): number => stateOf(readFileSync(`/proc/self/fd/${fd}`)) & layout.STATE_MASK
  t.equal(stateAt(), layout.STATES.SUPERSEDED)
  t.ok(two.verifyDigest())
  one = undefined
  two = undefined
  await until(() => {
    buffersUsed()
    return stateAt() === layout.STATES.EMPTIED
  })
  t.ok(three.verifyDigest())
})

t.test('a draft that nobody wants is removed', async (t) => {
  const { writer, files } = writing(t)
  const one = fresh(1)
  await writer.write(one)
  made(writer, one, fresh(2))
  t.equal(files().length, 2)
  await until(() => {
    buffersUsed()
    return files().length === 1
  })
  t.throws(() => atOnce(patched(one.bytes, deltaOf(one, fresh(2)).bytes.subarray(0, -1), one.header, writer.room)))
  t.equal(files().length, 1, 'of a delta that is damaged')
  const two = made(writer, one, fresh(2))
  t.equal(files().length, 2)
  await writer.close()
  t.equal(files().length, 1, 'at the end')
  t.ok(two.verifyDigest())
})

t.test('what an earlier process left there is removed before anything is made there', async (t) => {
  const { writer, run, files } = writing(t)
  for (const name of ['.snapshot.1.99', '.snapshot.1.99.3', '.snapshot.1.99.x'])
    writeFileSync(join(dirname(run), name), '')
  const one = fresh(1)
  const two = made(writer, one, fresh(2))
  t.same(files(), ['.snapshot.1.99', '.snapshot.1.99.3', '.snapshot.1.99.x'], 'it is made in memory')
  await writer.write(two)
  t.same(files(), ['.snapshot.1.99.x', 'snapshot.1'])
})

t.test('a draft that cannot be used is copied, and that is said', async (t) => {
  const said: unknown[] = []
  const { writer, run, files } = writing(t, { ...logOf(), warn: (_: object, message: string) => said.push(message) })
  const one = fresh(1)
  await writer.write(one)
  const two = made(writer, one, fresh(2))
  const draft = join(dirname(run), files().find((name) => name.startsWith('.snapshot.1.')) ?? '')
  rmSync(draft)
  writeFileSync(draft, 'of somebody else')
  await writer.write(two)
  t.same(said, ['a snapshot is copied into its file: its draft cannot be used'])
  t.equal(Buffer.compare(contentOf(run, two), Buffer.from(fresh(2).bytes)), 0)
  t.same(files(), ['snapshot.1'])
  t.ok(two.verifyDigest())
})

t.test('where the disk is full after some bytes it goes on in memory', (t) => {
  for (const left of [0, 1, 100, 5000]) {
    let free = left
    const write = (fd: number, bytes: Uint8Array, position: number): number => {
      if (free === 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      const written = Math.min(free, bytes.length)
      free -= written
      return writeSync(fd, bytes, 0, written, position)
    }
    const { drafts: some, files } = drafts(t, write)
    some.open()
    const parts = Array.from({ length: 60 }, (_, i) => Buffer.alloc(100, i))
    const growth = some.begin(6000)
    for (const part of parts) growth.add(part)
    const whole = growth.whole()
    t.equal(Buffer.compare(whole, Buffer.concat(parts)), 0, `${left} bytes`)
    t.equal(some.of(whole), undefined)
    t.same(files(), [])
  }
  t.end()
})

t.test('there is no draft on a disk, and no more than can be mapped', (t) => {
  const { drafts: some, files, maps } = drafts(t)
  const grown = (): Uint8Array => {
    const growth = some.begin(5)
    growth.add(Buffer.from('whole'))
    return growth.whole()
  }
  t.same(Buffer.from(grown()).toString(), 'whole', 'not before leftovers were removed')
  t.same(files(), [])
  some.open()
  const all = Array.from({ length: MAPS_MAX + 1 }, grown)
  t.same(new Set(all.map((bytes) => Buffer.from(bytes).toString())), new Set(['whole']))
  t.equal(files().length, MAPS_MAX)
  t.notOk(maps.hasRoom)
  const path = join(folder(t), 'snapshot.1')
  const disk = new Drafts({ path, pid: 7, mapper: mapper(), maps: new FileMaps(mapper()), isInMemory: () => false })
  disk.open()
  disk.begin(5).add(Buffer.from('whole'))
  t.same(readdirSync(dirname(path)), [])
  some.close()
  t.same(files(), [])
  t.equal(all.length, MAPS_MAX + 1)
  t.end()
})

t.test('files of tmpfs are memory, those of other systems are not', (t) => {
  const of = (path: string): readonly string[] => {
    const draft = new Drafts({ path, pid: process.pid, mapper: mapper(), maps: new FileMaps(mapper()) })
    draft.open()
    const growth = draft.begin(5)
    growth.add(Buffer.from('whole'))
    const found = readdirSync(dirname(path)).filter((name) => name.startsWith(`.snapshot.test.${process.pid}.`))
    growth.drop()
    return found
  }
  const isThere = existsSync('/dev/shm') && statfsSync('/dev/shm').type === 0x01021994
  if (isThere) t.same(of('/dev/shm/snapshot.test'), [`.snapshot.test.${process.pid}.1`])
  t.same(of('/proc/snapshot.test'), [])
  t.end()
})
