/** Entries to records: the bytes of layout.ts. What does not fit a field's width throws RangeError; check before. */
import type { Address } from '../../values/index.ts'
import * as layout from '../layout.ts'
import type { Structure } from '../structure.ts'
import type {
  ByteString,
  Entries,
  EtherEntry,
  GroupEntry,
  HostEntry,
  InitgroupsEntry,
  MastersEntry,
  NetgroupEntry,
  PasswdEntry,
  PatternEntry,
  RangeEntry,
  ShadowEntry,
} from './entries.ts'

/** A record under construction: the fixed part, then words and bytes in order, then the strings. */
class RecordWriter<Name extends string> {
  readonly #structure: Structure<Name>
  readonly #bytes: Buffer
  readonly #stringsAt: number
  #end: number
  #tail: number

  /** `tail` is the length of what stands between the fixed part and the strings. */
  constructor(structure: Structure<Name>, tail: number, stringsLength: number) {
    const length = structure.size + tail + stringsLength
    this.#structure = structure
    // From the pool, and so without an allocation of its own for each of many small records.
    this.#bytes = Buffer.allocUnsafe((length + layout.ALIGNMENT - 1) & -layout.ALIGNMENT).fill(0)
    this.#tail = structure.size
    this.#stringsAt = structure.size + tail
    this.#end = this.#stringsAt
    this.#bytes.writeUInt32LE(this.#bytes.length, 0)
  }

  u8(name: Name, value: number): void {
    this.#bytes.writeUInt8(value, this.#structure.at[name])
  }

  u16(name: Name, value: number): void {
    if (value > 0xffff) throw new RangeError(`a ${this.#structure.name} record has no room for ${value} in ${name}`)
    this.#bytes.writeUInt16LE(value, this.#structure.at[name])
  }

  u32(name: Name, value: number): void {
    this.#bytes.writeUInt32LE(value, this.#structure.at[name])
  }

  i32(name: Name, value: number): void {
    this.#bytes.writeInt32LE(value, this.#structure.at[name])
  }

  /** Raw bytes at the start of a field. */
  raw(name: Name, value: Uint8Array): void {
    this.#bytes.set(value, this.#structure.at[name])
  }

  /** The next 32-bit word of the tail. */
  word(value: number): void {
    this.#tail = this.#bytes.writeUInt32LE(value >>> 0, this.#tail)
  }

  /** The next address of the tail. */
  address(address: Address): void {
    this.#bytes.writeUInt16LE(layout.familyNumber(address.family), this.#tail + layout.ADDRESS.at.family)
    this.#bytes.set(address.bytes, this.#tail + layout.ADDRESS.at.bytes)
    this.#tail += layout.ADDRESS.size
  }

  /** Appends a string and its NUL; gives where it starts among the strings. */
  string(value: ByteString): number {
    const offset = this.#end - this.#stringsAt
    this.#end += this.#bytes.write(value, this.#end, 'latin1') + 1
    return offset
  }

  get stringsSize(): number {
    return this.#end - this.#stringsAt
  }

  done(): Uint8Array {
    return this.#bytes
  }
}

/** The bytes that strings take side by side, each with its NUL. */
function lengthOf(strings: readonly ByteString[]): number {
  let length = strings.length
  for (const string of strings) length += string.length
  return length
}

/** A user's record. The strings together may have 65,535 bytes. */
export function encodePasswd(entry: PasswdEntry): Uint8Array {
  const strings = [entry.name, entry.passwd, entry.gecos, entry.dir, entry.shell]
  const writer = new RecordWriter(layout.PASSWD, 0, lengthOf(strings))
  writer.u32('uid', entry.uid)
  writer.u32('gid', entry.gid)
  writer.string(entry.name)
  writer.u16('passwd', writer.string(entry.passwd))
  writer.u16('gecos', writer.string(entry.gecos))
  writer.u16('dir', writer.string(entry.dir))
  writer.u16('shell', writer.string(entry.shell))
  writer.u16('strings_size', writer.stringsSize)
  return writer.done()
}

/** A group's record. */
export function encodeGroup(entry: GroupEntry): Uint8Array {
  const strings = lengthOf([entry.name, entry.passwd]) + lengthOf(entry.members)
  const writer = new RecordWriter(layout.GROUP, 4 * entry.members.length, strings)
  writer.u32('gid', entry.gid)
  writer.u32('member_count', entry.members.length)
  writer.string(entry.name)
  writer.u32('passwd', writer.string(entry.passwd))
  for (const member of entry.members) writer.word(writer.string(member))
  writer.u32('strings_size', writer.stringsSize)
  return writer.done()
}

/** A user's groups' record. */
export function encodeInitgroups(entry: InitgroupsEntry): Uint8Array {
  const writer = new RecordWriter(layout.INITGROUPS, 4 * entry.gids.length, entry.name.length + 1)
  writer.u32('gid_count', entry.gids.length)
  for (const gid of entry.gids) writer.word(gid)
  writer.string(entry.name)
  writer.u32('strings_size', writer.stringsSize)
  return writer.done()
}

/** A machine's record. */
export function encodeHost(entry: HostEntry): Uint8Array {
  const tail = layout.ADDRESS.size * entry.addresses.length + 4 * entry.names.length
  const writer = new RecordWriter(layout.HOST, tail, lengthOf(entry.names))
  writer.i32('number', entry.number)
  writer.u8('kind', entry.kind)
  writer.u8('flags', entry.flags ?? 0)
  writer.u16('address_count', entry.addresses.length)
  writer.u16('name_count', entry.names.length)
  for (const address of entry.addresses) writer.address(address)
  for (const name of entry.names) writer.word(writer.string(name))
  writer.u32('strings_size', writer.stringsSize)
  return writer.done()
}

/** A MAC's record. */
export function encodeEther(entry: EtherEntry): Uint8Array {
  const writer = new RecordWriter(layout.ETHER, 0, entry.name.length + 1)
  writer.raw('mac', entry.mac)
  writer.string(entry.name)
  writer.u16('strings_size', writer.stringsSize)
  return writer.done()
}

/** A netgroup's record. */
export function encodeNetgroup(entry: NetgroupEntry): Uint8Array {
  const part = (text: ByteString | undefined): number => (text === undefined ? 0 : text.length + 1)
  let length = entry.name.length + 1
  for (const { host, domain } of entry.triples) length += part(host) + part(domain)
  // Users stand once: nearly always all triples have the same.
  const users = new Map<ByteString, number>()
  for (const user of new Set(entry.triples.map((triple) => triple.user))) length += part(user)
  const writer = new RecordWriter(layout.NETGROUP, 12 * entry.triples.length, length)
  writer.u32('triple_count', entry.triples.length)
  writer.string(entry.name)
  for (const { host, user, domain } of entry.triples) {
    writer.word(host === undefined ? layout.WILDCARD : writer.string(host))
    if (user !== undefined && !users.has(user)) users.set(user, writer.string(user))
    writer.word(user === undefined ? layout.WILDCARD : (users.get(user) ?? layout.WILDCARD))
    writer.word(domain === undefined ? layout.WILDCARD : writer.string(domain))
  }
  writer.u32('strings_size', writer.stringsSize)
  return writer.done()
}

/** A shadow entry's record. The strings together may have 65,535 bytes. */
export function encodeShadow(entry: ShadowEntry): Uint8Array {
  const writer = new RecordWriter(layout.SHADOW, 0, lengthOf([entry.name, entry.passwd]))
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
  return writer.done()
}

/** A pattern's record. */
export function encodePattern(entry: PatternEntry): Uint8Array {
  const strings = [entry.prefix, entry.suffix, entry.targetPrefix, entry.targetSuffix]
  const writer = new RecordWriter(layout.PATTERN, 0, lengthOf(strings))
  writer.u8('kind', entry.kind)
  writer.u8('target_width', entry.targetWidth)
  writer.i32('target_shift', entry.targetShift)
  writer.i32('number_shift', entry.numberShift)
  writer.u16('prefix', writer.string(entry.prefix))
  writer.u16('suffix', writer.string(entry.suffix))
  writer.u16('target_prefix', writer.string(entry.targetPrefix))
  writer.u16('target_suffix', writer.string(entry.targetSuffix))
  writer.u16('strings_size', writer.stringsSize)
  return writer.done()
}

/** An address range's record. */
export function encodeRange(entry: RangeEntry): Uint8Array {
  const writer = new RecordWriter(layout.RANGE, 0, entry.name.length + 1)
  writer.u8('kind', entry.kind)
  writer.u16('family', layout.familyNumber(entry.first.family))
  writer.raw('first', entry.first.bytes)
  writer.raw('last', entry.last.bytes)
  writer.string(entry.name)
  writer.u32('strings_size', writer.stringsSize)
  return writer.done()
}

/** A masterorder's record. */
export function encodeMasters(entry: MastersEntry): Uint8Array {
  const tail = 8 * entry.spans.length + layout.ADDRESS.size * entry.addresses.length
  const writer = new RecordWriter(layout.MASTERS, tail, 0)
  writer.u16('span_count', entry.spans.length)
  writer.u16('address_count', entry.addresses.length)
  for (const span of entry.spans) {
    writer.word(span.first)
    writer.word(span.last)
  }
  for (const address of entry.addresses) writer.address(address)
  return writer.done()
}

/** The encoder of each database. */
export const ENCODERS: { readonly [D in keyof Entries]: (entry: Entries[D]) => Uint8Array } = {
  passwd: encodePasswd,
  group: encodeGroup,
  initgroups: encodeInitgroups,
  hosts: encodeHost,
  ethers: encodeEther,
  netgroup: encodeNetgroup,
  shadow: encodeShadow,
}
