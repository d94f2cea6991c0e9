import fc from 'fast-check'
import t from 'tap'
import { DATABASE_NAMES } from '../../../src/resolver/databases/table.ts'
import { ALIGNMENT, HEADER, KINDS, SECTION, SECTION_COMPLETE, SECTION_DOTTED } from '../../../src/resolver/format.ts'
import { LOGINS, recordsId, SECTIONS } from '../../../src/resolver/layout.ts'
import { byteString } from '../../../src/resolver/records/entries.ts'
import { buildPublic, buildShadow, stamp } from '../../../src/resolver/snapshot/builder.ts'
import { headerOf } from '../../../src/resolver/snapshot/header.ts'
import { proveSections, proveTable } from '../../../src/resolver/snapshot/proof.ts'
import { configured } from '../configs.ts'
import { ENTRY, publicContents } from '../contents.ts'

const tableOf = (bytes: Uint8Array) => proveTable(headerOf(bytes), bytes)

t.test('the same contents are the same bytes, and the digests prove them', async () => {
  fc.assert(
    fc.property(publicContents, (contents) => {
      const [one, other] = [buildPublic(contents), buildPublic(structuredClone(contents))]
      proveSections(headerOf(one), one)
      return Buffer.from(one).equals(other)
    }),
    { numRuns: 50 },
  )
})

t.test('the order of inputs is no difference, their values are', async (t) => {
  const built = (...inputs: [string, string][]): Buffer =>
    Buffer.from(buildShadow({ inputs: new Map(inputs), shadow: [], complete: true }))
  t.ok(built(['a', '1'], ['b', '2']).equals(built(['b', '2'], ['a', '1'])))
  t.notOk(built(['a', '1'], ['b', '2']).equals(built(['a', '1'], ['b', '3'])))
})

t.test(
  'each kind has the sections of its databases, small ones and indexes before records, without a gap',
  async (t) => {
    const contents = fc.sample(publicContents, { numRuns: 1, seed: 7 })[0] ?? (undefined as never)
    const open = buildPublic({
      ...contents,
      logins: [{ key: byteString('all'), nodes: [], users: [byteString('ann')], groups: [] }],
    })
    const closed = buildShadow({ inputs: new Map(), shadow: [], complete: true })
    t.equal(headerOf(open).kind, KINDS.PUBLIC)
    t.equal(headerOf(closed).kind, KINDS.SHADOW)
    const idsOf = (bytes: Uint8Array): number[] => tableOf(bytes).map(({ id }) => id)
    const wanted = SECTIONS.filter(({ database }) => database !== 'shadow').map(({ id }) => id)
    const sorted = (bytes: Uint8Array): number[] => idsOf(bytes).sort((a, b) => a - b)
    t.same(sorted(open), wanted)
    const without = wanted.filter((id) => id !== LOGINS.id)
    t.same(sorted(buildPublic(contents)), without, 'without rules on logins a snapshot is as it always was')
    t.ok(idsOf(closed).includes(recordsId('shadow')))
    for (const name of DATABASE_NAMES) if (name !== 'shadow') t.notOk(idsOf(closed).includes(recordsId(name)), name)
    const ranks = idsOf(open).map((id) => {
      const row = SECTIONS.find((one) => one.id === id)
      return row?.database === undefined ? 0 : row.holds === 'index' ? 1 : 2
    })
    t.same(ranks, [...ranks].sort())
    t.ok(tableOf(open).every(({ offset }) => offset % ALIGNMENT === 0))
  },
)

t.test('a database is complete where the contents say so, hosts tell whether a name has a dot', async (t) => {
  const flagsOf = (bytes: Uint8Array, id: number): number => tableOf(bytes).find((one) => one.id === id)?.flags ?? -1
  const contents = fc.sample(publicContents, { numRuns: 1, seed: 3 })[0] ?? (undefined as never)
  const partial = buildPublic({ ...contents, complete: new Set(['group']) })
  t.equal(flagsOf(partial, recordsId('group')) & SECTION_COMPLETE, SECTION_COMPLETE)
  t.equal(flagsOf(partial, recordsId('passwd')) & SECTION_COMPLETE, 0)
  const hosts = (name: string): number =>
    flagsOf(configured(`hostrange 10.0.0.1 10.0.0.9\nhost 0:0:0:0:0:1 10.0.0.1 ${name}\n`).bytes, recordsId('hosts'))
  t.equal(hosts('printer') & SECTION_DOTTED, 0)
  t.equal(hosts('printer.example.org') & SECTION_DOTTED, SECTION_DOTTED)
})

t.test('a stamp sets number, times and signature, and nothing that the digest is made of', async (t) => {
  const bytes = buildShadow({ inputs: new Map(), shadow: fc.sample(ENTRY.shadow, 3), complete: true })
  const before = Buffer.from(bytes)
  stamp(bytes, { generation: 7, contentTime: 5, forcedAt: 3 }, () => Buffer.alloc(64, 9))
  const { generation, contentTime, forcedAt, signature } = headerOf(bytes)
  t.same([generation, contentTime, forcedAt], [7, 5, 3])
  t.ok(signature.every((byte) => byte === 9))
  t.ok(before.subarray(HEADER.size).equals(bytes.subarray(HEADER.size)))
  t.same(headerOf(before).digest, headerOf(bytes).digest)
  t.throws(() => stamp(bytes, { generation: 8 }, () => Buffer.alloc(63)), RangeError)
  stamp(bytes, { generation: 8 })
  t.ok(
    headerOf(bytes).signature.every((byte) => byte === 0),
    'unsigned without a signer',
  )
})

t.test('a section table has an entry a section, and the header counts them', async (t) => {
  const bytes = Buffer.from(buildShadow({ inputs: new Map(), shadow: [], complete: false }))
  const { tableStart, tableEnd } = headerOf(bytes)
  t.equal((tableEnd - tableStart) / SECTION.size, bytes.readUInt32LE(HEADER.at.section_count))
})
