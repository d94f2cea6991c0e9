/** Zones and their differences as messages (AXFR: RFC 5936; IXFR: RFC 1995). */
import type { ByteString, Zone, ZoneRecord } from '../../resolver/index.ts'
import { startedReply } from '../answer/reply.ts'
import { RCODE } from '../wire/dns2.ts'
import { ANCOUNT, HEADER_SIZE } from '../wire/header.ts'
import { wireName } from '../wire/name.ts'
import type { Query } from '../wire/query.ts'
import { writeRecord } from '../wire/record.ts'
import { type TsigSigner, withRecord } from '../wire/tsig.ts'
import type { MessageWriter } from '../wire/writer.ts'
import type { ZoneChange } from './changes.ts'

/** Messages stay below this: compression reaches no further than 16 KiB. */
const MESSAGE_MAX = 16 << 10

/** After how many records of a message others may have their turn. */
const RECORDS_AT_ONCE = 64

/** What transfers are made with. */
interface TransferOptions {
  readonly query: Query
  readonly ttl: number
  readonly signer: TsigSigner | undefined
  /** The OPT record of the first message, if the request had one (RFC 5936, 2.2.5). */
  readonly opt: Uint8Array | undefined
}

/** Messages one after the other, with undefined where others may have their turn before there is a next one. */
type Messages = Generator<Buffer | undefined, void, undefined>

/** The messages of a whole zone: the SOA, all other records, the SOA again. */
export function axfrMessages(zone: Zone, options: TransferOptions): Messages {
  return packed(wholeZone(zone), options)
}

function* wholeZone(zone: Zone): Generator<ZoneRecord | undefined, void, undefined> {
  let soa: ZoneRecord | undefined
  for (const record of zone.lookingForRecords()) {
    soa ??= record
    yield record
  }
  if (soa !== undefined) yield soa
}

/**
 * The messages that lead from one generation to another: the newest SOA, for each step the old SOA, what goes, the new SOA,
 * what comes; the newest SOA again.
 */
export function ixfrMessages(origin: ByteString, steps: readonly ZoneChange[], options: TransferOptions): Messages {
  return packed(stepRecords(origin, steps), options)
}

function* stepRecords(owner: ByteString, steps: readonly ZoneChange[]): Generator<ZoneRecord, void, undefined> {
  const newest = steps.at(-1)?.after
  if (newest !== undefined) yield { owner, data: newest }
  for (const { before, removed, after, added } of steps) {
    yield { owner, data: before }
    yield* removed
    yield { owner, data: after }
    yield* added
  }
  if (newest !== undefined) yield { owner, data: newest }
}

/** One message with the SOA: the whole answer to who has the newest generation already, or asks for a difference by UDP. */
export function soaMessage(zone: Zone, options: TransferOptions): Buffer {
  const [soa] = zone.records()
  const [message] = packed(soa === undefined ? [] : [soa], options)
  return message ?? Buffer.alloc(0)
}

/** Packs records into as few messages as their size allows, each signed where the request was. */
function* packed(records: Iterable<ZoneRecord | undefined>, options: TransferOptions): Messages {
  let writer = started(options, true)
  let isFirst = true
  let count = 0
  for (const record of records) {
    if (record === undefined) {
      yield undefined
      continue
    }
    const before = writer.length
    put(writer, record, options.ttl)
    if (writer.length > MESSAGE_MAX && count > 0) {
      writer.truncate(before)
      yield message(writer, count, options, isFirst)
      writer = started(options, false)
      put(writer, record, options.ttl)
      isFirst = false
      count = 0
    }
    count++
    if (count % RECORDS_AT_ONCE === 0) yield undefined
  }
  yield message(writer, count, options, isFirst)
}

/** The first message repeats the question, the others need not (RFC 5936, 2.2.1). */
function started({ query }: TransferOptions, first: boolean): MessageWriter {
  const header = { rcode: RCODE.NOERROR, authoritative: true, recursive: false }
  return startedReply(first ? query : { ...query, questionEnd: HEADER_SIZE }, header)
}

function put(writer: MessageWriter, { owner, data }: ZoneRecord, ttl: number): void {
  writeRecord(writer, wireName(owner), data, ttl)
}

function message(writer: MessageWriter, count: number, { signer, opt }: TransferOptions, isFirst: boolean): Buffer {
  writer.patchU16(ANCOUNT, count)
  const bytes = isFirst && opt !== undefined ? withRecord(writer.bytes(), opt) : writer.bytes()
  return signer === undefined ? bytes : signer.sign(bytes)
}
