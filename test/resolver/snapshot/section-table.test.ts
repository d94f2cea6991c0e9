import fc from 'fast-check'
import t from 'tap'
import { HEADER, SECTION, SECTIONS, SLOT } from '../../../src/resolver/layout.ts'
import { headerOf } from '../../../src/resolver/snapshot/header.ts'
import { checkNoGaps, sectionEntries } from '../../../src/resolver/snapshot/section-table.ts'
import { configured } from '../configs.ts'

const { bytes } = configured('nodes 3\niprange 10.0.0.1 10.0.0.3\n')
const header = headerOf(bytes)
const index = SECTIONS.find(({ holds }) => holds === 'index')?.id ?? 0

/** The table with some numbers of its first entry changed. */
function table(changed: Partial<Record<'id' | 'offset' | 'size', number>> = {}): Uint8Array {
  const copy = Buffer.from(bytes.subarray(header.tableStart, header.tableEnd))
  if (changed.id !== undefined) copy.writeUInt32LE(changed.id, SECTION.at.id)
  if (changed.offset !== undefined) copy.writeBigUInt64LE(BigInt(changed.offset), SECTION.at.offset)
  if (changed.size !== undefined) copy.writeBigUInt64LE(BigInt(changed.size), SECTION.at.size)
  return copy
}

t.test('the entries are those of the table, in its order, one behind the other to the end of the file', async (t) => {
  const entries = sectionEntries(header, table())
  t.equal(entries.length, (header.tableEnd - HEADER.size) / SECTION.size)
  t.doesNotThrow(() => checkNoGaps(header, entries))
  const copy = Buffer.from(table())
  const [first] = entries
  t.same(first?.digest, copy.subarray(SECTION.at.digest, SECTION.at.digest + 32))
  t.same([first?.id, first?.count], [copy.readUInt32LE(SECTION.at.id), Number(copy.readBigUInt64LE(SECTION.at.count))])
})

t.test('a section that begins between two words, or ends outside the file, is damage', async (t) => {
  const refused = (changed: Parameters<typeof table>[0]) =>
    t.throws(() => sectionEntries(header, table(changed)), { name: 'SnapshotError', code: 'section' })
  for (const rest of [1, 4, 7]) refused({ offset: header.tableEnd + rest, size: 0 })
  refused({ offset: header.size, size: 8 })
  refused({ offset: header.size + 8, size: 0 })
  refused({ offset: 0, size: header.size + 1 })
  t.doesNotThrow(() => sectionEntries(header, table({ offset: header.size, size: 0 })))
})

t.test('an index has a power of two of slots', async () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.nat(40).map((count) => count * SLOT.size),
        fc.nat(40 * SLOT.size),
      ),
      (size) => {
        const slots = size / SLOT.size
        const isPower = [1, 2, 4, 8, 16, 32].includes(slots)
        try {
          sectionEntries({ ...header, size: 4096 }, table({ id: index, offset: 0, size }).subarray(0, SECTION.size))
          return isPower
        } catch (error) {
          return !isPower && (error as { code?: string }).code === 'index'
        }
      },
    ),
  )
})

t.test('bytes of the file that no section has are damage, and so are bytes that two have', async (t) => {
  const entries = sectionEntries(header, table())
  const [first, ...others] = entries
  if (first === undefined) throw new Error('there are no sections')
  t.throws(() => checkNoGaps(header, others), { code: 'section' })
  t.throws(() => checkNoGaps(header, [{ ...first, size: first.size + 8 }, ...others]), { code: 'section' })
  t.throws(() => checkNoGaps(header, [...entries.slice(1), first]), { code: 'section' })
  const last = entries.findLastIndex(({ size }) => size > 0)
  t.throws(() => checkNoGaps(header, entries.slice(0, last)), { code: 'size' })
  t.throws(() => checkNoGaps({ ...header, size: header.size + 8 }, entries), { code: 'size' })
})
