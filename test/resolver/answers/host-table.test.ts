import fc from 'fast-check'
import t from 'tap'
import { HostTable } from '../../../src/resolver/answers/host-table.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { foldCase } from '../../../src/values/index.ts'

/** A table of these names, in bytes of their own. */
function tableOf(names: readonly string[]): HostTable {
  const bytes = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1')
  const table = new HostTable(bytes, bytes.length, names.length)
  let at = 0
  for (const name of names) {
    table.add(at)
    at += name.length + 1
  }
  return table
}

t.test('a table holds the names that were added, in any case, and no others', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '1', '\xe9'), maxLength: 4 })
  fc.assert(
    fc.property(fc.array(name, { maxLength: 60 }), fc.array(name, { maxLength: 20 }), (names, others) => {
      const table = tableOf(names)
      const set = new Set(names.map(foldCase))
      return table.size === set.size && [...names, ...others].every((one) => table.has(one) === set.has(foldCase(one)))
    }),
  )
})

t.test('a name that only begins like one, or ends before it, is not in the table', async (t) => {
  const table = tableOf(['n15.cluster.internal'])
  t.ok(table.has('N15.Cluster.Internal'))
  for (const name of ['n15', 'n15.cluster.internal.', 'n15.cluster.internal\0', ''])
    t.notOk(table.has(name), JSON.stringify(name))
})

t.test('a string without an end is damage', async (t) => {
  const bytes = Buffer.from('n15')
  t.throws(() => new HostTable(bytes, bytes.length, 1).add(0), SnapshotError)
  t.throws(() => new HostTable(bytes, bytes.length, 1).add(7), SnapshotError)
})
