/** shadow: the password hashes (shadow(5), getspnam(3)). They are a snapshot of their own. */
import { SIZE } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import { alone, lengthOf, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { Database } from './database.ts'
import { tearsLine } from './getent.ts'
import { byName } from './keys.ts'
import { firstString } from './names.ts'

/** A shadow entry. Empty numbers are -1, an empty flag 0xffffffff. */
export interface ShadowEntry {
  readonly name: ByteString
  readonly passwd: ByteString
  readonly lastChange: number
  readonly min: number
  readonly max: number
  readonly warn: number
  readonly inactive: number
  readonly expire: number
  readonly flag: number
}

/** A shadow entry's record. */
export const SHADOW = structure(
  'shadow',
  'A shadow entry. The name is the first string. Numbers that the file leaves empty are -1, the flag 0xffffffff.',
  [
    SIZE,
    ['last_change', 'i32', 'sp_lstchg, days since 1970'],
    ['min', 'i32', 'sp_min'],
    ['max', 'i32', 'sp_max'],
    ['warn', 'i32', 'sp_warn'],
    ['inactive', 'i32', 'sp_inact'],
    ['expire', 'i32', 'sp_expire'],
    ['flag', 'u32', 'sp_flag'],
    ['strings_size', 'u16', 'bytes of all strings, final NUL included'],
    ['passwd', 'u16', 'where sp_pwdp starts among the strings'],
  ],
  'The strings: name, passwd.',
)

/** The database. */
export const shadow: Database<ShadowEntry> = {
  number: 10,
  doc: 'shadow entries, in the order of the shadow file',
  structure: SHADOW,
  write,
  encode: alone(write),
  decode,
  names: firstString(),
  foldsCase: false,
  keys: { name: byName },
  binaryKey: 'name',
  need: 'shadow',
  complete: 'always',
  loss: { counts: true },
  brief: () => '',
  getent: { lists: true, key: (name) => ({ name }), lines },
  nscd: false,
}

/** The strings together may have 65,535 bytes. */
function write(entry: ShadowEntry, room: RecordRoom): void {
  const writer = new RecordWriter(SHADOW, 0, lengthOf([entry.name, entry.passwd]), room)
  writer.i32('last_change', entry.lastChange)
  writer.i32('min', entry.min)
  writer.i32('max', entry.max)
  writer.i32('warn', entry.warn)
  writer.i32('inactive', entry.inactive)
  writer.i32('expire', entry.expire)
  writer.u32('flag', entry.flag)
  writer.string(entry.name)
  writer.u16('passwd', writer.string(entry.passwd))
  writer.u16('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): ShadowEntry {
  const reader = new RecordReader(SHADOW, record)
  reader.strings(reader.u16('strings_size'))
  return {
    name: reader.string(0),
    passwd: reader.string(reader.u16('passwd')),
    lastChange: reader.i32('last_change'),
    min: reader.i32('min'),
    max: reader.i32('max'),
    warn: reader.i32('warn'),
    inactive: reader.i32('inactive'),
    expire: reader.i32('expire'),
    flag: reader.u32('flag'),
  }
}

/** putspent(3): -1 and an empty flag are empty fields. */
function lines(entry: ShadowEntry): ByteString {
  const { name, passwd, lastChange, min, max, warn, inactive, expire, flag } = entry
  if ([name, passwd].some(tearsLine)) return ''
  const days = [lastChange, min, max, warn, inactive, expire].map((value) => (value === -1 ? '' : String(value)))
  return `${[name, passwd, ...days, flag === 0xffffffff ? '' : String(flag)].join(':')}\n`
}
