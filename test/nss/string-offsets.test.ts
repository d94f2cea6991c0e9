import t from 'tap'
import {
  buildPublic,
  buildShadow,
  DATABASES,
  type DatabaseName,
  layout,
  Snapshot,
  SnapshotError,
  stamp,
} from '../../src/resolver/index.ts'
import { contents, shadowContents } from './contents.ts'
import { answerOf, asked, noCompiler } from './programs.ts'
import { RunDir } from './rundir.ts'
import { numberOf, stringOffsets } from './string-offsets.ts'

/** A record of each database that has offsets of strings, and how the module is asked for it. */
const ASKED: readonly { readonly database: DatabaseName; readonly name: string; readonly question: string }[] = [
  { database: 'passwd', name: 'ada', question: 'passwd:name:ada' },
  { database: 'group', name: 'physics', question: 'group:name:physics' },
  { database: 'hosts', name: 'switch', question: 'hosts:4:switch' },
  { database: 'networks', name: 'private', question: 'networks:name:private' },
  { database: 'netgroup', name: 'mixed', question: 'netgroup:mixed' },
  { database: 'shadow', name: 'ada', question: 'shadow:ada' },
]

/** The bytes of a snapshot that has the record, and the record as a part of them. */
function built(database: DatabaseName, name: string): { readonly bytes: Uint8Array; readonly record: Uint8Array } {
  const bytes = database === 'shadow' ? buildShadow(shadowContents()) : buildPublic(contents())
  stamp(bytes, { generation: 1 })
  const record = Snapshot.open(bytes).lookup(database, { name })
  if (record === undefined) throw new Error(`${database} has no ${name}`)
  return { bytes, record }
}

/** What the module says to a question of a snapshot. */
function statusOf(database: DatabaseName, bytes: Uint8Array, question: string): string {
  const run = new RunDir()
  try {
    if (database === 'shadow') run.publishShadowBytes(bytes)
    else run.publishBytes(bytes)
    return answerOf(asked(run.path, [`ask 4096 ${question}`])[0]).status
  } finally {
    run.remove()
  }
}

for (const { database, name, question } of ASKED) {
  const { record: plain } = built(database, name)
  for (const { what, at, width } of stringOffsets(database, plain)) {
    t.test(`${database}: a string that starts one past the strings (${what}) is damage to both readers`, async (t) => {
      const { bytes, record } = built(database, name)
      const size = numberOf(database, record, 'strings_size')
      Buffer.from(record.buffer, record.byteOffset).writeUIntLE(size, at, width)
      t.throws(() => DATABASES[database].decode(record), SnapshotError)
      if (!noCompiler) t.not(statusOf(database, bytes, question), 'SUCCESS')
    })
  }
  t.test(`${database}: the last string may be empty`, async (t) => {
    const { bytes, record } = built(database, name)
    const last = stringOffsets(database, record)
      .filter(({ what }) => what !== 'passwd')
      .at(-1)
    if (last === undefined) {
      t.pass('only the password has an offset there')
      return
    }
    const size = numberOf(database, record, 'strings_size')
    Buffer.from(record.buffer, record.byteOffset).writeUIntLE(size - 1, last.at, last.width)
    t.ok(DATABASES[database].decode(record))
    if (!noCompiler) t.equal(statusOf(database, bytes, question), 'SUCCESS')
  })
}

t.test('each structure with a string has its offsets among those that are tried, or has a name alone', async (t) => {
  const names = layout.STRUCTURES.filter(({ fields }) => fields.some(({ doc }) => doc.startsWith('where '))).map(
    ({ name }) => name,
  )
  t.same(names, ['header', 'section', 'passwd', 'group', 'shadow', 'pattern'])
})
