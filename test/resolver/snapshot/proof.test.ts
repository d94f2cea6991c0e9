import fc from 'fast-check'
import t from 'tap'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { HEADER, SECTION } from '../../../src/resolver/layout.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { rootDigest, sectionDigest } from '../../../src/resolver/snapshot/digest.ts'
import { headerOf } from '../../../src/resolver/snapshot/header.ts'
import { proveSections, proveTable, SectionsProof } from '../../../src/resolver/snapshot/proof.ts'
import { accountsOf, sourcesOf } from '../configs.ts'
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
