/** LOOKUP: the record of one key. What differs by who asks, `self` and `master`, is worked out here. */
import {
  answer,
  askersOwn,
  binaryKey,
  type DatabaseName,
  type Key,
  masterOf,
  type Snapshot,
  selfOf,
} from '../../../resolver/index.ts'
import { REPLY_MAX, STATUSES } from '../../wire/protocol.ts'
import { signedLookup } from '../proofs.ts'
import { type Answer, type Asking, isRefusal, type Question, refusal } from '../question.ts'
import { ENVELOPE, nameOf, source, takenHere } from './database.ts'

const { SUCCESS, NOTFOUND } = STATUSES
const ID_MAX = 0xffffffff

/** Answers LOOKUP: from here, or where this node cannot, from its master. */
export function lookup(question: Question<'LOOKUP'>): Answer<'LOOKUP'> | Promise<Answer<'LOOKUP'>> {
  const { answer, isAskersOwn } = found(question)
  // Whoever stands between a node and its master has another address, and so another self: that is neither signed nor passed on.
  if (isAskersOwn) return answer
  return lookedUp(question, answer) ?? passedOn(question, answer) ?? signedLookup(question, answer)
}

/** The answer of this master's name service, for an account that is not listed: undefined where it is not to be asked. */
function lookedUp(question: Question<'LOOKUP'>, answer: Answer<'LOOKUP'>): Promise<Answer<'LOOKUP'>> | undefined {
  const { service, client } = question
  const snapshot = service.public.current
  if (snapshot === undefined || !('error' in answer) || answer.error !== 'incomplete') return undefined
  // A copy: others may be asked meanwhile, and what came is a part of something larger.
  const request = copyOf(question.request)
  return service.lookUp?.(request.db, request.key, client.source)?.then((found) => {
    if (found === 'unknown') return refusal('busy', 'the name service of the master did not answer in time')
    const { generation } = snapshot
    return signedLookup(
      { ...question, request },
      found === 'absent' ? { status: NOTFOUND, generation } : held(snapshot, found),
    )
  })
}

function copyOf({ key, nonce, ...request }: Question<'LOOKUP'>['request']): Question<'LOOKUP'>['request'] {
  const copy = typeof key === 'object' ? Uint8Array.from(key) : key
  return { ...request, key: copy, ...(nonce && { nonce: Uint8Array.from(nonce) }) }
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

function held(snapshot: Snapshot, record: Uint8Array): Answer<'LOOKUP'> {
  if (record.length > REPLY_MAX - ENVELOPE) return refusal('toolarge')
  return { status: SUCCESS, record, generation: snapshot.generation }
}

/** What a `key` asks for in a database; undefined for a key that no database of its kind has. */
function keyOf(database: DatabaseName, key: string | number | Uint8Array): Key | undefined {
  if (typeof key === 'number') return key <= ID_MAX ? { id: key } : undefined
  if (typeof key === 'string') return { name: nameOf(key) }
  return binaryKey(database, key)
}

/** `self` and `master`, which differ by who asks. */
function askersRecord({ client, service }: Asking, snapshot: Snapshot, own: 'self' | 'master'): Answer<'LOOKUP'> {
  const isHere = client.asker.via !== 'network'
  const addresses = client.asker.via === 'network' ? [client.asker.address] : service.here()
  const self = own === 'self' ? selfOf(snapshot, addresses) : undefined
  if (own === 'self' && self === undefined && isHere && service.role === 'proxy' && !service.isPlaced()) {
    return refusal('starting', 'no master was met yet')
  }
  const isMaster = own === 'master' || (self === undefined && isHere && service.role === 'master')
  const record = isMaster ? masterOf(snapshot, addresses, service.isLiving) : self
  return record === undefined ? missed(snapshot, 'hosts') : held(snapshot, record)
}
