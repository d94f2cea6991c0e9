/** netgroup: lists of triples of host, user and domain (netgroup(5), setnetgrent(3)). */
import { SIZE, WILDCARD } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import { alone, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { Database } from './database.ts'
import { NAME_WIDTH } from './getent.ts'
import { byName } from './keys.ts'
import { firstString } from './names.ts'

/** A triple of a netgroup; undefined is a wildcard. */
export interface Triple {
  readonly host: ByteString | undefined
  readonly user: ByteString | undefined
  readonly domain: ByteString | undefined
}

/** A netgroup with all its triples, nested ones expanded. */
export interface NetgroupEntry {
  readonly name: ByteString
  readonly triples: readonly Triple[]
}

/** A netgroup's record. */
export const NETGROUP = structure(
  'netgroup',
  'A netgroup. Its name is the first string. Nested netgroups are already expanded.',
  [
    SIZE,
    ['triple_count', 'u32', 'how many triples'],
    ['strings_size', 'u32', 'bytes of all strings, final NUL included'],
  ],
  'triple_count times three offsets (u32; host, user, domain; 0xffffffff is a wildcard), then the strings.',
)

/** The database. */
export const netgroup: Database<NetgroupEntry> = {
  number: 9,
  doc: 'netgroups',
  structure: NETGROUP,
  write,
  encode: alone(write),
  decode,
  names: firstString((reader) => 12 * reader.u32('triple_count')),
  foldsCase: false,
  keys: { name: byName },
  binaryKey: 'name',
  need: 'member',
  complete: 'always',
  loss: { counts: true },
  brief: ({ triples }) => `${triples.length} ${triples.length === 1 ? 'triple' : 'triples'}`,
  getent: { lists: false, key: (name) => ({ name }), lines },
  exported: fileLine,
  nscd: true,
}

function write(entry: NetgroupEntry, room: RecordRoom): void {
  const part = (text: ByteString | undefined): number => (text === undefined ? 0 : text.length + 1)
  let length = entry.name.length + 1
  for (const { host, domain } of entry.triples) length += part(host) + part(domain)
  // Users stand once: nearly always all triples have the same.
  const users = new Map<ByteString, number>()
  let last: ByteString | undefined
  for (const { user } of entry.triples) {
    if (user === undefined || user === last || users.has(user)) continue
    length += part(user)
    users.set(user, WILDCARD)
    last = user
  }
  const writer = new RecordWriter(NETGROUP, 12 * entry.triples.length, length, room)
  writer.u32('triple_count', entry.triples.length)
  writer.string(entry.name)
  for (const { host, user, domain } of entry.triples) {
    writer.word(host === undefined ? WILDCARD : writer.string(host))
    if (user !== undefined && users.get(user) === WILDCARD) users.set(user, writer.string(user))
    writer.word(user === undefined ? WILDCARD : (users.get(user) ?? WILDCARD))
    writer.word(domain === undefined ? WILDCARD : writer.string(domain))
  }
  writer.u32('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): NetgroupEntry {
  const reader = new RecordReader(NETGROUP, record)
  const offsets = reader.words(3 * reader.u32('triple_count'))
  reader.strings(reader.u32('strings_size'))
  const part = (i: number): ByteString | undefined => {
    const offset = offsets[i] ?? WILDCARD
    return offset === WILDCARD ? undefined : reader.string(offset)
  }
  const triples: Triple[] = []
  for (let i = 0; i < offsets.length; i += 3) triples.push({ host: part(i), user: part(i + 1), domain: part(i + 2) })
  return { name: reader.string(0), triples }
}

/** getent shows a host that is a wildcard as a space where it lists a netgroup. */
function lines({ name, triples }: NetgroupEntry, typed: ByteString = name): ByteString {
  return `${typed.padEnd(NAME_WIDTH)}${triples.map((triple) => ` ${tripleText(triple, ' ')}`).join('')}\n`
}

/** What `getent netgroup NAME HOST USER DOMAIN` prints; undefined fields were typed as `*`. It exits with `found` either way. */
export function getentInnetgr(name: ByteString, triple: Triple, holds: boolean): ByteString {
  return `${name.padEnd(NAME_WIDTH)} ${tripleText(triple)} = ${holds ? 1 : 0}\n`
}

function fileLine({ name, triples }: NetgroupEntry): ByteString {
  return `${name}${triples.map((triple) => ` ${tripleText(triple)}`).join('')}\n`
}

function tripleText({ host, user, domain }: Triple, anyHost = ''): ByteString {
  return `(${host ?? anyHost},${user ?? ''},${domain ?? ''})`
}
