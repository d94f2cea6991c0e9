import fc from 'fast-check'
import t from 'tap'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { HEADER, SECTION } from '../../../src/resolver/layout.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { rootDigest, sectionDigest } from '../../../src/resolver/snapshot/digest.ts'
import { headerOf } from '../../../src/resolver/snapshot/header.ts'
import { proveAgainst, proveSections, proveTable, SectionsProof } from '../../../src/resolver/snapshot/proof.ts'
import { atOnce, type Steps } from '../../../src/values/index.ts'
import { accountsOf, configured, sourcesOf } from '../configs.ts'
import { unlessDamaged } from '../damage.ts'

const accounts = accountsOf({ passwd: 'ann:x:1000:1000:A:/a:/b\n', group: 'dev:x:2000:ann\n' })
const whole = Buffer.from(buildPublic(publicContents(sourcesOf('nodes 3\niprange 10.0.0.1 10.0.0.3\n', { accounts }))))
const header = headerOf(whole)
const sections = proveTable(header, whole)

/** How many bytes are taken, in pieces of this size, before the proof fails; undefined where all are proved. */
function refusedAt(bytes: Uint8Array, piece: number): number | undefined {
  const proof = new SectionsProof(header)
  for (let at = 0; at < bytes.length; at += piece) {
    const isTaken = unlessDamaged(() => {
      proof.take(bytes.subarray(at, at + piece))
      return true
    })
    if (!isTaken) return Math.min(at + piece, bytes.length)
  }
  return proof.isWhole ? undefined : bytes.length
}

t.test('a whole snapshot is proved however it is cut', async (t) => {
  for (const piece of [1, 7, 8, 191, 192, 193, 1000, whole.length]) t.equal(refusedAt(whole, piece), undefined)
  t.doesNotThrow(() => proveSections(header, whole))
})

t.test('a changed byte is found no later than the end of its section', async () => {
  const ends = [header.tableEnd, ...sections.map(({ offset, size }) => Math.ceil((offset + size) / 8) * 8)]
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.integer({ min: 1, max: 64 }),
      (at, flip, piece) => {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ flip
        const end = ends.find((one) => at < one) ?? 0
        const refused = refusedAt(bytes, piece)
        if (at >= HEADER.at.state && at < HEADER.size) return refused === undefined
        return refused !== undefined && refused < end + piece
      },
    ),
    { numRuns: 500 },
  )
})

t.test('fewer bytes and more bytes are no proof', async (t) => {
  t.equal(refusedAt(whole.subarray(0, -8), 64), whole.length - 8)
  t.throws(() => proveSections(header, whole.subarray(0, -8)), { code: 'short' })
  t.throws(() => proveSections(header, Buffer.concat([whole, Buffer.alloc(8)])), { code: 'size' })
})

/** The snapshot with its section table changed, and all digests of table and header made anew: as a master could sign it. */
function resealed(change: (file: Buffer) => void): Buffer {
  const file = Buffer.from(whole)
  change(file)
  file.set(rootDigest(file), HEADER.at.digest)
  return file
}

t.test('a byte that is in no section, or in two, is no part of a proof, whoever made the table', async (t) => {
  const filled = sections.findLastIndex((section) => section.size > 0)
  const last = header.tableStart + filled * SECTION.size
  const size = Number(whole.readBigUInt64LE(last + SECTION.at.size))
  const shorter = resealed((file) => {
    const [offset = 0, less] = [sections[filled]?.offset, size - 8]
    file.writeBigUInt64LE(BigInt(less), last + SECTION.at.size)
    file.set(sectionDigest(file, { offset, size: less }), last + SECTION.at.digest)
  })
  t.throws(() => proveTable(headerOf(shorter), shorter), { code: /^(size|section)$/ }, 'eight bytes are in no section')
  const twice = resealed((file) => file.copy(file, HEADER.size + SECTION.size, HEADER.size, HEADER.size + SECTION.size))
  t.throws(() => proveTable(headerOf(twice), twice), { code: 'section' }, 'two sections are the same bytes')
  t.doesNotThrow(() => proveTable(headerOf(resealed(() => {})), whole), 'an unchanged table is proved')
})

t.test('whatever part is another than the header stands for, the error is of the digest', async (t) => {
  const first = sections.find(({ size }) => size > 0)?.offset ?? 0
  for (const at of [HEADER.at.generation, header.tableStart + SECTION.at.digest, first]) {
    const file = Buffer.from(whole)
    file[at] = (file[at] ?? 0) ^ 1
    t.throws(() => proveSections(header, file), { code: 'digest' }, `byte ${at}`)
  }
})

t.test('a table that is not all there is not proved', async (t) => {
  t.throws(() => proveTable(header, whole.subarray(0, header.tableEnd - 1)), { code: 'short' })
})

t.test('an empty section has the digest of nothing, and no other', async (t) => {
  const empty = sections.findIndex(({ size }) => size === 0)
  t.ok(empty >= 0)
  const file = resealed((bytes) =>
    bytes.fill(
      7,
      header.tableStart + empty * SECTION.size + SECTION.at.digest,
      header.tableStart + (empty + 1) * SECTION.size,
    ),
  )
  t.throws(() => proveSections(headerOf(file), file), { code: 'digest' })
})

/** A snapshot that was proved, and others that are made from it. */
const proved = configured('nodes 3\niprange 10.0.0.1 10.0.0.9\n')
const next = configured('nodes 4\niprange 10.0.0.1 10.0.0.9\n')

/** Proves bytes with the header of `next`, at once. */
function proveNext(bytes: Uint8Array): void {
  atOnce(proveAgainst(next.header, bytes, proved))
}

function stepsOf(work: Steps<void>): number {
  let steps = 0
  while (!work.next().done) steps++
  return steps
}

t.test('beside a proved snapshot the whole next one is proved, and one with any changed byte is not', async (t) => {
  t.doesNotThrow(() => proveNext(next.bytes))
  const accepted: number[] = []
  for (let at = next.header.tableStart; at < next.bytes.length; at++) {
    const bytes = Buffer.from(next.bytes)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    const isTaken = unlessDamaged(() => {
      proveNext(bytes)
      return true
    })
    if (isTaken) accepted.push(at)
  }
  t.same(accepted, [])
})

t.test(
  'beside a proved snapshot the error of a changed section is of the digest, and of another length of the size',
  async (t) => {
    const bytes = Buffer.from(next.bytes)
    const last = bytes.length - 1
    bytes[last] = (bytes[last] ?? 0) ^ 1
    t.throws(() => proveNext(bytes), { code: 'digest' })
    t.throws(() => proveNext(next.bytes.subarray(0, -8)), { code: 'size' })
    t.throws(() => proveNext(Buffer.concat([next.bytes, Buffer.alloc(8)])), { code: 'size' })
  },
)

t.test('the bytes of a proved section prove nothing under another digest', async (t) => {
  const [was, is] = [proved, next].map(({ header: head, bytes }) => proveTable(head, bytes))
  const pairs = (is ?? []).flatMap((entry) => {
    const before = was?.find(({ id, size }) => id === entry.id && size === entry.size)
    return before === undefined || Buffer.compare(before.digest, entry.digest) === 0 ? [] : [{ before, entry }]
  })
  t.ok(pairs.length > 0)
  for (const { before, entry } of pairs) {
    const bytes = Buffer.from(next.bytes)
    bytes.set(proved.bytes.subarray(before.offset, before.offset + before.size), entry.offset)
    t.throws(() => proveNext(bytes), { code: 'digest' }, `section ${entry.id}`)
  }
})

t.test('what is the same is compared, and what is another is digested a MiB at a time, in steps', async (t) => {
  const large = configured('nodes 10000\niprange 10.0.0.1 10.0.255.255\n')
  const tables = [large, next].map(({ header: head, bytes }) => proveTable(head, bytes).length)
  t.equal(stepsOf(proveAgainst(next.header, next.bytes, next)), tables[1])
  const known = proveTable(next.header, next.bytes)
  const pieces = proveTable(large.header, large.bytes)
    .filter(({ id, digest }) => !known.some((one) => one.id === id && Buffer.compare(one.digest, digest) === 0))
    .reduce((sum, { size }) => sum + Math.ceil(size / (1024 * 1024)), 0)
  t.ok(pieces > 0)
  t.equal(stepsOf(proveAgainst(large.header, large.bytes, next)), (tables[0] ?? 0) + pieces)
})
