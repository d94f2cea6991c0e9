/** passwd: the users (passwd(5), getpwnam(3)). */
import { SIZE } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import { alone, lengthOf, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { Database } from './database.ts'
import { idOrName, tearsLine } from './getent.ts'
import { byId, byName } from './keys.ts'
import { firstString } from './names.ts'

/** A user. */
export interface PasswdEntry {
  readonly name: ByteString
  readonly passwd: ByteString
  readonly uid: number
  readonly gid: number
  readonly gecos: ByteString
  readonly dir: ByteString
  readonly shell: ByteString
}

/** A user's record. */
export const PASSWD = structure(
  'passwd',
  'A user. The name is the first string.',
  [
    SIZE,
    ['uid', 'u32', 'pw_uid'],
    ['gid', 'u32', 'pw_gid'],
    ['strings_size', 'u16', 'bytes of all strings, final NUL included'],
    ['passwd', 'u16', 'where pw_passwd starts among the strings; always "*", see the state word'],
    ['gecos', 'u16', 'where pw_gecos starts'],
    ['dir', 'u16', 'where pw_dir starts'],
    ['shell', 'u16', 'where pw_shell starts'],
    ['reserved', 'u16', '0'],
  ],
  'The strings: name, passwd, gecos, dir, shell.',
)

/** The database. */
export const passwd: Database<PasswdEntry> = {
  number: 4,
  doc: 'users, in the order of the passwd file',
  structure: PASSWD,
  write,
  encode: alone(write),
  decode,
  names: firstString(),
  foldsCase: false,
  keys: { name: byName, id: byId(PASSWD, 'uid', ({ uid }) => uid) },
  binaryKey: 'name',
  need: 'member',
  complete: 'accounts',
  loss: { counts: true, moved: { what: 'id', isMoved: (was, is) => was.uid !== is.uid } },
  getent: { lists: true, key: idOrName, lines },
  exported: lines,
  nscd: true,
}

/** The strings together may have 65,535 bytes. */
function write(entry: PasswdEntry, room: RecordRoom): void {
  const strings = [entry.name, entry.passwd, entry.gecos, entry.dir, entry.shell]
  const writer = new RecordWriter(PASSWD, 0, lengthOf(strings), room)
  writer.u32('uid', entry.uid)
  writer.u32('gid', entry.gid)
  writer.string(entry.name)
  writer.u16('passwd', writer.string(entry.passwd))
  writer.u16('gecos', writer.string(entry.gecos))
  writer.u16('dir', writer.string(entry.dir))
  writer.u16('shell', writer.string(entry.shell))
  writer.u16('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): PasswdEntry {
  const reader = new RecordReader(PASSWD, record)
  reader.strings(reader.u16('strings_size'))
  return {
    name: reader.string(0),
    passwd: reader.string(reader.u16('passwd')),
    uid: reader.u32('uid'),
    gid: reader.u32('gid'),
    gecos: reader.string(reader.u16('gecos')),
    dir: reader.string(reader.u16('dir')),
    shell: reader.string(reader.u16('shell')),
  }
}

/** A user's own id and that of the primary group. */
interface UserIds {
  readonly uid: number
  readonly gid: number
}

/** The ids of a record without the rest: what a node looks at in all of them. Throws SnapshotError if it is too short. */
export function userIds(record: Uint8Array): UserIds {
  const reader = new RecordReader(PASSWD, record)
  return { uid: reader.u32('uid'), gid: reader.u32('gid') }
}

/** putpwent(3): no line for a name or shell that would tear it, and spaces for what would tear the gecos. */
function lines({ name, passwd, uid, gid, gecos, dir, shell }: PasswdEntry): ByteString {
  if ([name, passwd, dir, shell].some(tearsLine)) return ''
  return `${name}:${passwd}:${uid}:${gid}:${gecos.replace(/[:\n]/g, ' ')}:${dir}:${shell}\n`
}
