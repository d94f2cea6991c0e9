/** initgroups: the groups of each user who is a member of one (getgrouplist(3)). */
import { SIZE } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import { alone, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { Database } from './database.ts'
import { NAME_WIDTH } from './getent.ts'
import { byName } from './keys.ts'
import { firstString } from './names.ts'

/** The groups that name a user as a member, each once, in the order of the group file. */
export interface InitgroupsEntry {
  readonly name: ByteString
  readonly gids: readonly number[]
}

/** A user's groups' record. */
export const INITGROUPS = structure(
  'initgroups',
  'The groups that name a user as member, in the order of the group file, each once.',
  [SIZE, ['gid_count', 'u32', 'how many gids'], ['strings_size', 'u32', 'bytes of the name, final NUL included']],
  "gid_count gids (u32), then the user's name.",
)

/** The database. Of a user without groups it has no record, and getent(1) finds each user in some groups, none of them known. */
export const initgroups: Database<InitgroupsEntry> = {
  number: 6,
  doc: 'the groups of each user who is a member of one',
  structure: INITGROUPS,
  write,
  encode: alone(write),
  decode,
  names: firstString((reader) => 4 * reader.u32('gid_count')),
  foldsCase: false,
  keys: { name: byName },
  binaryKey: 'name',
  need: 'member',
  complete: 'accounts',
  loss: { counts: false },
  getent: { lists: false, key: (name) => ({ name }), lines, absent: (name) => ({ name, gids: [] }) },
  nscd: false,
}

function write(entry: InitgroupsEntry, room: RecordRoom): void {
  const writer = new RecordWriter(INITGROUPS, 4 * entry.gids.length, entry.name.length + 1, room)
  writer.u32('gid_count', entry.gids.length)
  for (const gid of entry.gids) writer.word(gid)
  writer.string(entry.name)
  writer.u32('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): InitgroupsEntry {
  const reader = new RecordReader(INITGROUPS, record)
  const gids = reader.words(reader.u32('gid_count'))
  reader.strings(reader.u32('strings_size'))
  return { name: reader.string(0), gids }
}

function lines({ name, gids }: InitgroupsEntry, typed: ByteString = name): ByteString {
  return `${typed.padEnd(NAME_WIDTH)}${gids.map((gid) => ` ${gid}`).join('')}\n`
}
