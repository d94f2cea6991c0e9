import fc from 'fast-check'
import t from 'tap'
import { askersOwn, hostNamed } from '../../../src/resolver/answers/spellings.ts'
import { DATABASES } from '../../../src/resolver/databases/table.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { spellingSnapshot, spellings } from './spelling-table.ts'

function meaning(snapshot: Snapshot, name: string): string {
  const record = hostNamed(snapshot, name)
  if (record !== undefined) return DATABASES.hosts.decode(record).names[0] ?? ''
  return askersOwn(snapshot, name)?.toUpperCase() ?? 'NOTFOUND'
}

for (const config of ['plain', 'wide', 'named', 'mixed', 'counted']) {
  t.test(`every spelling of the table means what it says, in ${config}`, async (t) => {
    const snapshot = spellingSnapshot(config)
    const rows = spellings().filter((row) => row.config === config)
    t.ok(rows.length > 15)
    for (const row of rows) t.equal(meaning(snapshot, row.name), row.meaning, JSON.stringify(row.name))
  })
}

t.test('the table has no other configs and no other meanings than it says', async (t) => {
  for (const { config, meaning } of spellings()) {
    if (!['plain', 'wide', 'named', 'mixed', 'counted'].includes(config) || meaning === '')
      t.fail(`${config} ${meaning}`)
  }
})

t.test('every stored name answers in each of its spellings', async (t) => {
  const snapshot = spellingSnapshot('plain')
  for (const host of snapshot.entries('hosts')) {
    for (const name of host.names) {
      const long = name.includes('.') ? [] : [`${name}.cluster.internal`, `${name}.cluster.internal.`]
      for (const spelling of [name, `${name}.`, name.toUpperCase(), ...long]) {
        t.equal(meaning(snapshot, spelling), host.names[0], spelling)
      }
    }
  }
})

t.test('any bytes as a name are answered or not found, and only with a machine that exists', async () => {
  const snapshot = spellingSnapshot('wide')
  const canonical = new Set(Array.from(snapshot.entries('hosts'), (host) => host.names[0]))
  const piece = fc.constantFrom(
    'n',
    'N',
    '.',
    '+',
    '-',
    '0',
    '1',
    '15',
    'ib',
    'rack',
    '-x',
    '-ipmi',
    '.cluster.internal',
    'master',
    '\0',
    'é',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
        fc.string({ maxLength: 300 }),
      ),
      (name) => {
        const found = meaning(snapshot, name)
        return ['NOTFOUND', 'MASTER', 'SELF'].includes(found) || canonical.has(found)
      },
    ),
    { numRuns: 2000 },
  )
})
