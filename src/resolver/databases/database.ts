/** A database as one row: all that the stages know of it, which stands in the file that has its name. */
import type { RecordReader } from '../records/decode.ts'
import type { RecordWriting } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import type { Key } from '../records/keys.ts'
import type { Structure } from '../structure.ts'

/** What a database is, with the type of its entries. */
export interface Database<Entry> {
  /** Its sections' ids are four times this: the records, then an index for each key. No other database ever had it. */
  readonly number: number
  /** What its records are, for docs/snapshot.md. */
  readonly doc: string
  /** The fixed part of a record. */
  readonly structure: Structure
  /** Writes an entry's record behind others. Throws RangeError for what does not fit a field's width; check before. */
  readonly write: RecordWriting<Entry>
  /** An entry's record by itself. Throws as `write`. */
  readonly encode: (entry: Entry) => Uint8Array
  /** The entry of a record. Any bytes are safe: what lies outside the record throws SnapshotError. */
  readonly decode: (record: Uint8Array) => Entry
  /** Moves a reader past what stands before the strings, and gives where among them the names are, the main one first. */
  readonly names: (reader: RecordReader<string>) => readonly number[]
  /** Whether names are matched without regard to ASCII case. */
  readonly foldsCase: boolean
  /** What its records are found by; there is an index for each, in this order. */
  readonly keys: DatabaseKeys<Entry>
  /** What a key that is bytes (bin) is in the protocol. Where it is no name, names are text (str) alone. */
  readonly binaryKey: 'name' | 'address' | 'mac'
  /** Who may ask it: see access.ts. */
  readonly need: 'device' | 'member' | 'shadow'
  /** When a snapshot holds every entry there is: always, or where the accounts can be listed. */
  readonly complete: 'always' | 'accounts'
  /** How the loss limit counts records that are gone, or belong to another machine or account now: see src/daemon/judge/loss-limit.ts. */
  readonly loss: LossRule<Entry>
  /** Whether a listing shows the record; absent: it shows all. One that it leaves out is found by name alone. */
  readonly isListed?: (record: Uint8Array) => boolean
  /** What getent(1) asks and prints. */
  readonly getent: GetentForm<Entry>
  /** What a list of changes tells of an entry; absent: the line of getent(1). Empty of what is a secret. */
  readonly brief?: (entry: Entry) => ByteString
  /** The lines of the file that entries would otherwise stand in, with their newlines; absent if there is none. */
  readonly exported?: (entry: Entry) => ByteString
  /** Whether nscd(8) caches it, and has to be flushed after changes. */
  readonly nscd: boolean
}

/** Why a line of a file is no entry, in the codes of the account files. */
interface LineFault {
  readonly code: 'account-malformed' | 'account-number' | 'account-too-long'
  readonly message: string
}

/** The file on the master that a database's entries are read from, one a line. */
export interface DatabaseFile<Entry> {
  /** Where it is, unless a setting says otherwise; the setting is called as the database. It may be missing. */
  readonly path: string
  /** The setting, in a sentence. */
  readonly doc: string
  /** The entry of a line, which has no blank at its start, is not empty and begins with no `#`. */
  readonly read: (line: ByteString) => Entry | LineFault
  /** The name that no two lines should have. */
  readonly nameOf: (entry: Entry) => ByteString
}

/** A database that is read from a file of its own: no other stage has to know of it. */
export interface FileDatabase<Entry> extends Database<Entry> {
  readonly file: DatabaseFile<Entry>
}

/** What an index holds of an entry. */
export interface IndexKey<Entry> {
  readonly of: (entry: Entry) => readonly Uint8Array[]
  /** Whether the record has this key, found from its bytes. Throws SnapshotError on damage. */
  readonly isIn: (record: Uint8Array, key: Uint8Array) => boolean
}

/** The keys of a database. Where two entries have one key, the first in order is found. */
interface DatabaseKeys<Entry> {
  /** The names that lead to an entry, in small letters where the database folds case. */
  readonly name: (entry: Entry) => readonly ByteString[]
  readonly id?: IndexKey<Entry>
  readonly address?: IndexKey<Entry>
  readonly mac?: IndexKey<Entry>
}

/** What of a database is lost when records go or change. */
interface LossRule<Entry> {
  /** Whether it counts; not where the records follow from another database. */
  readonly counts: boolean
  /** Whether a record is there as long as the cluster has a master: all others gone is all gone. Absent: none is. */
  readonly isStanding?: (record: Uint8Array) => boolean
  /** The identity of an entry; absent: its main name. */
  readonly identity?: (entry: Entry) => ByteString
  /** When an entry of the same identity is another machine or account, and why; absent if that cannot be known. */
  readonly moved?: { readonly what: string; readonly isMoved: (was: Entry, is: Entry) => boolean }
}

/** What getent(1) does with a database, as glibc 2.36's getent does it. Every text is a byte string. */
interface GetentForm<Entry> {
  /** Whether it lists the database without a key. */
  readonly lists: boolean
  /** What it asks for a key as it was typed. */
  readonly key: (typed: ByteString) => Key
  /**
   * What it prints for an entry that answers a typed key, newline included; without a key as it lists it. Undefined if it has
   * then not found anything; empty for an entry that would tear its line.
   */
  readonly lines: (entry: Entry, typed?: ByteString) => ByteString | undefined
  /** What it prints without asking anybody; undefined if it asks, empty if it has not found anything. */
  readonly unasked?: (typed: ByteString) => ByteString | undefined
  /** What it prints in place of an entry that is not there; absent if it has not found anything. */
  readonly absent?: (typed: ByteString) => Entry
}
