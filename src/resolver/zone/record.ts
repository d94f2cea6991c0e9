/** The records of zones, as data: what DNS sends and `export zone` prints. */
import type { ByteString } from '../records/entries.ts'

/** What a record says (RFC 1035, 3.3 and 3.4; RFC 3596; RFC 2782). Names are absolute, without the final dot. */
export type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: Uint8Array }
  | { readonly type: 'NS' | 'PTR'; readonly target: ByteString }
  | ServiceData
  | AuthorityData

/** Where a service is (RFC 2782). */
interface ServiceData {
  readonly type: 'SRV'
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: ByteString
}

/** The start of a zone's authority (RFC 1035, 3.3.13). Times are seconds. */
export interface AuthorityData {
  readonly type: 'SOA'
  readonly mname: ByteString
  readonly rname: ByteString
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** A record and its owner, an absolute name as written. All records live as long as the settings say. */
export interface ZoneRecord {
  readonly owner: ByteString
  readonly data: RecordData
}

/** A zone: the records of each of its names. */
export interface Zone {
  /** Its name: absolute, small letters, no final dot. */
  readonly origin: ByteString
  /**
   * What stands at labels (the host first, ASCII letters small) below the origin: records, none if only longer names
   * exist, undefined if there is no such name.
   */
  at(labels: readonly ByteString[]): readonly RecordData[] | undefined
  /** Whether this zone may say that a name does not exist: in a reverse zone, whether a range holds the address. */
  isOurs(labels: readonly ByteString[]): boolean
  /** Every record, the SOA first and once. */
  records(): Iterable<ZoneRecord>
  /**
   * The same for who has other things to do: undefined comes between them where many hosts were looked at, so that neither a long zone nor
   * a short one in a large cluster takes long from one to the next.
   */
  lookingForRecords(): Iterable<ZoneRecord | undefined>
}

/** After how many hosts, or addresses, that were looked at undefined comes between records. */
export const LOOKED_AT_ONCE = 64

/** What was found, without the undefined between. */
export function* found<T>(looking: Iterable<T | undefined>): Generator<T, void, undefined> {
  for (const each of looking) if (each !== undefined) yield each
}
