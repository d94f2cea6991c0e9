import fc from 'fast-check'
import t from 'tap'
import { byteText } from '../../../src/resolver/databases/keys.ts'
import {
  binaryKey,
  DATABASE_NAMES,
  DATABASES,
  type DatabaseName,
  type Entries,
  FILE_DATABASE_NAMES,
  holdsKey,
  isDatabase,
  isListed,
  keyTypes,
} from '../../../src/resolver/databases/table.ts'
import { HOST_FLAGS, HOST_KINDS, NO_NODE, SECTIONS_MAX } from '../../../src/resolver/format.ts'
import { idBytes } from '../../../src/resolver/records/keys.ts'
import { ENTRY } from '../contents.ts'

t.test(
  'numbers of databases are all different, in the order of the table, and their sections are within bounds',
  async (t) => {
    const numbers = DATABASE_NAMES.map((name) => DATABASES[name].number)
    t.same(new Set(numbers).size, numbers.length)
    t.same(
      numbers,
      [...numbers].sort((a, b) => a - b),
    )
    t.ok(
      numbers.every((number) => number >= 4 && 4 * number + 3 < SECTIONS_MAX),
      'ids below 16 are of no database',
    )
  },
)

t.test('each database has an index by name first, and three indexes at most', async (t) => {
  for (const name of DATABASE_NAMES) {
    t.equal(keyTypes(name)[0], 'name', name)
    t.ok(keyTypes(name).length <= 3, name)
  }
})

t.test('a record begins with its size, and says how long its strings are', async (t) => {
  for (const name of DATABASE_NAMES) {
    const { fields } = DATABASES[name].structure
    t.equal(fields[0]?.name, 'size', name)
    t.ok(
      fields.some((field) => field.name === 'strings_size'),
      name,
    )
  }
})

t.test('a key of bytes is what the database says: a name, an address of its length, a MAC', async (t) => {
  const bytes = (length: number): Uint8Array => Buffer.alloc(length, 0xe9)
  t.same(binaryKey('passwd', bytes(6)), { name: '\xe9'.repeat(6) })
  t.same(binaryKey('networks', bytes(4)), { name: '\xe9'.repeat(4) })
  for (const length of [4, 16]) t.same(binaryKey('hosts', bytes(length)), { address: bytes(length) })
  for (const length of [0, 3, 5, 6, 15, 17]) t.equal(binaryKey('hosts', bytes(length)), undefined, `${length} bytes`)
  t.same(binaryKey('ethers', bytes(6)), { mac: bytes(6) })
  for (const length of [0, 4, 5, 7, 16]) t.equal(binaryKey('ethers', bytes(length)), undefined, `${length} bytes`)
})

t.test('a record has each of its own keys by its index, and no other', async (t) => {
  const keysOf = <D extends DatabaseName>(database: D) =>
    fc.assert(
      fc.property(ENTRY[database], ENTRY[database], (entry, other) => {
        const { encode, keys } = DATABASES[database]
        const record = encode(entry)
        return keyTypes(database).every((type) => {
          const of = (one: Entries[D]) => (type === 'name' ? keys.name(one) : (keys[type]?.of(one) ?? []).map(byteText))
          const own = of(entry)
          const holds = (key: string): boolean =>
            holdsKey(database, record, type, type === 'name' ? key : Buffer.from(key, 'latin1'))
          return own.every(holds) && of(other).every((key) => holds(key) === own.includes(key))
        })
      }),
      { numRuns: 50 },
    )
  for (const database of DATABASE_NAMES) t.doesNotThrow(() => keysOf(database), database)
  const ada = DATABASES.shadow.encode({
    name: 'ada',
    passwd: '*',
    lastChange: 1,
    min: 0,
    max: 1,
    warn: 1,
    inactive: -1,
    expire: -1,
    flag: 0,
  })
  t.notOk(holdsKey('shadow', ada, 'id', idBytes(1)), 'a database without such an index holds no such key')
})

t.test('a listing shows all records but answers that are made of others', async (t) => {
  const host = { kind: HOST_KINDS.HOST, number: NO_NODE, names: ['a'], addresses: [] }
  t.ok(isListed('hosts', DATABASES.hosts.encode(host)))
  t.ok(isListed('hosts', DATABASES.hosts.encode({ ...host, flags: HOST_FLAGS.SPLIT })))
  t.notOk(isListed('hosts', DATABASES.hosts.encode({ ...host, flags: HOST_FLAGS.SPLIT | HOST_FLAGS.UNLISTED })))
  t.ok(isListed('ethers', DATABASES.ethers.encode({ mac: new Uint8Array(6), name: 'a' })))
})

t.test('names of databases are told from other words; those of files are databases', async (t) => {
  for (const name of ['', 'services', 'constructor', '__proto__', 'Passwd']) t.notOk(isDatabase(name), name)
  t.ok(FILE_DATABASE_NAMES.length > 0 && FILE_DATABASE_NAMES.every(isDatabase))
})
