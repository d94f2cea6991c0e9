/** What is answered to each operation. One function an operation, named by it; all limits of a connection are elsewhere. */
import {
  type AccessPolicy,
  type Asked,
  type Asker,
  answer,
  askersOwn,
  byteString,
  type DatabaseName,
  DECODERS,
  type IdFloor,
  inNetgroup,
  isDatabase,
  type Key,
  layout,
  masterOf,
  mayAsk,
  type PositionedRecord,
  type RecordAddress,
  type Snapshot,
  SnapshotError,
  selfOf,
} from '../resolver/index.ts'
import type { Generations } from './generations.ts'
import {
  BATCH_MAX,
  CHUNK_MAX,
  ERRORS,
  type ErrorCode,
  type OperationName,
  PROTOCOL_VERSION,
  REPLY_MAX,
  type Refusal,
  type Reply,
  type Request,
  STATUSES,
} from './protocol.ts'
import type { ReloadReport, StatusReport } from './report.ts'

/** What operations are answered from. */
export interface Service {
  /** Name and version. */
  readonly software: string
  /** Public generations, and those of shadow. */
  readonly databases: Generations
  readonly shadow: Generations
  readonly policy: AccessPolicy
  /**
   * The address of this machine as the cluster knows it: `self` for who asks from here. On a master that was told none, `self` is
   * the master; a node that has not met a master yet does not know it.
   */
  readonly here: () => Uint8Array | undefined
  readonly role: StatusReport['role']
  /** Whether a master is alive, as far as this machine knows. */
  readonly isLiving: (master: RecordAddress) => boolean
  /** Which ids of a snapshot this machine takes; undefined where all are (a master made the rule itself). */
  readonly floor?: (snapshot: Snapshot) => IdFloor | undefined
  /** What STATUS tells; the list of nodes only where asked for. */
  readonly report: (withNodes: boolean) => StatusReport
  /** Reads the configuration again; undefined where there is none to read. */
  readonly reload: ((options: ReloadOptions) => Promise<ReloadReport>) | undefined
}

/** How a reload is asked for. */
export interface ReloadOptions {
  /** Only say what would change. */
  readonly dryRun: boolean
  /** Past the brake. */
  readonly force: boolean
}

/** Who asks, and what it told of itself. */
export interface Client {
  readonly asker: Asker
  software: string
  /** The generation that it holds; undefined where it did not tell. */
  generation: number | undefined
  /** Tells it of new generations, in replies with this id. */
  subscribe(id: number): boolean
}

/** Who asks whom. */
interface Asking {
  readonly client: Client
  readonly service: Service
}

/** A question with all that it is answered from. */
export interface Question<O extends OperationName> extends Asking {
  readonly id: number
  readonly request: Request<O>
}

type Answer<O extends OperationName> = Reply<O> | Refusal

/** The answers to each operation. */
export const ANSWERS: {
  readonly [O in OperationName]: (question: Question<O>) => Answer<O> | Promise<Answer<O>>
} = {
  HELLO: hello,
  LOOKUP: lookup,
  ENUMERATE: enumerate,
  INITGROUPS: initgroups,
  INNETGR: innetgr,
  SNAPSHOT: snapshotBytes,
  SUBSCRIBE: subscribe,
  STATUS: status,
  RELOAD: reload,
}

const { SUCCESS, NOTFOUND, UNAVAIL, TRYAGAIN } = STATUSES
/** How many bytes of records one reply of an enumeration carries before it ends: they are copied for each client. */
const BATCH_BYTES = 64 * 1024
/** What a reply needs beside a record. */
const ENVELOPE = 256
const ID_MAX = 0xffffffff
/** The versions that are spoken here, from the least on. */
const VERSIONS: readonly number[] = [PROTOCOL_VERSION]

/** A refusal with its code, and the code's sentence or another one. */
export function refusal(error: ErrorCode, message: string = ERRORS[error]): Refusal {
  const isPassing = error === 'busy' || error === 'starting' || error === 'cursor' || error === 'generation'
  return { status: isPassing ? TRYAGAIN : UNAVAIL, error, message }
}

function hello({ request, client, service }: Question<'HELLO'>): Answer<'HELLO'> {
  client.software = request.software ?? client.software
  client.generation = request.generation ?? client.generation
  return {
    status: SUCCESS,
    version: greatestCommon(request.versions),
    generation: service.databases.current?.generation ?? 0,
    software: service.software,
  }
}

/** The greatest version that both speak; where there is none, the one of this side: the client sees that it is alone. */
function greatestCommon(versions: readonly number[]): number {
  return VERSIONS.findLast((version) => versions.includes(version)) ?? PROTOCOL_VERSION
}

/** The snapshot that a database is answered from, or why the asker gets nothing from it. */
function source({ client, service }: Asking, db: string): Snapshot | Refusal {
  if (!isDatabase(db)) return refusal('database')
  return permitted({ client, service }, db, db === 'shadow' ? service.shadow : service.databases)
}

/** The current one of these generations, if the asker may ask that. */
function permitted({ client, service }: Asking, asked: Asked, generations: Generations): Snapshot | Refusal {
  const facts = service.databases.current
  if (facts === undefined && client.asker.via !== 'private') return refusal('starting')
  if (facts !== undefined && !mayAsk(facts, client.asker, asked, service.policy)) return refusal('denied')
  return generations.current ?? refusal('starting')
}

function isRefusal(value: Snapshot | Refusal): value is Refusal {
  return 'error' in value
}

function lookup(question: Question<'LOOKUP'>): Answer<'LOOKUP'> {
  const { db, key: asked } = question.request
  const snapshot = source(question, db)
  if (isRefusal(snapshot)) return snapshot
  const database = db as DatabaseName
  const key = keyOf(database, asked)
  if (key === undefined) return refusal('request', `${db} is not asked by such a key`)
  const found = answer(snapshot, database, key)
  const record = found && takenHere(question.service, snapshot, database, found)
  if (record !== undefined) return held(snapshot, record)
  const own = database === 'hosts' && 'name' in key ? askersOwn(snapshot, key.name) : undefined
  return own === undefined ? missed(snapshot, database) : askersRecord(question, snapshot, own)
}

/** A miss is a fact only where the database is complete. */
function missed(snapshot: Snapshot, database: DatabaseName): Answer<'LOOKUP'> {
  if (!snapshot.isComplete(database)) return refusal('incomplete')
  return { status: NOTFOUND, generation: snapshot.generation }
}

/** The record as this machine takes it: ids below its floor are no answers. */
function takenHere(
  { floor }: Service,
  snapshot: Snapshot,
  database: DatabaseName,
  record: Uint8Array,
): Uint8Array | undefined {
  const ids = floor?.(snapshot)
  return ids === undefined ? record : ids.taken(database, record)
}

function held(snapshot: Snapshot, record: Uint8Array): Answer<'LOOKUP'> {
  if (record.length > REPLY_MAX - ENVELOPE) return refusal('toolarge')
  return { status: SUCCESS, record, generation: snapshot.generation }
}

/** A field that holds a name, as the byte string that records hold. */
function nameOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? byteString(value) : Buffer.from(value).toString('latin1')
}

/** What a `key` asks for in a database; undefined for a key that no database of its kind has. */
function keyOf(database: DatabaseName, key: string | number | Uint8Array): Key | undefined {
  if (typeof key === 'number') return key <= ID_MAX ? { id: key } : undefined
  if (typeof key === 'string') return { name: nameOf(key) }
  if (database === 'hosts') return key.length === 4 || key.length === 16 ? { address: key } : undefined
  if (database === 'ethers') return key.length === 6 ? { mac: key } : undefined
  return { name: nameOf(key) }
}

/** `self` and `master`, which differ by who asks. */
function askersRecord({ client, service }: Asking, snapshot: Snapshot, own: 'self' | 'master'): Answer<'LOOKUP'> {
  const address = client.asker.via === 'network' ? client.asker.address : service.here()
  if (own === 'self' && address === undefined && service.role === 'proxy') {
    return refusal('starting', 'no master was met yet')
  }
  const record =
    own === 'self' && address !== undefined ? selfOf(snapshot, address) : masterOf(snapshot, address, service.isLiving)
  return record === undefined ? missed(snapshot, 'hosts') : held(snapshot, record)
}

function enumerate(question: Question<'ENUMERATE'>): Answer<'ENUMERATE'> {
  const { db, cursor } = question.request
  const current = source(question, db)
  if (isRefusal(current)) return current
  const generations = db === 'shadow' ? question.service.shadow : question.service.databases
  const snapshot = cursor === undefined ? current : generations.numbered(cursor.generation)
  if (snapshot === undefined) return refusal('cursor')
  const { generation } = snapshot
  const batch = batchAt(question, snapshot, db as DatabaseName)
  if ('error' in batch) return batch
  const { records, next } = batch
  if (records.length === 0) return { status: NOTFOUND, generation }
  return { status: SUCCESS, records, generation, ...(next !== undefined && { cursor: { generation, position: next } }) }
}

/** Records of an enumeration, and where the ones after them begin. */
interface Batch {
  readonly records: readonly Uint8Array[]
  readonly next: number | undefined
}

/** The batch at a cursor. A position that no reply told leads to no record: that is the client's fault, not the snapshot's. */
function batchAt(
  { request: { cursor, limit }, service }: Question<'ENUMERATE'>,
  snapshot: Snapshot,
  database: DatabaseName,
): Batch | Refusal {
  const taken = (record: Uint8Array): Uint8Array | undefined => takenHere(service, snapshot, database, record)
  try {
    return batchFrom(takenFrom(snapshot, database, cursor?.position ?? 0, taken), limit) ?? refusal('toolarge')
  } catch (error) {
    if (cursor === undefined || !(error instanceof SnapshotError)) throw error
    return refusal('cursor', 'no reply told this position: start again')
  }
}

/** The records from a position on that this machine takes, each with its own position. */
function* takenFrom(
  snapshot: Snapshot,
  database: DatabaseName,
  start: number,
  taken: (record: Uint8Array) => Uint8Array | undefined,
): Generator<Pick<PositionedRecord, 'position' | 'record'>, void, undefined> {
  for (const { position, record: found } of snapshot.records(database, start)) {
    const record = taken(found)
    if (record !== undefined) yield { position, record }
  }
}

/** As many of these records as one reply takes; undefined where one is too large for any. */
function batchFrom(all: Iterable<Pick<PositionedRecord, 'position' | 'record'>>, limit = BATCH_MAX): Batch | undefined {
  const records: Uint8Array[] = []
  let bytes = 0
  for (const { position: at, record } of all) {
    const isFull = records.length >= Math.min(limit, BATCH_MAX) || bytes + record.length > BATCH_BYTES
    if (isFull && records.length > 0) return { records, next: at }
    if (record.length > REPLY_MAX - ENVELOPE) return undefined
    records.push(record)
    bytes += record.length
  }
  return { records, next: undefined }
}

function initgroups(question: Question<'INITGROUPS'>): Answer<'INITGROUPS'> {
  const snapshot = source(question, 'initgroups')
  if (isRefusal(snapshot)) return snapshot
  const name = nameOf(question.request.user)
  const { generation } = snapshot
  const taken = (database: DatabaseName): Uint8Array | undefined => {
    const record = snapshot.lookup(database, { name })
    return record && takenHere(question.service, snapshot, database, record)
  }
  const record = taken('initgroups')
  if (record !== undefined) return { status: SUCCESS, gids: DECODERS.initgroups(record).gids, generation }
  if (!snapshot.isComplete('initgroups')) return refusal('incomplete')
  return taken('passwd') === undefined ? { status: NOTFOUND, generation } : { status: SUCCESS, gids: [], generation }
}

function innetgr(question: Question<'INNETGR'>): Answer<'INNETGR'> {
  const snapshot = source(question, 'netgroup')
  if (isRefusal(snapshot)) return snapshot
  const { netgroup, host, user, domain } = question.request
  const triple = {
    host: host === undefined ? undefined : nameOf(host),
    user: user === undefined ? undefined : nameOf(user),
    domain: domain === undefined ? undefined : nameOf(domain),
  }
  const isIn = inNetgroup(snapshot, nameOf(netgroup), triple)
  return { status: isIn ? SUCCESS : NOTFOUND, generation: snapshot.generation }
}

function snapshotBytes(question: Question<'SNAPSHOT'>): Answer<'SNAPSHOT'> {
  const { kind, generation, offset, length = CHUNK_MAX } = question.request
  const isShadow = kind === layout.KINDS.SHADOW
  if (!isShadow && kind !== layout.KINDS.PUBLIC) return refusal('request', `there are no snapshots of kind ${kind}`)
  const generations = isShadow ? question.service.shadow : question.service.databases
  const current = permitted(question, isShadow ? 'shadow-snapshot' : 'snapshot', generations)
  if (isRefusal(current)) return current
  const snapshot = generation === undefined ? current : generations.numbered(generation)
  if (snapshot === undefined) return refusal('generation')
  const { bytes } = snapshot
  const data = bytes.subarray(offset, Math.min(offset + Math.min(length, CHUNK_MAX), bytes.length))
  return { status: SUCCESS, data, size: bytes.length, generation: snapshot.generation }
}

function subscribe(question: Question<'SUBSCRIBE'>): Answer<'SUBSCRIBE'> {
  const snapshot = permitted(question, 'snapshot', question.service.databases)
  if (isRefusal(snapshot)) return snapshot
  if (!question.client.subscribe(question.id)) return refusal('busy', 'there are too many subscribers')
  return announcement(snapshot)
}

/** The reply that tells a subscriber which generation is current. */
export function announcement(snapshot: Snapshot): Reply<'SUBSCRIBE'> {
  return { status: SUCCESS, generation: snapshot.generation, digest: snapshot.digest }
}

function status({ client, service }: Question<'STATUS'>): Answer<'STATUS'> {
  const facts = service.databases.current
  const may = (asked: Asked): boolean =>
    facts === undefined ? client.asker.via !== 'network' : mayAsk(facts, client.asker, asked, service.policy)
  if (!may('status')) return refusal('denied')
  return { status: SUCCESS, report: { ...service.report(client.asker.via === 'private') } }
}

function reload({ request, client, service }: Question<'RELOAD'>): Answer<'RELOAD'> | Promise<Answer<'RELOAD'>> {
  if (client.asker.via !== 'private') return refusal('denied')
  if (service.reload === undefined) return refusal('reload')
  const options = { dryRun: request.dry_run ?? false, force: request.force ?? false }
  return service.reload(options).then((report) => ({ status: SUCCESS, report: { ...report } }))
}
