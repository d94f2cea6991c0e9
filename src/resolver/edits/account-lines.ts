/** One account file before and after a change: the entries of the lines that differ, and the records that these lines made. */
import { SourceText } from '../../config/index.ts'
import { type LineEdit, lineBefore, lineEdit, mustBeLocal } from '../../values/index.ts'
import { AccountDiagnostics, type AccountEntry } from '../accounts/lines.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { RecordEdit } from './spliced.ts'

/** The most bytes that differ, of both versions: where more do, a whole build costs hardly more. */
const CHANGED_MAX = 256 * 1024
/** How many lines are looked at to find the last one that made a record. */
const LINES_BACK_MAX = 2000

/** The entries of bytes of a file, and nothing is said about them. */
type Reader<Entry> = (bytes: Uint8Array, diagnostics: AccountDiagnostics) => readonly Entry[]

/** The versions of a file, and the snapshot that was made of the one before. */
interface Versions<Entry> {
  readonly database: 'passwd' | 'group' | 'shadow'
  readonly encode: (entry: Entry) => Uint8Array
  readonly snapshot: Snapshot
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** The entries of lines. Of a line that makes no record there may be one. */
  readonly read: Reader<Entry>
}

/** The lines of one file that differ. */
export class AccountLines<Entry extends { readonly name: ByteString }> {
  readonly edit: LineEdit
  /** The entries that the lines made, and those that they make now. */
  readonly old: readonly Entry[]
  readonly now: readonly Entry[]
  readonly #of: Versions<Entry>
  #read = 0

  /** Throws NotLocalError where too much differs, or something is to be said about one of the lines. */
  constructor(of: Versions<Entry>) {
    this.#of = of
    this.edit = lineEdit(of.before, of.after)
    const { start, oldEnd, newEnd } = this.edit
    mustBeLocal(oldEnd + newEnd - 2 * start <= CHANGED_MAX, 'many lines of an account file changed')
    this.old = this.#entries(of.before.subarray(start, oldEnd))
    this.now = this.#entries(of.after.subarray(start, newEnd))
  }

  /** How many bytes were read as entries. */
  get bytesRead(): number {
    return this.#read
  }

  get isSame(): boolean {
    return this.edit.oldEnd === this.edit.start && this.edit.newEnd === this.edit.start
  }

  /**
   * The record of an entry of before, and where it stands. Throws NotLocalError where there is none, or another one: then it does not follow from its
   * line alone.
   */
  recordOf(entry: Entry): { readonly from: number; readonly to: number } {
    const { database, snapshot, encode } = this.#of
    const record = snapshot.lookup(database, { name: entry.name })
    mustBeLocal(record !== undefined, 'a line has no record')
    mustBeLocal(Buffer.compare(record, encode(entry)) === 0, 'a record is not as its line has it')
    const from = snapshot.positionOf(database, record)
    return { from, to: from + record.length }
  }

  /** The edit that puts the records of these entries in place of those of others, which are the ones that the lines of before made. */
  recordEdit(old: readonly Entry[], now: readonly Entry[]): RecordEdit {
    const records = now.map(this.#of.encode)
    let place: { from: number; to: number } | undefined
    for (const entry of old) {
      const own = this.recordOf(entry)
      mustBeLocal(place === undefined || place.to === own.from, 'records are not in the order of their lines')
      place = { from: place?.from ?? own.from, to: own.to }
    }
    place ??= this.#placeOf()
    return { ...place, records }
  }

  /** Behind the record of the last line before the change that has one. */
  #placeOf(): { from: number; to: number } {
    const { database, snapshot, before } = this.#of
    let end = this.edit.start
    for (let tried = 0; ; tried++) {
      const start = lineBefore(before, end)
      if (start === undefined) return { from: 0, to: 0 }
      mustBeLocal(tried < LINES_BACK_MAX, 'no line near the change has a record')
      for (const entry of this.#entries(before.subarray(start, end), true)) {
        if (snapshot.lookup(database, { name: entry.name }) === undefined) continue
        const { to } = this.recordOf(entry)
        return { from: to, to }
      }
      end = start
    }
  }

  #entries(bytes: Uint8Array, mayComplain = false): readonly Entry[] {
    const diagnostics = new AccountDiagnostics(new SourceText('', bytes, true))
    const entries = this.#of.read(bytes, diagnostics)
    this.#read += bytes.length
    mustBeLocal(mayComplain || diagnostics.list.length === 0, 'there is something to say about a line that changed')
    return entries
  }
}

/** The entries without their places. */
export function entriesOf<Entry>(lines: readonly AccountEntry<Entry>[]): readonly Entry[] {
  return lines.map(({ entry }) => entry)
}
