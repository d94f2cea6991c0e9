// What the interface promises of a database, held against every row of the table.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { Database } from '../../../src/resolver/databases/database.ts'
import { byteText } from '../../../src/resolver/databases/keys.ts'
import { DATABASE_NAMES, DATABASES, type DatabaseName, type Entries } from '../../../src/resolver/databases/table.ts'
import { ALIGNMENT } from '../../../src/resolver/format.ts'
import { RecordReader, SnapshotError } from '../../../src/resolver/records/decode.ts'
import { ENTRY } from '../contents.ts'
import { unlessDamaged } from '../damage.ts'

/** A promise: whether a database keeps it for an entry, and for any number besides. */
type Promised = <D extends DatabaseName>(database: Database<Entries[D]>, entry: Entries[D], any: number) => boolean

/** Holds a promise against any entries of one database. */
function hold<D extends DatabaseName>(name: D, promised: Promised): void {
  fc.assert(fc.property(ENTRY[name], fc.nat(), (entry, any) => promised<D>(DATABASES[name], entry, any)))
}

/** One test of a promise, with an assertion for each database. */
function everyDatabase(title: string, promised: Promised): void {
  t.test(title, async (t) => {
    for (const name of DATABASE_NAMES) t.doesNotThrow(() => hold(name, promised), name)
  })
}

const damaged = (record: Uint8Array, at: number, byte: number): Uint8Array => {
  const bytes = Uint8Array.from(record)
  bytes[at % bytes.length] = byte
  return bytes
}

everyDatabase('an entry comes back from its record as it went in', ({ encode, decode }, entry) =>
  isDeepStrictEqual(decode(encode(entry)), entry),
)

everyDatabase('one entry is always one record, of whole words, that begins with its size', ({ encode }, entry) => {
  const record = Buffer.from(encode(entry))
  const again = encode(structuredClone(entry))
  return record.equals(again) && record.length % ALIGNMENT === 0 && record.readUInt32LE(0) === record.length
})

everyDatabase('a record that is cut is damage, unless only what fills it up is gone', (database, entry, any) => {
  const { structure, encode, decode } = database
  const record = encode(entry)
  const cut = record.subarray(0, any % record.length)
  const read = unlessDamaged(() => decode(cut))
  if (read !== undefined) return record.length - cut.length < ALIGNMENT && isDeepStrictEqual(read, entry)
  return cut.length < structure.size || unlessDamaged(() => namesIn(database, cut)) === undefined
})

everyDatabase('any other byte makes another entry or damage, of the names alone too', (database, entry, any) => {
  const record = damaged(database.encode(entry), any, any >>> 8)
  unlessDamaged(() => database.decode(record))
  unlessDamaged(() => namesIn(database, record))
  unlessDamaged(() => database.isListed?.(record))
  return true
})

everyDatabase('the keys of an entry that damage changed are looked for in its bytes alone', (database, entry, any) => {
  const { id, address, mac } = database.keys
  const record = damaged(database.encode(entry), any, any >>> 8)
  return [id, address, mac].every((key) =>
    (key?.of(entry) ?? []).every((bytes) => {
      const held = unlessDamaged(() => key?.isIn(record, bytes))
      const now = unlessDamaged(() => key?.of(database.decode(record)).map(byteText))
      return held === undefined || now === undefined || held === now.includes(byteText(bytes))
    }),
  )
})

everyDatabase('the names in a record are those that the entry has, the main one first', (database, entry) => {
  const { names = [], name = names[0] } = entry as { names?: readonly string[]; name?: string }
  const all = names.length === 0 ? [name] : names
  return isDeepStrictEqual(namesIn(database, database.encode(entry)), all)
})

everyDatabase('an entry is found by its main name, in small letters where case does not count', (database, entry) => {
  const [main = ''] = namesIn(database, database.encode(entry))
  const small = main.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return database.keys.name(entry)[0] === (database.foldsCase ? small : main)
})

everyDatabase('an entry has neither moved nor become another one if nothing in it changed', (database, entry) => {
  const { identity, moved } = database.loss
  const same = structuredClone(entry)
  return identity?.(entry) === identity?.(same) && !moved?.isMoved(entry, same)
})

/** The names in a record, as the row finds them. */
function namesIn(
  { structure, names }: Pick<Database<never>, 'structure' | 'names'>,
  record: Uint8Array,
): readonly string[] {
  const reader = new RecordReader<string>(structure, record)
  const offsets = names(reader)
  reader.strings(reader.number('strings_size'))
  return offsets.map((offset) => reader.string(offset))
}

t.test('more bytes of strings than a record can tell are refused by RangeError, one less is not', async (t) => {
  const dashes = { inactive: -1, expire: -1, flag: 0xffffffff }
  const entries = {
    passwd: (text: string) => ({ name: 'a', passwd: '*', uid: 1, gid: 1, gecos: text, dir: '/', shell: '' }),
    ethers: (text: string) => ({ mac: new Uint8Array(6), name: text }),
    shadow: (text: string) => ({ name: 'a', passwd: text, lastChange: 1, min: 0, max: 1, warn: 1, ...dashes }),
  }
  const bound = <D extends keyof typeof entries>(name: D, room: number): void => {
    const { encode, decode } = DATABASES[name] as unknown as Database<ReturnType<(typeof entries)[D]>>
    const entryOf = (length: number) => entries[name]('x'.repeat(length)) as ReturnType<(typeof entries)[D]>
    t.same(decode(encode(entryOf(room))), entryOf(room), name)
    t.throws(() => encode(entryOf(room + 1)), RangeError, name)
  }
  bound('passwd', 0xffff - 'a\0*\0\0/\0\0'.length)
  bound('ethers', 0xffff - '\0'.length)
  bound('shadow', 0xffff - 'a\0\0'.length)
})

t.test('a record without even its fixed part is damage', async (t) => {
  for (const name of DATABASE_NAMES) {
    const { structure, decode } = DATABASES[name]
    for (const size of [0, structure.size - 1]) t.throws(() => decode(new Uint8Array(size)), SnapshotError, name)
  }
})
