/** The generations of a master: numbers and signs its own, and takes note of those that others have and that the cluster's key signed. */

import { type ConflictReport, conflictText } from '../../kickback/index.ts'
import {
  contentTimeOf,
  type GenerationHistory,
  generationOfSerial,
  type Header,
  headerOf,
  isPossibleNumber,
  Ledger,
  layout,
  masterIndex,
  mastersOfCluster,
  type NextHeader,
  Snapshot,
  stamp,
  withState,
} from '../../resolver/index.ts'
import { type Address, hex, type Log } from '../../values/index.ts'
import type { SnapshotPair } from '../candidate/candidate.ts'
import type { Served } from '../served.ts'
import type { Restored } from './restored.ts'
import { SIGNED_BY_ANOTHER } from './signing-key.ts'

/** How many holders of impossible numbers are remembered. */
const LOGGED_MAX = 64
/** What may be wrong with a kept snapshot whose content is good: what is said of it, and for the history. */
const KEPT_FAULTS = {
  'other-key': { message: SIGNED_BY_ANOTHER, cause: 'signed by another key before' },
  number: {
    message: 'the last good generation has a number that no master makes: it is served under a new one',
    cause: 'had a number that no master makes before',
  },
  rotated: {
    message:
      'the keys of the cluster have changed: what is served gets the signature of the key of this master, and a new number',
    cause: 'signed again by a key that counts',
  },
} as const
type KeptFault = keyof typeof KEPT_FAULTS

/** The keys of a master, as far as generations go. */
export interface LineageKeys {
  /** Signs as this master. */
  readonly sign: (message: Uint8Array) => Uint8Array
  /** Whether a header counts here: this master signed it, or another one whose key counts. */
  readonly proves: (header: Header) => boolean
  /** Whether the key that this master signs with now signed it. */
  readonly isOwn: (header: Header) => boolean
}

/** What a lineage works with. */
interface LineageParts {
  readonly history: GenerationHistory
  /** Whether what is served was restored from a backup, and nobody was met since; undefined if it never was. */
  readonly restored?: Pick<Restored, 'backup' | 'end'>
  readonly keys: LineageKeys
  readonly log: Log
  /** Seconds since 1970. */
  readonly clock: () => number
  /** The addresses that this machine has now: not those that the configuration means, which a copy of a master would share. */
  readonly own: () => readonly Address[]
  /** Has `renumbered` called, between reloads. */
  readonly renumber: () => void
}

/** What new bytes are stamped by. */
export interface StampOrder {
  /** When each input was written, in seconds since 1970. */
  readonly inputTimes: readonly number[]
  readonly isForced: boolean
  /** For the history. */
  readonly cause: string
}

/** What is served, under another number. */
interface Renumbered {
  readonly snapshot: Snapshot
  /** Whether another master made the header. */
  readonly isAdopted: boolean
}

/** The lineage of a master. */
export class Lineage {
  readonly #parts: LineageParts
  readonly #ledger: Ledger<Header>
  #current: Snapshot | undefined
  #logged: string | undefined
  /** Who has an impossible number, as far as the log has it. */
  readonly #impossible = new Set<string>()

  constructor(parts: LineageParts) {
    this.#parts = parts
    this.#ledger = new Ledger(parts.history)
  }

  /** Continues from the last good generation, as far as its number counts: `continued` gives another one to the rest. */
  resume({ public: own, shadow }: Served): void {
    const counts = (snapshot: Snapshot | undefined): snapshot is Snapshot =>
      snapshot !== undefined && this.#faultOf(snapshot) === undefined
    this.#current = counts(own) ? own : undefined
    const number = counts(shadow) ? shadow.generation : undefined
    this.#ledger.resume(this.#current?.header, number, this.#parts.clock())
    this.tellConflict()
  }

  /**
   * The last good generation as it is served: content that another key signed, or whose number no master makes, is good too, and gets a
   * new number and this master's signature.
   */
  continued({ public: own, shadow }: Served): Served {
    const renewed = (snapshot: Snapshot | undefined): Snapshot | undefined => {
      const fault = snapshot && this.#faultOf(snapshot)
      return snapshot === undefined || fault === undefined ? snapshot : this.#renewed(snapshot, fault)
    }
    return { public: renewed(own), shadow: renewed(shadow) }
  }

  /**
   * What is served, once other keys count, or this master has a new one (`isPromoted`): what a withdrawn key signed gets a new number and this master's
   * signature, and what other machines have by such a key is no longer met. Undefined if nothing is to be done.
   */
  resigned({ public: own, shadow }: Served, isPromoted: boolean): Partial<Served> | undefined {
    const { keys } = this.#parts
    const counts = isPromoted ? keys.isOwn : keys.proves
    this.#ledger.review((header) => keys.proves(header))
    this.tellConflict()
    const renewed = (snapshot: Snapshot | undefined): Snapshot | undefined =>
      snapshot === undefined || counts(snapshot.header) ? undefined : this.#renewed(snapshot, 'rotated')
    const [publicAgain, shadowAgain] = [renewed(own), renewed(shadow)]
    if (publicAgain === undefined && shadowAgain === undefined) return undefined
    return { ...(publicAgain && { public: publicAgain }), ...(shadowAgain && { shadow: shadowAgain }) }
  }

  /** Why a kept snapshot can't be served under its number. */
  #faultOf(snapshot: Snapshot): KeptFault | undefined {
    if (!this.#parts.keys.proves(snapshot.header) || !snapshot.verifyDigest()) return 'other-key'
    return isPossibleNumber(snapshot.generation) ? undefined : 'number'
  }

  /** The serials that the DNS secondaries hold: what is published next is newer to them. */
  heardSerials(serials: readonly number[]): void {
    const { clock, log } = this.#parts
    const last = this.#ledger.own?.generation
    const held = serials.map((serial) => generationOfSerial(serial, last ?? clock()))
    this.#ledger.heardSerials(held)
    for (const serial of held.filter((one) => one > (last ?? one))) {
      log.warn(
        { serial, generation: last },
        'a DNS secondary has a greater serial than this master; it copies the zones at the next generation',
      )
    }
  }

  /** Whether this master ever had a generation with this digest. */
  holds(generation: number, digest: Uint8Array): boolean {
    return this.#ledger.holds(generation, digest)
  }

  /** When a public generation of this master was published or adopted, in seconds since 1970, and why. */
  madeBy({ generation, digest }: Snapshot): { readonly time: number; readonly cause: string } {
    const past = this.#parts.history.find(generation, digest)
    return { time: past?.time ?? this.#parts.clock(), cause: past?.cause ?? 'unknown' }
  }

  /** Gives new bytes their header and signature, in place. Both snapshots of a reload have one number. */
  stamp(pair: SnapshotPair, { inputTimes, isForced, cause }: StampOrder): void {
    if (isForced) this.#parts.restored?.end('forced')
    const contentTime = contentTimeOf(inputTimes, this.#parts.clock())
    if (pair.public === undefined) {
      if (pair.shadow !== undefined) this.#stampShadow(pair.shadow, contentTime)
      return
    }
    const next = this.#put(pair.public, this.#next(pair.public, contentTime, isForced), cause)
    if (pair.shadow === undefined) return
    if (next.kind === 'new') stamp(pair.shadow, next, this.#parts.keys.sign)
    else this.#stampShadow(pair.shadow, contentTime)
  }

  #renewed(snapshot: Snapshot, fault: KeptFault): Snapshot {
    const { clock, log } = this.#parts
    const bytes = new Uint8Array(snapshot.bytes)
    this.#ledger.numbered(snapshot.generation)
    const contentTime = contentTimeOf([snapshot.header.contentTime], clock())
    if (snapshot.kind === layout.KINDS.PUBLIC) {
      log.warn({ generation: snapshot.generation }, KEPT_FAULTS[fault].message)
      this.#put(bytes, this.#next(bytes, contentTime, false), KEPT_FAULTS[fault].cause)
    } else {
      this.#stampShadow(bytes, contentTime)
    }
    return Snapshot.open(bytes)
  }

  /**
   * Learns which header somebody holds, as it came. A header that the cluster's key did not sign is ignored. `isAway`: it is another
   * machine that holds it, which tells that nothing restored is unheard of there.
   */
  met(bytes: Uint8Array, holder: string, isAway = true): void {
    const header = this.#provedHeader(bytes)
    if (header === undefined) return
    if (isAway) this.#parts.restored?.end(`met ${holder}`)
    const action = this.#ledger.met(header, holder, this.#parts.clock())
    if (action === 'impossible') this.#logImpossible(header.generation, holder)
    if (action === 'adopt' || action === 'raise') this.#parts.renumber()
    this.tellConflict()
  }

  /** Whoever asks tells what it holds again and again: each is logged once, as long as they are not many. */
  #logImpossible(generation: number, holder: string): void {
    if (this.#impossible.has(holder)) return
    if (this.#impossible.size >= LOGGED_MAX) this.#impossible.clear()
    this.#impossible.add(holder)
    this.#parts.log.warn({ generation, holder }, 'it has a number that no master makes: the number is ignored')
  }

  /** What is served, under the header of another master or under a number above it; undefined if nothing is to be done. */
  renumbered(): Renumbered | undefined {
    const current = this.#current
    if (current === undefined || !this.#ledger.isToBeRenumbered(this.#parts.clock())) return undefined
    const bytes = new Uint8Array(current.bytes)
    const next = this.#next(bytes, current.header.contentTime, false)
    this.#put(bytes, next, next.kind === 'new' ? 'above another master' : 'adopted')
    return { snapshot: Snapshot.open(bytes), isAdopted: next.kind === 'adopt' }
  }

  /** Why this master takes no nodes, for STATUS; undefined if it does. */
  conflict(): ConflictReport | undefined {
    const { own } = this.#ledger
    const [ownTime, ownDigest] = [own?.contentTime ?? 0, own === undefined ? '' : hex(own.digest)]
    const conflict = this.#ledger.conflict(this.#parts.clock())
    if (conflict !== undefined) {
      const { header, holders, reason } = conflict
      const { generation, digest, contentTime: time } = header
      return { reason, generation, digest: hex(digest), time, holders, own_time: ownTime, own_digest: ownDigest }
    }
    const backup = this.#parts.restored?.backup
    if (backup === undefined) return undefined
    const generation = own?.generation ?? 0
    return {
      reason: 'restored',
      generation,
      digest: ownDigest,
      time: backup,
      holders: [],
      own_time: ownTime,
      own_digest: ownDigest,
    }
  }

  /** Logs that a conflict began, is another, or ended. */
  tellConflict(): void {
    const { log, clock } = this.#parts
    const conflict = this.conflict()
    const state = conflict === undefined ? undefined : `${conflict.reason} ${conflict.generation} ${conflict.digest}`
    if (state === this.#logged) return
    this.#logged = state
    if (conflict === undefined) {
      log.info({}, 'the conflict has ended')
      return
    }
    const { generation, holders } = conflict
    log.error({ generation, holders: holders.join(', ') }, conflictText(conflict))
    for (const floor of this.#ledger.disbelieved(clock()))
      log.warn({ floor }, 'another machine has a number that is too far ahead; it is not followed')
  }

  #next(bytes: Uint8Array, contentTime: number, isForced: boolean): NextHeader<Header> {
    const { clock, own } = this.#parts
    const snapshot = Snapshot.open(bytes)
    const cluster = snapshot.kind === layout.KINDS.PUBLIC ? snapshot : this.#current
    const index = cluster === undefined ? 0 : masterIndex(mastersOfCluster(cluster), own())
    return this.#ledger.next({ digest: snapshot.digest, contentTime, isForced }, clock(), index)
  }

  /** Puts a header over public bytes; what they are then is ours. */
  #put(bytes: Uint8Array, next: NextHeader<Header>, cause: string): NextHeader<Header> {
    if (next.kind === 'new') stamp(bytes, next, this.#parts.keys.sign)
    else bytes.set(next.header.bytes)
    this.#current = Snapshot.open(bytes)
    this.#ledger.published(this.#current.header, cause, this.#parts.clock())
    this.tellConflict()
    return next
  }

  /**
   * Gives the shadow snapshots of nodes one number, above `last` and all others, and this master's signature, in place. The number. They are no
   * generations that other masters hear of.
   */
  stampGranted(all: readonly Uint8Array[], inputTimes: readonly number[], last: number): number {
    this.#ledger.numbered(last)
    const [first = new Uint8Array()] = all
    const next = this.#next(first, contentTimeOf(inputTimes, this.#parts.clock()), false)
    if (next.kind !== 'new') throw new TypeError('shadow is nobody else to adopt from')
    for (const bytes of all) stamp(bytes, { ...next, forcedAt: 0 }, this.#parts.keys.sign)
    this.#ledger.numbered(next.generation)
    return next.generation
  }

  #stampShadow(bytes: Uint8Array, contentTime: number): void {
    const next = this.#next(bytes, contentTime, false)
    if (next.kind !== 'new') throw new TypeError('shadow is nobody else to adopt from')
    stamp(bytes, { ...next, forcedAt: 0 }, this.#parts.keys.sign)
    this.#ledger.numbered(next.generation)
  }

  /** The header of a public snapshot that the cluster's key signed; its bytes are a copy. */
  #provedHeader(bytes: Uint8Array): Header | undefined {
    try {
      const header = headerOf(withState(Uint8Array.from(bytes), 0))
      const own = this.#ledger.own
      // Most that nodes hold is what we served a moment ago: no signature need be checked for that.
      const isBehind = header.generation <= (own?.generation ?? 0)
      const isInDoubt = this.#parts.restored?.backup !== undefined
      const isOurs = isBehind && !isInDoubt && this.holds(header.generation, header.digest)
      if (isOurs || header.kind !== layout.KINDS.PUBLIC) return undefined
      return this.#parts.keys.proves(header) ? header : undefined
    } catch {
      return undefined
    }
  }
}
