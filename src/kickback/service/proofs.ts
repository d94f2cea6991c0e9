/** The answers that a master signs: the proof that it lives, and look-ups that were asked with a nonce. */
import {
  type Header,
  headerOf,
  keyMark,
  layout,
  type Snapshot,
  SnapshotError,
  sameDigest,
  withState,
} from '../../resolver/index.ts'
import type { Clock } from '../../values/index.ts'
import { aliveMessage, lookupMessage } from '../wire/proof.ts'
import { NONCE_BYTES, STATUSES } from '../wire/protocol.ts'
import {
  type Answer,
  type Asking,
  type Client,
  isRefusal,
  type ProofLimits,
  type ProofRates,
  permitted,
  type Question,
  refusal,
  refused,
  type Service,
} from './question.ts'
import { RateLimit } from './shares/rate-limit.ts'
import { machineName } from './told/machine-name.ts'
import { toldMachine } from './told/machines.ts'

/** The longest header that an asker may say it holds, in bytes: other layouts have other lengths. */
const HELD_MAX = 1024

/**
 * How often is signed, for one asker, and for all together that are root of machines of the cluster, or are not: neither a user with a program on
 * every node nor the owners of laptops take a proof from the nodes. A node asks for a proof of life at connect, at each generation and every 20 s: `root` is enough
 * for 50,000 nodes, and for all connections that there may be at once when all connect or have news; look-ups with a nonce are those that a node passes on for accounts that can't be listed.
 */
const RATES = {
  alive: {
    each: { perSecond: 2, burst: 20 },
    root: { perSecond: 2500, burst: 20_000 },
    others: { perSecond: 250, burst: 500 },
  },
  lookup: {
    each: { perSecond: 100, burst: 500 },
    root: { perSecond: 2000, burst: 4000 },
    others: { perSecond: 500, burst: 1000 },
  },
  // A node asks at connect, at each change of its entries, and every 50 s.
  shadow: {
    each: { perSecond: 4, burst: 40 },
    root: { perSecond: 2500, burst: 20_000 },
    others: { perSecond: 2500, burst: 20_000 },
  },
  // By HTTP: those that waited for news are answered a thousand a second, and a cache may ask for many.
  head: {
    each: { perSecond: 100, burst: 200 },
    root: { perSecond: 1000, burst: 2000 },
    others: { perSecond: 1000, burst: 2000 },
  },
} as const

/** The bounds on signing of one service. */
export function proofRates(clock: Clock): ProofRates {
  const limits = (who: 'root' | 'others'): ProofLimits => ({
    alive: new RateLimit(clock, RATES.alive.each, RATES.alive[who]),
    lookup: new RateLimit(clock, RATES.lookup.each, RATES.lookup[who]),
    head: new RateLimit(clock, RATES.head.each, RATES.head[who]),
    shadow: new RateLimit(clock, RATES.shadow.each, RATES.shadow[who]),
  })
  return { root: limits('root'), others: limits('others') }
}

/**
 * The question for a proof of life that is wanted once there is news, where there is none now: with copies of what was sent, of which it may
 * be a small part. Undefined if it is to be answered now. The master hears at once of what the asker holds.
 */
export function patientAlive(question: Question<'ALIVE'>): Question<'ALIVE'> | undefined {
  const { client, service, request } = question
  const { nonce, held, key, wait = false } = request
  const current = service.public.current
  const theirs = wait && held !== undefined ? heldIn(held) : undefined
  if (theirs === undefined || nonce.length !== NONCE_BYTES || (key?.length ?? 0) > HELD_MAX) return undefined
  if (current === undefined || service.sign === undefined) return undefined
  noteMachine(question)
  client.holds(theirs.generation, theirs.digest)
  if (theirs.generation !== current.generation || !sameDigest(theirs, current)) return undefined
  const copies = { nonce: Uint8Array.from(nonce), held: theirs.bytes, ...(key && { key: Uint8Array.from(key) }) }
  const { machine: _, ...rest } = request
  return { ...question, request: { ...rest, ...copies } }
}

/** Who could be a node, as one that may fetch the snapshot, tells of its machine. */
function noteMachine(question: Question<'ALIVE'>): void {
  const { request, client, service } = question
  if (request.machine === undefined || refused(question, 'snapshot') !== undefined) return
  service.nodeFacts?.machines.note(client, toldMachine(request.machine))
}

/** The answer to ALIVE. The master hears of what the asker holds first: it may adopt it. */
export function alive(question: Question<'ALIVE'>): Answer<'ALIVE'> {
  const { request, client, service } = question
  const { nonce, held } = request
  if (nonce.length !== NONCE_BYTES) return refusal('request', `a nonce has ${NONCE_BYTES} bytes`)
  if (held !== undefined && held.length > HELD_MAX) return refusal('request', 'that is not the header of a snapshot')
  const permission = permitted(question, 'alive', service.public)
  if (isRefusal(permission)) return permission
  if (service.sign === undefined) return refusal('operation', 'this daemon has no signing key: ask a master')
  if (!limitsOf(question).alive.take(client.source)) return refusal('busy', 'too many proofs are asked for')
  if (request.key !== undefined && client.isRoot) {
    service.otherKeys?.note(machineName(client.asker, service.public.current), request.key)
  }
  noteMachine(question)
  const theirs = held === undefined ? undefined : heldIn(held)
  if (theirs !== undefined) {
    client.holds(theirs.generation, theirs.digest)
    service.met?.(theirs.bytes, client.asker)
  }
  const header = sharedHeader(service.public.current ?? permission)
  const known = theirs !== undefined && (service.history?.(theirs.generation, theirs.digest) ?? false)
  const conflict = service.conflict?.() ?? false
  const signature = service.sign(aliveMessage({ nonce, header, known, conflict, held }))
  const { list, signing } = service.keys ?? {}
  return {
    ...{ status: STATUSES.SUCCESS, header, known, conflict, signature },
    ...(list !== undefined && { trust: list.number }),
    ...(signing !== undefined && { signer: keyMark(signing) }),
  }
}

/** What a master signs by HTTP for who sends a nonce. */
interface SignedHead {
  /** Of the current public snapshot, with the state word 0. */
  readonly header: Header
  /** Whether this master's own history holds what the asker says it holds. */
  readonly known: boolean
  /** Whether this master is in conflict with another one. */
  readonly conflict: boolean
  /** Of the message of ALIVE. */
  readonly signature: Uint8Array
}

/** The head for an asker that may have it, at a bounded rate: `busy` where too many are asked for, `starting` where there is none yet. */
export function signedHead(
  { nonce, held }: { readonly nonce: Uint8Array; readonly held: Uint8Array | undefined },
  { source, isRoot }: Pick<Client, 'source' | 'isRoot'>,
  service: Pick<Service, 'public' | 'proofs' | 'sign' | 'conflict' | 'history'>,
): SignedHead | 'busy' | 'starting' {
  const { current } = service.public
  if (current === undefined || service.sign === undefined) return 'starting'
  const { head } = isRoot ? service.proofs.root : service.proofs.others
  if (!head.take(source)) return 'busy'
  const header = sharedHeader(current)
  const theirs = held === undefined ? undefined : heldIn(held)
  const known = theirs !== undefined && (service.history?.(theirs.generation, theirs.digest) ?? false)
  const conflict = service.conflict?.() ?? false
  const signature = service.sign(aliveMessage({ nonce, header, known, conflict, held }))
  return { header: headerOf(header), known, conflict, signature }
}

/** An answer to LOOKUP with its signature, where the asker sent a nonce and a key is held. Refusals are not signed. */
export function signedLookup(question: Question<'LOOKUP'>, found: Answer<'LOOKUP'>): Answer<'LOOKUP'> {
  const { request, client, service } = question
  const { nonce, db, key } = request
  if (nonce === undefined) return found
  if (nonce.length !== NONCE_BYTES) return refusal('request', `a nonce has ${NONCE_BYTES} bytes`)
  if ('error' in found || service.sign === undefined) return found
  if (!limitsOf(question).lookup.take(client.source)) return refusal('busy', 'too many signatures are asked for')
  const { status, generation, record } = found
  return { ...found, signature: service.sign(lookupMessage({ nonce, db, key, status, generation, record })) }
}

/** The bounds for who asks. */
export function limitsOf({ client, service }: Asking): ProofLimits {
  return client.isRoot ? service.proofs.root : service.proofs.others
}

/** The header of a snapshot without what is each machine's own. */
export function sharedHeader({ bytes }: Snapshot): Buffer {
  return withState(Buffer.from(bytes.subarray(0, layout.HEADER.size)), 0)
}

/** What a header says that it is; undefined if it is none of this layout. Nothing in it is proved. */
function heldIn(bytes: Uint8Array): Header | undefined {
  if (bytes.length !== layout.HEADER.size) return undefined
  try {
    return headerOf(Buffer.from(bytes))
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}
