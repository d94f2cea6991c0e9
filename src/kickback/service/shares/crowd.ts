/**
 * The connections of a door, counted by where they come from, and who makes room for whom. No source keeps another out by
 * holding many: where there are as many as may be, the source with the most gives one up.
 */
import type { Clock } from '../../../values/index.ts'
import { ENDINGS } from '../counts/endings.ts'
import type { Limits } from './limits.ts'

/** Where connections come from. */
export interface Origin {
  readonly key: string
  /** Whether the cluster's configuration knows it, as a node or a master. */
  readonly isConfigured: boolean
}

/** A connection that is counted. */
export interface Holder {
  /** When it last sent something, on the clock. */
  readonly active: number
  readonly follows: boolean
  destroy(broken: string): void
}

/** What is known of a source. */
interface Party {
  readonly source: Origin
  readonly holders: Set<Holder>
  followers: number
}

/** The connections of one door. */
export class Crowd {
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #parties = new Map<string, Party>()
  /** The sources by how many connections they hold. */
  readonly #bySize = new Map<number, Set<Party>>()
  #size = 0
  #guests = 0
  #followers = 0

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** How many connections there are. */
  get size(): number {
    return this.#size
  }

  /** How many of them follow. */
  get followers(): number {
    return this.#followers
  }

  /** How many connections a source holds. */
  held(key: string): number {
    return this.#parties.get(key)?.holders.size ?? 0
  }

  /** Whether there is room for one more connection of this source. May end another one to make it. */
  admits(source: Origin): boolean {
    const { connections, perAddress, guests } = this.#limits
    const own = this.held(source.key)
    if (own >= perAddress) return false
    if (!source.isConfigured && this.#guests >= guests && !this.#makeRoom(source.key, own, true)) return false
    return this.#size < connections || this.#makeRoom(source.key, own, false)
  }

  /** Counts a connection. */
  enter(source: Origin, holder: Holder): void {
    const party = this.#parties.get(source.key) ?? { source, holders: new Set(), followers: 0 }
    this.#parties.set(source.key, party)
    this.#resized(party, () => party.holders.add(holder))
    this.#size++
    if (!party.source.isConfigured) this.#guests++
  }

  /** Counts it no longer; a follower is still counted among the followers, until it unfollows. */
  leave(source: Origin, holder: Holder): void {
    const party = this.#parties.get(source.key)
    if (party === undefined || !party.holders.has(holder)) return
    this.#resized(party, () => party.holders.delete(holder))
    this.#size--
    if (!party.source.isConfigured) this.#guests--
    if (party.holders.size === 0) this.#parties.delete(source.key)
  }

  /** Counts one more follower of a source; false if there is no room. May end a follower to make it. */
  follows(source: Origin): boolean {
    const party = this.#parties.get(source.key)
    const { subscribers, subscribersPerAddress } = this.#limits
    if (party === undefined || party.followers >= subscribersPerAddress) return false
    if (this.#followers >= subscribers && !this.#makeRoomToFollow(party)) return false
    party.followers++
    this.#followers++
    return true
  }

  /** Counts it no longer. */
  unfollows(source: Origin): void {
    const party = this.#parties.get(source.key)
    if (party !== undefined) party.followers--
    this.#followers--
  }

  #resized(party: Party, change: () => void): void {
    const before = this.#bySize.get(party.holders.size)
    before?.delete(party)
    if (before?.size === 0) this.#bySize.delete(party.holders.size)
    change()
    const { size } = party.holders
    if (size === 0) return
    const after = this.#bySize.get(size) ?? new Set()
    this.#bySize.set(size, after.add(party))
  }

  /**
   * Ends one connection for a newcomer whose source holds `own` connections: of a source that holds more, the most first, one that
   * follows nothing; then of its own source; then a follower of a source that would still hold more; then one that has been
   * silent for too long. Of several the one that has been idle the longest. False if there is none.
   */
  #makeRoom(key: string, own: number, areGuests: boolean): boolean {
    const sizes = [...this.#bySize.keys()].sort((a, b) => b - a)
    const at = (size: number): Party[] =>
      [...(this.#bySize.get(size) ?? [])].filter(({ source }) => !(areGuests && source.isConfigured))
    for (const size of sizes.filter((each) => each > own)) if (endIdlest(at(size), false)) return true
    const party = this.#parties.get(key)
    if (party !== undefined && endIdlest([party], false)) return true
    for (const size of sizes.filter((each) => each > own + 1)) if (endIdlest(at(size), true)) return true
    return endIdlest(sizes.flatMap(at), true, this.#silentSince)
  }

  /** The same among the followers. */
  #makeRoomToFollow(newcomer: Party): boolean {
    const parties = [...this.#parties.values()].filter(({ followers }) => followers > 0)
    const most = parties.reduce((greatest, { followers }) => Math.max(greatest, followers), 0)
    const isGreedy = most > newcomer.followers + 1
    if (isGreedy)
      return endIdlest(
        parties.filter(({ followers }) => followers === most),
        true,
      )
    return endIdlest(parties, true, this.#silentSince)
  }

  /** A follower that has sent nothing since then is treated as gone: followers send HELLO from time to time. */
  get #silentSince(): number {
    return this.#clock.now() - this.#limits.silent
  }
}

/** Ends the connection that has been idle the longest; false if there is none that was active last before `before`. */
function endIdlest(parties: readonly Party[], areFollowers: boolean, before = Number.POSITIVE_INFINITY): boolean {
  let idlest: Holder | undefined
  for (const { holders, followers } of parties) {
    if (areFollowers ? followers === 0 : followers === holders.size) continue
    for (const holder of holders) {
      if (holder.follows === areFollowers && holder.active < (idlest?.active ?? before)) idlest = holder
    }
  }
  idlest?.destroy(ENDINGS.room)
  return idlest !== undefined
}
