/** How nodes get certificates from a master: who asks with a key that nobody approved is pending, until an administrator looks at its mark. */
import { createHash, type KeyObject } from 'node:crypto'
import { certificateKeyMark, NodeKeys, requestKey } from '../../resolver/index.ts'
import { type Clock, type Log, LogBound, type WallClock } from '../../values/index.ts'
import type { NodeKeyReport } from '../wire/report.ts'
import { RateLimit } from './shares/rate-limit.ts'

/** What an enrolment works with. */
export interface EnrolmentParts {
  /** What was decided, as it was kept. */
  readonly keys: NodeKeys
  /** Keeps it over a restart, before it counts. What it throws is the fault of the question. */
  readonly keep: (keys: NodeKeys) => void
  /** A certificate for a node and its public key, in DER. */
  readonly issue: (node: number, key: KeyObject) => Promise<Uint8Array>
  /** Called when keys were revoked: their connections are to end. */
  readonly revoked: () => void
  /** Called when anything was decided here, or another master has something else: all are asked again. */
  readonly changed: () => void
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

/** A key that waits for an approval. */
interface Pending {
  readonly mark: string
  /** Seconds since 1970. */
  readonly time: number
}

/** Who asks for a certificate, as the transport tells it. */
interface Applicant {
  /** What it is counted by. */
  readonly source: string
  /** The node that has its address. */
  readonly node: number
  /** The mark of the key that it showed with a certificate of that node, if it did. */
  readonly shown: string | undefined
  /** Called once a key with this mark has taken the place of the one that was shown. */
  readonly rotated?: (mark: string) => void
}

/** How many keys may be pending at once. The one that asked longest ago makes room: nodes ask again. */
const PENDING_MAX = 4096
/** A node that does not ask any more is not pending any more, after so many seconds: nodes ask every half minute. */
const PENDING_LASTS = 600
/** How often is issued: it costs the master 5 ms. A node asks every half minute while it is pending, and then once in weeks. */
const RATES = { each: { perSecond: 0.2, burst: 5 }, all: { perSecond: 50, burst: 100 } } as const

/**
 * How often a node has another key in the place of the one that it shows: at most 16 times in any 24 hours. Each time is an entry in the audit log and a key that
 * is kept as revoked for good; of both there is only so much.
 */
const ROTATIONS = { perSecond: 8 / 86_400, burst: 8 } as const

/** The answer to who asks: its certificate, or why there is none. */
type Outcome = { readonly certificate: Uint8Array } | 'busy' | 'rotations' | 'request' | 'revoked' | 'pending'

/** The keys of the nodes of a cluster, as one master decides on them. */
export class Enrolment {
  readonly #parts: EnrolmentParts
  readonly #rate: RateLimit
  /** By the number of the node. */
  readonly #rotations: RateLimit
  readonly #pending = new Map<number, Pending>()
  readonly #told: LogBound
  #keys: NodeKeys

  constructor(parts: EnrolmentParts) {
    this.#parts = parts
    this.#keys = parts.keys
    this.#rate = new RateLimit(parts.clock, RATES.each, RATES.all)
    this.#rotations = new RateLimit(parts.clock, ROTATIONS, RATES.all)
    this.#told = new LogBound(parts.clock)
  }

  /** Whether a key was revoked. */
  isRevoked(mark: string): boolean {
    return this.#keys.isRevoked(mark)
  }

  /** The nodes whose keys were all revoked. */
  get ended(): readonly number[] {
    return this.#keys.ended
  }

  /** Answers a request for a certificate. */
  async answer(applicant: Applicant, request: Uint8Array): Promise<Outcome> {
    const { source, node, shown } = applicant
    if (!this.#rate.take(source)) return 'busy'
    const key = await requestKey(request)
    if (key === undefined) return 'request'
    const mark = certificateKeyMark(key)
    if (this.isRevoked(mark)) return 'revoked'
    const known = this.#keys.of(mark)
    const isRotation = known === undefined && shown !== undefined && shown !== mark && !this.isRevoked(shown)
    if (isRotation && !this.#rotations.take(String(node))) return 'rotations'
    const isItsOwn =
      known === undefined
        ? shown === mark || (isRotation && this.#rotated(applicant, shown, mark))
        : known.node === node
    if (!isItsOwn) {
      this.#noteRequest(node, mark)
      return 'pending'
    }
    const certificate = await this.#parts.issue(node, key)
    this.#parts.log.info({ node, mark }, 'a certificate was issued')
    return { certificate }
  }

  /**
   * Approves the pending key of a node, which must have this mark if one is given. A key that is not pending here may be pending on another master:
   * with its mark it is approved even so. The key; undefined if none is pending and no mark is given, or it is another one. Throws what
   * `keep` throws.
   */
  approve(node: number, mark?: string): NodeKeyReport | undefined {
    this.#forget()
    const pending = this.#pending.get(node)?.mark
    const named = mark ?? pending
    if (named === undefined || named !== (pending ?? named)) return undefined
    return this.let(node, named) ? this.#report(named) : undefined
  }

  /** What was decided of the keys of a node. */
  of(node: number): readonly NodeKeyReport[] {
    return this.#keys.all.filter((key) => key.node === node).map((key) => ({ ...key, connected: false }))
  }

  /** Lets the key with this mark be that of a node, as an approval does. False if it was revoked. Throws what `keep` throws. */
  let(node: number, mark: string): boolean {
    const isApproved = this.#decide((keys, time) => keys.approve(node, mark, time))
    if (isApproved) this.#pending.delete(node)
    return isApproved
  }

  /** Revokes the keys of a node, those that are pending too; with a mark that one alone. The keys. Throws what `keep` throws. */
  revoke(node: number, mark?: string): readonly NodeKeyReport[] {
    const pending = this.#pending.get(node)
    const marks = this.#keys.all
      .filter((key) => key.node === node && key.state === 'approved')
      .map((key) => key.mark)
      .concat(pending?.mark ?? [])
      .filter((one) => mark === undefined || one === mark)
    if (mark !== undefined && !marks.includes(mark)) marks.push(mark)
    this.#decide((keys, time) => {
      for (const one of marks) keys.revoke(one, node, time)
      return marks.length > 0
    })
    if (pending !== undefined && marks.includes(pending.mark)) this.#pending.delete(node)
    return marks.map((one) => this.#report(one))
  }

  /** All keys, those that are pending first. `shown` are the marks of keys that connections show now. */
  all(shown: ReadonlySet<string>): readonly NodeKeyReport[] {
    this.#forget()
    const waiting = [...this.#pending].map(([node, { mark, time }]) => {
      return { node, mark, state: 'pending' as const, time, connected: false }
    })
    return [...waiting, ...this.#keys.all.map((key) => ({ ...key, connected: shown.has(key.mark) }))]
  }

  /** What was decided, for another master that has a list with this digest; undefined if it is the same. */
  listFor(digest: Uint8Array): Buffer | undefined {
    if (Buffer.from(digest).equals(this.digest)) return undefined
    // What it has may be news for this one as well.
    this.#parts.changed()
    return this.#keys.text
  }

  /** SHA-256 of what was decided. */
  get digest(): Buffer {
    return createHash('sha256').update(this.#keys.text).digest()
  }

  /** Takes what another master decided. Throws NodeKeysError, and what `keep` throws. */
  merge(list: Uint8Array): void {
    const next = new NodeKeys(this.#keys.all)
    if (!next.merge(NodeKeys.parse(list))) return
    this.#parts.keep(next)
    this.#keys = next
    for (const [node, { mark }] of this.#pending) if (next.of(mark) !== undefined) this.#pending.delete(node)
    this.#parts.revoked()
  }

  /** What is decided counts once it is kept. */
  #decide(decide: (keys: NodeKeys, time: number) => boolean): boolean {
    const next = new NodeKeys(this.#keys.all)
    if (!decide(next, Math.floor(this.#parts.wallClock() / 1000))) return false
    this.#parts.keep(next)
    this.#keys = next
    this.#parts.revoked()
    this.#parts.changed()
    return true
  }

  /** A node that shows the certificate of its key may have another key in its place. Throws what `keep` throws. */
  #rotated({ node, rotated }: Applicant, shown: string, mark: string): boolean {
    const isDone = this.#decide((keys, time) => {
      // Another master may have issued the certificate: that key is to be revoked too.
      if (!keys.approve(node, mark, time)) return false
      keys.revoke(shown, node, time)
      return true
    })
    if (!isDone) return false
    this.#parts.log.warn({ node, before: shown, mark }, 'a node has a new key: the one before it is revoked')
    rotated?.(mark)
    return true
  }

  #noteRequest(node: number, mark: string): void {
    this.#forget()
    const isNews = this.#pending.get(node)?.mark !== mark
    this.#pending.delete(node)
    this.#pending.set(node, { mark, time: this.#now })
    const [oldest] = this.#pending.keys()
    if (this.#pending.size > PENDING_MAX && oldest !== undefined) this.#pending.delete(oldest)
    const times = isNews ? this.#told.times() : undefined
    if (times !== undefined) {
      this.#parts.log.info({ node, mark, times }, 'a node asks for a certificate: kickback keys approve')
    }
  }

  #forget(): void {
    for (const [node, { time }] of this.#pending) if (time < this.#now - PENDING_LASTS) this.#pending.delete(node)
  }

  get #now(): number {
    return Math.floor(this.#parts.wallClock() / 1000)
  }

  #report(mark: string): NodeKeyReport {
    const { node = 0, state = 'revoked', time = this.#now } = this.#keys.of(mark) ?? {}
    return { node, mark, state, time, connected: false }
  }
}
