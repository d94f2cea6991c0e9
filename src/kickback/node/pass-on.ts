/** Single look-ups that a node passes on to a master that proved to live: while it has no copy, or where the copy can't say. */
import { createHash, randomBytes } from 'node:crypto'
import { type DatabaseName, type IdFloor, isDatabase, SnapshotError } from '../../resolver/index.ts'
import { type Clock, sleep } from '../../values/index.ts'
import { type Answer, refusal } from '../service/question.ts'
import { lookupMessage } from '../wire/proof.ts'
import { NONCE_BYTES, type Reply, type Request, STATUSES } from '../wire/protocol.ts'
import { type KickbackClient, ServiceError } from './client.ts'
import type { Trust } from './trust.ts'

/** What passing on is made of. */
interface PassOnOptions {
  /** What is believed. Without a key no answer can be, and none is passed on. */
  readonly trust: Trust
  readonly clock: Clock
  /** A connection to a master that has proved a moment ago that it lives. */
  readonly proved: () => KickbackClient | undefined
  /** Which ids this node takes. */
  readonly floor: () => IdFloor
}

/** How many different look-ups may be on their way at once. */
const IN_FLIGHT_MAX = 64
/** How long who asks is kept waiting, in milliseconds. The connection has longer: it is needed for more than this. */
const PATIENCE = 2_000
/**
 * How long an answer counts for whoever asks the same, in milliseconds, and how many are kept: the master signs only so many a second
 * for a node. A user who asks for names without end leaves too few for the others, but the names that all use are asked seldom.
 * All of them together have so many bytes.
 */
const KEPT = { ms: 5_000, answers: 1024, bytes: 4 * 1024 * 1024 } as const

/** An answer that counts until then, on the clock. */
interface Kept {
  readonly answer: Answer<'LOOKUP'>
  readonly until: number
}

/** Passes look-ups on. Equal ones that are on their way at once are one, and for a while those that come after. */
export class PassOn {
  readonly #options: PassOnOptions
  /** By the name of the question, the oldest first. */
  readonly #kept = new Map<string, Kept>()
  #keptBytes = 0
  readonly #inFlight = new Map<string, Promise<Answer<'LOOKUP'>>>()

  constructor(options: PassOnOptions) {
    this.#options = options
    // What a key signed that is withdrawn counts no longer.
    options.trust.onChanged(() => this.#forgetAll())
  }

  /** The answer of a master; undefined if none can be asked. Rejects with errors of ours alone. */
  ask({ db, key }: Request<'LOOKUP'>): Promise<Answer<'LOOKUP'>> | undefined {
    const client = this.#options.proved()
    // Shadow entries are for connections that keep a secret.
    if (this.#options.trust.key === undefined || client === undefined || !isDatabase(db) || db === 'shadow')
      return undefined
    const name = nameOf(db, key)
    const kept = this.#keptFor(name)
    if (kept !== undefined) return Promise.resolve(kept)
    const known = this.#inFlight.get(name)
    if (known !== undefined) return known
    if (this.#inFlight.size >= IN_FLIGHT_MAX) return Promise.resolve(refusal('busy'))
    const answer = this.#inTime(
      this.#believed(client, db, key)
        .then((believed) => this.#keep(name, believed))
        .finally(() => this.#inFlight.delete(name)),
    )
    this.#inFlight.set(name, answer)
    return answer
  }

  #keptFor(name: string): Answer<'LOOKUP'> | undefined {
    const kept = this.#kept.get(name)
    return kept !== undefined && kept.until > this.#options.clock.now() ? kept.answer : undefined
  }

  /** Keeps what a master signed. */
  #keep(name: string, answer: Answer<'LOOKUP'>): Answer<'LOOKUP'> {
    if ('error' in answer) return answer
    this.#forget(name)
    this.#kept.set(name, { answer, until: this.#options.clock.now() + KEPT.ms })
    this.#keptBytes += bytesOf(answer)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT.answers && this.#keptBytes <= KEPT.bytes) break
      this.#forget(oldest)
    }
    return answer
  }

  #forget(name: string): void {
    const kept = this.#kept.get(name)
    if (kept !== undefined) this.#keptBytes -= bytesOf(kept.answer)
    this.#kept.delete(name)
  }

  #forgetAll(): void {
    this.#kept.clear()
    this.#keptBytes = 0
  }

  async #inTime(answer: Promise<Answer<'LOOKUP'>>): Promise<Answer<'LOOKUP'>> {
    const ended = new AbortController()
    const late = sleep(this.#options.clock, PATIENCE, ended.signal)
    try {
      return (await Promise.race([answer, late])) ?? refusal('busy', 'the master did not answer in time')
    } finally {
      ended.abort()
    }
  }

  /** The master's answer, if its signature is over our nonce, this question and that answer, and the ids are ours to take. */
  async #believed(client: KickbackClient, db: DatabaseName, key: Request<'LOOKUP'>['key']): Promise<Answer<'LOOKUP'>> {
    const nonce = randomBytes(NONCE_BYTES)
    try {
      const reply = await client.ask('LOOKUP', { db, key, nonce })
      const { status, generation, record, signature = new Uint8Array() } = reply
      const message = lookupMessage({ nonce, db, key, status, generation, record })
      if (!this.#options.trust.signedBy(message, signature))
        return refusal('incomplete', "the answer is not signed by the cluster's key")
      return this.#taken(db, reply)
    } catch (error) {
      if (error instanceof SnapshotError || error instanceof RangeError)
        return refusal('internal', 'the answer is damaged')
      if (!(error instanceof ServiceError)) throw error
      return error.code === 'busy'
        ? refusal('busy')
        : refusal('incomplete', `the master did not answer: ${error.message}`)
    }
  }

  #taken(db: DatabaseName, { status, generation, record }: Reply<'LOOKUP'>): Answer<'LOOKUP'> {
    const taken = record === undefined ? undefined : this.#options.floor().taken(db, record)
    const isFound = status === STATUSES.SUCCESS && taken !== undefined
    // A copy: a part of the reply would keep all that came with it.
    return isFound ? { status, generation, record: Uint8Array.from(taken) } : { status: STATUSES.NOTFOUND, generation }
  }
}

/** How many bytes an answer has, besides some dozens. */
function bytesOf(answer: Answer<'LOOKUP'>): number {
  return 'record' in answer ? (answer.record?.length ?? 0) : 0
}

/**
 * A name for what is asked: equal where database, type and bytes of the key are. It has one length, however long the key is, so that
 * who asks for long names has no more kept than others.
 */
function nameOf(db: DatabaseName, key: Request<'LOOKUP'>['key']): string {
  const hash = createHash('sha256').update(`${db} ${typeof key} `)
  return hash.update(typeof key === 'number' ? String(key) : key).digest('base64')
}
