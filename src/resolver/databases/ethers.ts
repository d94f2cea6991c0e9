/** ethers: MACs and the names of their machines (ethers(5), ether_hostton(3)). */
import { foldCase, formatMac } from '../../values/index.ts'
import { SIZE } from '../format.ts'
import { RecordReader } from '../records/decode.ts'
import { alone, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { Database } from './database.ts'
import { macKey } from './getent.ts'
import { byField, byFoldedName } from './keys.ts'
import { firstString } from './names.ts'

/** A MAC (six bytes) and the canonical name of its machine. */
export interface EtherEntry {
  readonly mac: Uint8Array
  readonly name: ByteString
}

/** A MAC's record. */
export const ETHER = structure(
  'ether',
  'A MAC and the canonical name of its machine.',
  [SIZE, ['mac', { bytes: 6 }, 'the six bytes'], ['strings_size', 'u16', 'bytes of the name, final NUL included']],
  'The name.',
)

/** The database. */
export const ethers: Database<EtherEntry> = {
  number: 8,
  doc: 'MACs, in the order of hosts',
  structure: ETHER,
  write,
  encode: alone(write),
  decode,
  names: firstString(),
  foldsCase: true,
  keys: { name: byFoldedName, mac: byField(ETHER, 'mac', ({ mac }) => mac) },
  binaryKey: 'mac',
  need: 'device',
  complete: 'always',
  loss: {
    counts: true,
    identity: ({ mac }) => formatMac(mac),
    moved: { what: 'name', isMoved: (was, is) => foldCase(was.name) !== foldCase(is.name) },
  },
  getent: { lists: false, key: (typed) => macKey(typed) ?? { name: typed }, lines },
  exported: ({ mac, name }) => `${formatMac(mac)} ${name}\n`,
  nscd: false,
}

function write(entry: EtherEntry, room: RecordRoom): void {
  const writer = new RecordWriter(ETHER, 0, entry.name.length + 1, room)
  writer.raw('mac', entry.mac)
  writer.string(entry.name)
  writer.u16('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): EtherEntry {
  const reader = new RecordReader(ETHER, record)
  reader.strings(reader.u16('strings_size'))
  return { mac: reader.raw('mac', 6), name: reader.string(0) }
}

function lines({ mac, name }: EtherEntry, typed: ByteString = name): ByteString {
  return `${formatMac(mac)} ${macKey(typed) === undefined ? typed : name}\n`
}
