/** What is answered to each operation. One function an operation, named by it; all limits of a connection are elsewhere. */
import {
  answer,
  askersOwn,
  binaryKey,
  byteString,
  type DatabaseName,
  inNetgroup,
  isDatabase,
  isListed,
  type Key,
  layout,
  masterOf,
  type PositionedRecord,
  type Snapshot,
  SnapshotError,
  selfOf,
} from '../../resolver/index.ts'
import {
  BATCH_MAX,
  CHUNK_MAX,
  NODES_MAX,
  type OperationName,
  PROTOCOL_VERSION,
  REPLY_MAX,
  type Refusal,
  type Reply,
  STATUSES,
  TEXT_MAX,
} from '../wire/protocol.ts'
import { join, token } from './joining.ts'
import { alive, signedLookup } from './proofs.ts'
import {
  type Answer,
  type Asking,
  isRefusal,
  permitted,
  type Question,
  refusal,
  refused,
  type Service,
} from './question.ts'

/** The answers to each operation. */
export const ANSWERS: {
  readonly [O in OperationName]: (question: Question<O>) => Answer<O> | Promise<Answer<O>>
} = {
  HELLO: hello,
  LOOKUP: lookup,
  ENUMERATE: enumerate,
  INNETGR: innetgr,
  SNAPSHOT: snapshotBytes,
  SUBSCRIBE: subscribe,
  STATUS: status,
  RELOAD: reload,
  ALIVE: alive,
  NODES: nodes,
  JOIN: join,
  TOKEN: token,
  HISTORY: history,
}

const { SUCCESS, NOTFOUND } = STATUSES
/** How many bytes of records one reply of an enumeration carries before it ends: they are copied for each client. */
const BATCH_BYTES = 64 * 1024
/** What a reply needs beside a record. */
const ENVELOPE = 256
const ID_MAX = 0xffffffff
/** The versions that are spoken here, from the least on. */
const VERSIONS: readonly number[] = [PROTOCOL_VERSION]

/** The report of a client is kept only if the client could be a node: if it may fetch the snapshot. */
function hello(question: Question<'HELLO'>): Answer<'HELLO'> {
  const { request, client, service } = question
  if (refused(question, 'snapshot') === undefined) {
    if (request.software !== undefined) client.software = clientText(request.software)
    if (request.generation !== undefined) client.holds(request.generation)
  }
  return {
    status: SUCCESS,
    version: greatestCommon(request.versions),
    generation: service.public.current?.generation ?? 0,
    software: service.software,
  }
}

/** A client's text: TEXT_MAX printable ASCII characters of it, in memory of their own and not a part of the client's. */
function clientText(text: string): string {
  return Buffer.from(text.slice(0, TEXT_MAX).replaceAll(/[^ -~]/g, '?'), 'latin1').toString('latin1')
}

/** The greatest version that both speak; if there is none, the one of this side: the client sees that it is alone. */
function greatestCommon(versions: readonly number[]): number {
  return VERSIONS.findLast((version) => versions.includes(version)) ?? PROTOCOL_VERSION
}

/** The snapshot that a database is answered from, or why the asker gets nothing from it. */
function source({ client, service }: Asking, db: string): Snapshot | Refusal {
  if (!isDatabase(db)) return refusal('database')
  return permitted({ client, service }, db, db === 'shadow' ? service.shadow : service.public)
}

function lookup(question: Question<'LOOKUP'>): Answer<'LOOKUP'> | Promise<Answer<'LOOKUP'>> {
  const { answer, isAskersOwn } = found(question)
  // Whoever stands between a node and its master has another address, and so another self: that is neither signed nor passed on.
  if (isAskersOwn) return answer
  return passedOn(question, answer) ?? signedLookup(question, answer)
}

/**
 * The answer of a master, for a question of a local process that the node cannot answer: undefined if there is no master to
 * ask.
 */
function passedOn(
  { client, service, request }: Question<'LOOKUP'>,
  answer: Answer<'LOOKUP'>,
): Promise<Answer<'LOOKUP'>> | undefined {
  const isUnknown = 'error' in answer && (answer.error === 'starting' || answer.error === 'incomplete')
  return isUnknown && client.asker.via !== 'network' ? service.passOn?.(request) : undefined
}

/** An answer, and whether it differs by who asks. */
interface Found {
  readonly answer: Answer<'LOOKUP'>
  readonly isAskersOwn: boolean
}

function found(question: Question<'LOOKUP'>): Found {
  const forAll = (answer: Answer<'LOOKUP'>): Found => ({ answer, isAskersOwn: false })
  const { db, key: asked } = question.request
  const snapshot = source(question, db)
  if (isRefusal(snapshot)) return forAll(snapshot)
  const database = db as DatabaseName
  const key = keyOf(database, asked)
  if (key === undefined) return forAll(refusal('request', `${db} cannot be looked up by such a key`))
  const found = answer(snapshot, database, key)
  const record = found && takenHere(question.service, snapshot, database, found)
  if (record !== undefined) return forAll(held(snapshot, record))
  const own = database === 'hosts' && 'name' in key ? askersOwn(snapshot, key.name) : undefined
  if (own === undefined) return forAll(missed(snapshot, database))
  return { answer: askersRecord(question, snapshot, own), isAskersOwn: true }
}

/** A miss is a fact only where the database is complete. */
function missed(snapshot: Snapshot, database: DatabaseName): Answer<'LOOKUP'> {
  if (!snapshot.isComplete(database)) return refusal('incomplete')
  return { status: NOTFOUND, generation: snapshot.generation }
}

/** The record as this machine takes it: ids below its floor are no answers. */
function takenHere(
  service: Service,
  snapshot: Snapshot,
  database: DatabaseName,
  record: Uint8Array,
): Uint8Array | undefined {
  // Shadow entries have no ids: their users have.
  const ids = service.floor?.(database === 'shadow' ? (service.public.current ?? snapshot) : snapshot)
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
  return binaryKey(database, key)
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
  const generations = db === 'shadow' ? question.service.shadow : question.service.public
  const snapshot = cursor === undefined ? current : generations.numbered(cursor.generation)
  if (snapshot === undefined) return refusal('cursor')
  const { generation } = snapshot
  const batch = batchAt(question, snapshot, db as DatabaseName)
  if ('error' in batch) return batch
  const { records, next } = batch
  const to = next ?? cursor?.position ?? 0
  generations.reads(question.client, snapshot, {
    from: cursor?.position ?? to,
    to,
    isLast: next === undefined,
    isNamed: true,
  })
  if (records.length === 0) return { status: NOTFOUND, generation }
  return { status: SUCCESS, records, generation, ...(next !== undefined && { cursor: { generation, position: next } }) }
}

/** Records of an enumeration, and where the ones after them begin. */
interface Batch {
  readonly records: readonly Uint8Array[]
  readonly next: number | undefined
}

/** The batch at a cursor. A position that was in no reply leads to no record: then the client is wrong, not the snapshot. */
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
    return refusal('cursor', 'no reply had this cursor: start again')
  }
}

/** The records from a position on that a listing shows and this machine takes, each with its own position. */
function* takenFrom(
  snapshot: Snapshot,
  database: DatabaseName,
  start: number,
  taken: (record: Uint8Array) => Uint8Array | undefined,
): Generator<Pick<PositionedRecord, 'position' | 'record'>, void, undefined> {
  for (const { position, record: found } of snapshot.records(database, start)) {
    const record = isListed(database, found) ? taken(found) : undefined
    if (record !== undefined) yield { position, record }
  }
}

/** As many of these records as one reply takes; undefined if one is too large for any. */
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
  const generations = isShadow ? question.service.shadow : question.service.public
  const current = permitted(question, isShadow ? 'shadow-snapshot' : 'snapshot', generations)
  if (isRefusal(current)) return current
  const snapshot = generation === undefined ? current : generations.numbered(generation)
  if (snapshot === undefined) return refusal('generation')
  const size = snapshot.bytes.length
  const to = Math.max(offset, Math.min(offset + Math.min(length, CHUNK_MAX), size))
  const isNamed = generation !== undefined
  const isRead = generations.reads(question.client, snapshot, { from: offset, to, isLast: to >= size, isNamed })
  if (!isRead && isNamed) return refusal('generation')
  const part = snapshot.bytes.subarray(offset, to)
  return { status: SUCCESS, data: isRead ? part : Uint8Array.from(part), size, generation: snapshot.generation }
}

function subscribe(question: Question<'SUBSCRIBE'>): Answer<'SUBSCRIBE'> {
  const snapshot = permitted(question, 'snapshot', question.service.public)
  if (isRefusal(snapshot)) return snapshot
  if (!question.client.subscribe(question.id)) return refusal('busy', 'there are too many subscribers')
  return announcement(snapshot)
}

/** The announcement of the current generation to a subscriber. */
export function announcement(snapshot: Snapshot): Reply<'SUBSCRIBE'> {
  return { status: SUCCESS, generation: snapshot.generation, digest: snapshot.digest }
}

function status(question: Question<'STATUS'>): Answer<'STATUS'> {
  return refused(question, 'status') ?? { status: SUCCESS, report: { ...question.service.report() } }
}

function nodes(question: Question<'NODES'>): Answer<'NODES'> {
  const { request, service } = question
  const { cursor: after = 0, limit = NODES_MAX } = request
  const refusal = refused(question, 'nodes')
  if (refusal !== undefined) return refusal
  const { nodes, cursor } = service.nodes(after, Math.min(Math.max(1, limit), NODES_MAX))
  const generation = service.public.current?.generation ?? 0
  return {
    status: SUCCESS,
    nodes: nodes.map((node) => ({ ...node })),
    generation,
    ...(cursor !== undefined && { cursor }),
  }
}

function history(question: Question<'HISTORY'>): Answer<'HISTORY'> {
  const { service } = question
  const denial = refused(question, 'history')
  if (denial !== undefined) return denial
  if (service.generations === undefined) return refusal('operation', 'a node keeps no generations: ask its master')
  const generation = service.public.current?.generation ?? 0
  return { status: SUCCESS, generations: service.generations().map((one) => ({ ...one })), generation }
}

function reload(question: Question<'RELOAD'>): Answer<'RELOAD'> | Promise<Answer<'RELOAD'>> {
  const { request, service } = question
  const denial = refused(question, 'reload')
  if (denial !== undefined) return denial
  if (service.reload === undefined) return refusal('reload')
  const { dry_run: dryRun = false, force = false, config, back_to: backTo, release = false } = request
  if (config !== undefined && !dryRun) return refusal('request', 'config is for a dry run only')
  if (backTo !== undefined && (release || config !== undefined)) {
    return refusal('request', 'back_to reads nothing: it cannot be used with release or config')
  }
  const more = { ...(config !== undefined && { config }), ...(backTo !== undefined && { backTo }) }
  const options = { dryRun, force, ...more, ...(release && { release }) }
  return service.reload(options).then((report) => ({ status: SUCCESS, report: { ...report } }))
}
