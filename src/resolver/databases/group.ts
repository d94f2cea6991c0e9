/** group: the groups with their members (group(5), getgrnam(3)). */
import { SIZE } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import { alone, lengthOf, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { Database } from './database.ts'
import { idOrName, tearsLine } from './getent.ts'
import { byId, byName } from './keys.ts'
import { firstString } from './names.ts'

/** A group. */
export interface GroupEntry {
  readonly name: ByteString
  readonly passwd: ByteString
  readonly gid: number
  readonly members: readonly ByteString[]
}

/** A group's record. */
export const GROUP = structure(
  'group',
  'A group. The name is the first string.',
  [
    SIZE,
    ['gid', 'u32', 'gr_gid'],
    ['member_count', 'u32', 'how many members'],
    ['passwd', 'u32', 'where gr_passwd starts among the strings; always "*"'],
    ['strings_size', 'u32', 'bytes of all strings, final NUL included'],
  ],
  'member_count offsets (u32) of members, then the strings: name, passwd, members.',
)

/** The database. */
export const group: Database<GroupEntry> = {
  number: 5,
  doc: 'groups, in the order of the group file',
  structure: GROUP,
  write,
  encode: alone(write),
  decode,
  names: firstString((reader) => 4 * reader.u32('member_count')),
  foldsCase: false,
  keys: { name: byName, id: byId(GROUP, 'gid', ({ gid }) => gid) },
  binaryKey: 'name',
  need: 'member',
  complete: 'accounts',
  loss: { counts: true, moved: { what: 'id', isMoved: (was, is) => was.gid !== is.gid } },
  getent: { lists: true, key: idOrName, lines },
  exported: lines,
  nscd: true,
}

function write(entry: GroupEntry, room: RecordRoom): void {
  const strings = lengthOf([entry.name, entry.passwd]) + lengthOf(entry.members)
  const writer = new RecordWriter(GROUP, 4 * entry.members.length, strings, room)
  writer.u32('gid', entry.gid)
  writer.u32('member_count', entry.members.length)
  writer.string(entry.name)
  writer.u32('passwd', writer.string(entry.passwd))
  for (const member of entry.members) writer.word(writer.string(member))
  writer.u32('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): GroupEntry {
  const reader = new RecordReader(GROUP, record)
  const members = reader.words(reader.u32('member_count'))
  reader.strings(reader.u32('strings_size'))
  return {
    name: reader.string(0),
    passwd: reader.string(reader.u32('passwd')),
    gid: reader.u32('gid'),
    members: members.map((offset) => reader.string(offset)),
  }
}

/** The id of a record without the rest. Throws SnapshotError if it is too short. */
export function groupId(record: Uint8Array): number {
  return new RecordReader(GROUP, record).u32('gid')
}

/** putgrent(3): no line for a name that would tear it. */
function lines({ name, passwd, gid, members }: GroupEntry): ByteString {
  if ([name, passwd].some(tearsLine) || members.some((member) => /[:,\n]/.test(member))) return ''
  return `${name}:${passwd}:${gid}:${members.join(',')}\n`
}
