import { closeSync, fstatSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type FileMapper, fileMapper } from '../../../src/daemon/memory/mapping.ts'
import { FileMaps, MAPS_MAX, type Mapper } from '../../../src/kickback/files/file-maps.ts'
import { SnapshotWriter } from '../../../src/kickback/files/snapshot-writer.ts'
import { layout, Snapshot, stateOf } from '../../../src/resolver/index.ts'
import { monotonic } from '../../../src/values/index.ts'
import { hurried } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { buffersUsed } from '../../memory.ts'
import { until } from '../../patience.ts'
import { logOf, publicSnapshot } from '../cluster.ts'

function mapper(): FileMapper {
  const made = fileMapper({ debug: (_, message) => t.fail(message) })
  if (made === undefined) throw new Error('the module is missing')
  return made
}

/** A writer whose interval and grace pass at once, and the path that it maps. */
function mapping(t: Tap, made: Mapper = mapper()) {
  const paths = [folder(t), folder(t)].map((path) => join(path, 'snapshot.1'))
  const options = { mode: 0o644, group: undefined, stateFlags: layout.STATE_SHADOW_GRANTED, pid: process.pid }
  const writer = new SnapshotWriter({ ...options, paths, clock: hurried, log: logOf(), mapper: made })
  t.teardown(() => writer.close())
  return { writer, path: paths[1] ?? '' }
}

/** The state word of an open file. */
const stateAt = (fd: number): number => stateOf(readFileSync(`/proc/self/fd/${fd}`)) & layout.STATE_MASK

/** A file that is looked at after its name is gone. */
function held(t: Tap, path: string): number {
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  return fd
}

/** A snapshot of its own bytes, which nobody else has. */
const fresh = (generation: number): Snapshot => Snapshot.open(Buffer.from(publicSnapshot(generation, 200).bytes))

t.test('what was written is read from its file, and the copy in memory is gone', async (t) => {
  const made = mapper()
  const { writer } = mapping(t, made)
  const one = fresh(1)
  const bytes = Buffer.from(one.bytes)
  const before = one.bytes
  await writer.write(one)
  t.not(one.bytes.buffer, before.buffer)
  t.equal(Buffer.compare(one.bytes, bytes), 0, 'the bytes are those of every other copy: the state word is 0')
  t.equal(one.state, 0)
  t.ok(one.verifyDigest())
  t.equal(one.find('passwd', { name: 'user7' })?.name, 'user7')
  made.restAll()
  t.ok(one.verifyDigest(), 'also after a rest')
})

t.test('no memory of before is held by what is read from a file', async (t) => {
  const { writer } = mapping(t)
  const large = 40_000
  const one = Snapshot.open(Buffer.from(publicSnapshot(1, large).bytes))
  const copy = new WeakRef(one.bytes.buffer)
  await writer.write(one)
  buffersUsed()
  t.equal(copy.deref(), undefined)
  t.ok(one.verifyDigest())
})

t.test('a superseded file is not emptied while somebody here reads from it, and is emptied then', async (t) => {
  const { writer, path } = mapping(t)
  let old: Snapshot | undefined = fresh(1)
  const bytes = Buffer.from(old.bytes)
  await writer.write(old)
  const fd = held(t, path)
  await writer.write(fresh(2))
  await writer.write(fresh(3))
  t.equal(stateAt(fd), layout.STATES.SUPERSEDED)
  t.equal(Buffer.compare(old.bytes, bytes), 0)
  old = undefined
  await until(() => {
    buffersUsed()
    return stateAt(fd) === layout.STATES.EMPTIED
  }, 'the file to be emptied')
  t.equal(fstatSync(fd).size, bytes.length)
})

t.test(
  'where nobody lets go there are so many maps, and a copy in memory; it is mapped once somebody does',
  async (t) => {
    const { writer } = mapping(t)
    const all = Array.from({ length: MAPS_MAX + 1 }, (_, i) => fresh(i + 1))
    const before = all.map(({ bytes }) => bytes.buffer)
    for (const snapshot of all) await writer.write(snapshot)
    t.same(
      all.map(({ bytes }, i) => bytes.buffer !== before[i]),
      [...Array.from({ length: MAPS_MAX }, () => true), false],
    )
    const last = all.at(-1)
    const copy = before.at(-1)
    all.length = 0
    before.length = 0
    await until(() => {
      buffersUsed()
      return last?.bytes.buffer !== copy
    }, 'the last one to be mapped')
    t.ok(last?.verifyDigest())
  },
)

t.test('at the end superseded files are emptied, whoever reads', async (t) => {
  const { writer, path } = mapping(t)
  const old = fresh(1)
  await writer.write(old)
  const fd = held(t, path)
  await writer.write(fresh(2))
  await writer.close()
  t.equal(stateAt(fd), layout.STATES.EMPTIED)
  t.equal(old.generation, 1)
})

t.test('another file at the path is not read from, nor one that is too short', async (t) => {
  const path = join(folder(t), 'snapshot.1')
  const snapshot = fresh(1)
  writeFileSync(path, snapshot.bytes)
  const { ino } = statSync(path)
  const { buffer } = snapshot.bytes
  t.equal(await new FileMaps(mapper()).take(path, ino + 1, snapshot), false)
  t.equal(snapshot.bytes.buffer, buffer)
  writeFileSync(path, snapshot.bytes.subarray(0, 4096))
  await t.rejects(new FileMaps(mapper()).take(path, ino, snapshot), { message: 'Invalid argument' })
  await t.rejects(new FileMaps(mapper()).take('/nowhere/file', ino, snapshot), { code: 'ENOENT' })
  t.equal(snapshot.bytes.buffer, buffer)
})

t.test('a file of an earlier process that has these bytes is read from too', async (t) => {
  const { writer: earlier, path } = mapping(t)
  const before = fresh(1)
  await earlier.write(before)
  const options = { mode: 0o644, group: undefined, stateFlags: layout.STATE_SHADOW_GRANTED, pid: process.pid }
  const { ino } = statSync(path)
  const writer = new SnapshotWriter({ ...options, paths: [path], clock: hurried, log: logOf(), mapper: mapper() })
  t.teardown(() => writer.close())
  const one = fresh(1)
  const { buffer } = one.bytes
  await writer.write(one)
  t.equal(statSync(path).ino, ino, 'it is not written again')
  t.not(one.bytes.buffer, buffer)
  t.ok(one.verifyDigest())
})

t.test('where files cannot be mapped, what was written stays in memory and the log says so', async (t) => {
  const said: string[] = []
  const path = join(folder(t), 'snapshot.1')
  const map = (): never => {
    throw new Error('this Node takes no memory of others')
  }
  const log = {
    ...logOf(),
    warn: (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`),
  }
  const options = { mode: 0o644, group: undefined, stateFlags: 0, pid: process.pid, paths: [path], log }
  const writer = new SnapshotWriter({
    ...options,
    clock: monotonic,
    mapper: { map, room: (size) => new ArrayBuffer(size), rest: () => {} },
  })
  t.teardown(() => writer.close())
  const snapshot = fresh(1)
  const { buffer } = snapshot.bytes
  await writer.write(snapshot)
  t.equal(snapshot.bytes.buffer, buffer)
  t.equal(statSync(path).size, snapshot.bytes.length)
  t.match(said, [/^a snapshot file cannot be mapped: a copy of it is in memory .*no memory of others/])
})
