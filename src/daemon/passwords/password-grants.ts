/** The shadow entries that a master grants to nodes: a snapshot for all nodes with the same rules, and what was given to whom. */
import type { GivenTo } from '../../kickback/index.ts'
import { Snapshot, sameDigest } from '../../resolver/index.ts'
import { type Log, messageOf, type WallClock, wallClock } from '../../values/index.ts'
import type { Candidate } from '../candidate/candidate.ts'
import type { PasswordGrant } from '../candidate/passwords.ts'
import type { Lineage } from '../generations/lineage.ts'
import { GivenPasswords } from './given-passwords.ts'

const UNNOTED = 'it cannot be written down which nodes are given password hashes, so none is given any until it can'

/** What they work with. */
interface PasswordGrantsParts {
  readonly stateDir: string
  readonly lineage: Pick<Lineage, 'stampGranted'>
  readonly log: Log
  /** Whether the state dir was restored from a backup, and nobody was met since. */
  readonly isRestored?: boolean
  /** Milliseconds since 1970; that of the machine unless set. */
  readonly wallClock?: WallClock
}

/** What nodes with the same rules are granted. */
interface Grant {
  readonly rules: string
  readonly users: readonly string[]
  readonly snapshot: Snapshot
}

/** By the number of a node. */
type Grants = ReadonlyMap<number, Grant>

/** The grants of a master. */
export class PasswordGrants {
  readonly #parts: PasswordGrantsParts
  readonly #given: GivenPasswords
  #now: Grants | undefined
  #before: Grants = new Map()
  #inputTimes: readonly number[] = []
  /** Why the disk took no note the last time; undefined where it did. */
  #unnoted: string | undefined

  constructor(parts: PasswordGrantsParts) {
    this.#parts = parts
    const { stateDir, log, isRestored = false } = parts
    this.#given = GivenPasswords.open(stateDir, { log, isRestored, now: (parts.wallClock ?? wallClock)() / 1000 })
  }

  /** See GivenPasswords. */
  get damaged(): string | undefined {
    return this.#given.damaged
  }

  /** Whether it is known what is granted. */
  get isKnown(): boolean {
    return this.#now !== undefined
  }

  /** The snapshot of a node; undefined if it is granted none. */
  readonly of = (node: number): Snapshot | undefined => this.#now?.get(node)?.snapshot

  /** The one with this number, if its entries are what the node is granted now: it may have had another number a moment ago. */
  readonly numbered = (node: number, generation: number): Snapshot | undefined => {
    const now = this.of(node)
    if (now === undefined) return undefined
    const both = [now, this.#before.get(node)?.snapshot]
    return both.find((one) => one?.generation === generation && sameDigest(one, now))
  }

  /** Notes on disk that a node is about to get a snapshot. Rejects with the system's error, which is logged once. */
  readonly noted = async (node: number, snapshot: Snapshot): Promise<void> => {
    const grant = [this.#now?.get(node), this.#before.get(node)].find((one) => one?.snapshot === snapshot)
    if (grant === undefined) return
    try {
      await this.#given.noted(node, grant.rules, grant.users)
      this.#unnoted = undefined
    } catch (error) {
      const reason = messageOf(error)
      if (reason !== this.#unnoted) this.#parts.log.error({ reason }, UNNOTED)
      this.#unnoted = reason
      throw error
    }
  }

  /** Whether a time is over. */
  readonly isOver = (until: number): boolean => (this.#parts.wallClock ?? wallClock)() >= until

  /** The users whose hashes a node was given at some time. */
  readonly givenTo = (node: number): GivenTo => ({ users: this.#given.of(node), lost: this.#given.lost })

  /** Grants what a candidate says, where it says anything. Whether that is something else than before. */
  learn({ granted, inputTimes }: Pick<Candidate, 'granted' | 'inputTimes'>): boolean {
    if (granted === undefined) return false
    this.#inputTimes = inputTimes
    const known = new Map([...(this.#now?.values() ?? [])].map((grant) => [grant.rules, grant]))
    const some = granted.filter(({ users }) => users.length > 0)
    const isSame = ({ rules, bytes }: PasswordGrant): boolean => {
      const before = known.get(rules)?.snapshot
      return before !== undefined && sameDigest(before, Snapshot.open(bytes))
    }
    this.#stamp(some.filter((grant) => !isSame(grant)).map(({ bytes }) => bytes))
    const now = new Map<number, Grant>()
    for (const grant of some) {
      const { rules, users, bytes, nodes } = grant
      const snapshot = (isSame(grant) ? known.get(rules)?.snapshot : undefined) ?? Snapshot.open(bytes)
      for (const { first, last = first } of nodes) {
        for (let node = first; node <= last; node++) now.set(node, { rules, users, snapshot })
      }
    }
    return this.#change(now)
  }

  /** Other keys count now, or this master signs with another one: all gets a new number and its signature. */
  resigned(): void {
    const copies = new Map<Snapshot, Uint8Array>()
    for (const { snapshot } of this.#now?.values() ?? [])
      copies.set(snapshot, copies.get(snapshot) ?? new Uint8Array(snapshot.bytes))
    this.#stamp([...copies.values()])
    const signed = new Map([...copies].map(([before, bytes]) => [before, Snapshot.open(bytes)]))
    const again = [...(this.#now ?? [])].map(
      ([node, grant]) => [node, { ...grant, snapshot: signed.get(grant.snapshot) ?? grant.snapshot }] as const,
    )
    if (this.#now !== undefined) this.#change(new Map(again))
  }

  #stamp(all: readonly Uint8Array[]): void {
    if (all.length === 0) return
    this.#given.numbered(this.#parts.lineage.stampGranted(all, this.#inputTimes, this.#given.number))
  }

  #change(now: Grants): boolean {
    const before = this.#now
    const isOther =
      before === undefined ||
      before.size !== now.size ||
      [...now].some(([node, grant]) => before.get(node)?.snapshot !== grant.snapshot)
    if (!isOther) return false
    this.#before = before ?? new Map()
    this.#now = now
    const rules = new Set([...now.values()].map((grant) => grant.rules))
    if (now.size > 0 || this.#before.size > 0)
      this.#parts.log.info({ nodes: now.size, rules: rules.size }, 'other shadow entries are granted to nodes')
    return true
  }
}
