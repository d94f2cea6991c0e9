import t from 'tap'
import { readExcerpt } from '../../../src/kickback/index.ts'
import { DATABASES, layout, type Snapshot, SnapshotError, ZONE_SECTIONS } from '../../../src/resolver/index.ts'
import { publicSnapshot } from '../cluster.ts'

/** A file of these bytes, which gives at most so many at a time; where it was read, and how many bytes at each place. */
function fileOf(bytes: Uint8Array, most = Number.MAX_SAFE_INTEGER) {
  const positions: number[] = []
  const sizes: number[] = []
  const read = async (into: Uint8Array, offset: number, length: number, position: number) => {
    positions.push(position)
    const piece = bytes.subarray(position, position + Math.min(length, most))
    into.set(piece, offset)
    sizes.push(piece.length)
    return { bytesRead: piece.length }
  }
  return { read, positions, sizes, stat: async () => ({ size: bytes.length }) }
}

const believe = (): void => {}
const excerptOf = (bytes: Uint8Array, before?: Snapshot, ids: ReadonlySet<number> = ZONE_SECTIONS) =>
  readExcerpt(fileOf(bytes), { ids, before, believe })
const recordsAt = ({ header, bytes }: Snapshot, database: 'hosts' | 'passwd'): number => {
  for (let at = header.tableStart; at < header.tableEnd; at += layout.SECTION.size) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at)
    if (view.getUint32(0, true) === DATABASES[database].number * 4)
      return Number(view.getBigUint64(layout.SECTION.at.offset, true))
  }
  return -1
}
const turned = ({ bytes }: Snapshot, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

t.test('an excerpt answers as the whole snapshot does, and has nothing of what it leaves out', async (t) => {
  const whole = publicSnapshot(7)
  const excerpt = await readExcerpt(fileOf(whole.bytes, 100), { ids: ZONE_SECTIONS, before: undefined, believe })
  t.equal(excerpt.generation, 7)
  t.same(excerpt.digest, whole.digest)
  t.equal(excerpt.domain, whole.domain)
  t.same(excerpt.ranges(), whole.ranges())
  t.same([...excerpt.entries('hosts')], [...whole.entries('hosts')])
  for (const { names } of whole.entries('hosts'))
    for (const name of names) t.same(excerpt.find('hosts', { name }), whole.find('hosts', { name }))
  for (const left of [
    () => excerpt.find('passwd', { name: 'user1' }),
    () => [...excerpt.records('group')],
    () => excerpt.inputs,
    () => excerpt.count('ethers'),
    () => excerpt.bytes,
  ])
    t.throws(left, SnapshotError)
})

t.test('no byte of a section is read that an earlier generation has the same', async (t) => {
  const before = await excerptOf(publicSnapshot(1, 5).bytes)
  const file = fileOf(publicSnapshot(2, 6).bytes)
  const after = await readExcerpt(file, { ids: ZONE_SECTIONS, before, believe })
  t.same(file.positions, [0])
  t.equal(after.generation, 2)
  t.ok(after.isSameIn(before, ZONE_SECTIONS))
  t.equal(after.recordBytes('hosts').buffer, before.recordBytes('hosts').buffer, 'the bytes are those of before')
})

t.test('what is the same is taken over where another section changed', async (t) => {
  const [one, other] = [publicSnapshot(1, 5), publicSnapshot(2, 6)]
  const ids = new Set([...ZONE_SECTIONS, DATABASES.passwd.number * 4])
  const before = await excerptOf(one.bytes, undefined, ids)
  const file = fileOf(other.bytes)
  const after = await readExcerpt(file, { ids, before, believe })
  const [, ...sections] = file.sizes
  t.same(sections, [other.recordBytes('passwd').length], 'behind the header and the table')
  t.same(after.recordBytes('passwd'), other.recordBytes('passwd'))
  t.same(after.recordBytes('hosts'), other.recordBytes('hosts'))
})

t.test('each byte that is read is proved, and the table with it; what is left out may be damaged', async (t) => {
  const whole = publicSnapshot(3)
  const hosts = recordsAt(whole, 'hosts')
  for (const at of [whole.header.tableStart + 40, hosts, hosts + whole.recordBytes('hosts').length - 1])
    await t.rejects(excerptOf(turned(whole, at)), SnapshotError, `byte ${at}`)
  t.equal((await excerptOf(turned(whole, recordsAt(whole, 'passwd')))).generation, 3)
})

t.test('a file that ends early is damaged', async (t) => {
  const whole = publicSnapshot(3)
  const hosts = recordsAt(whole, 'hosts')
  const before = await excerptOf(whole.bytes)
  for (const length of [0, 100, 300, hosts, hosts + 8, whole.bytes.length - 8]) {
    const short = whole.bytes.subarray(0, length)
    await t.rejects(excerptOf(short), SnapshotError, `${length} bytes`)
    await t.rejects(excerptOf(short, before), SnapshotError, `${length} bytes, and nothing of them is to be read`)
  }
})

t.test('of a header that is not believed nothing else is read', async (t) => {
  const file = fileOf(publicSnapshot(3).bytes)
  const refuse = (): never => {
    throw new Error('no')
  }
  await t.rejects(readExcerpt(file, { ids: ZONE_SECTIONS, before: undefined, believe: refuse }), /no/)
  t.same(file.positions, [0])
})
