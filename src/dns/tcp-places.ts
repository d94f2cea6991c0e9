/**
 * The places that TCP connections have, over all listeners. No client can take all of them: each address has so many, some are
 * for the cluster's own machines, and where all are taken the connection that has been idle for longest goes.
 */

/** The kind of a client: a machine of the configuration, another one that may ask, or one that may not. */
export type Guest = 'member' | 'other' | 'stranger'

/** The bounds of connections. */
export interface PlaceLimits {
  readonly connections: number
  /** How many of them are for members alone. */
  readonly reserved: number
  /** How many of them one client has, as clientKey counts them. */
  readonly perAddress: number
}

/** The bounds that are used unless a test wants others. */
export const PLACE_LIMITS: PlaceLimits = { connections: 256, reserved: 64, perAddress: 32 }

/** A connection that has a place. */
export interface Occupant {
  /** What the client is counted by (clientKey). */
  readonly client: string
  readonly isMember: boolean
  /** Ends the connection: another one needs the place. */
  evict(): void
}

/** Told of connections as they come and go, and of those that are turned away or evicted. */
interface PlaceObserver {
  opened(): void
  closed(): void
  refused(): void
}

/** All places. */
export class TcpPlaces {
  readonly #observer: PlaceObserver
  readonly #limits: PlaceLimits
  /** The connection that has been idle for longest comes first. */
  readonly #occupants = new Set<Occupant>()

  constructor(observer: PlaceObserver, limits: PlaceLimits = PLACE_LIMITS) {
    this.#observer = observer
    this.#limits = limits
  }

  /** Turns a connection away. */
  refuse(): void {
    this.#observer.refused()
  }

  /** Gives a connection a place, if need be that of another one. Whether it has one. */
  take(occupant: Occupant): boolean {
    const rival = this.#rivalOf(occupant)
    if (rival === 'none') {
      this.refuse()
      return false
    }
    if (rival !== undefined) {
      this.refuse()
      this.leave(rival)
      rival.evict()
    }
    this.#occupants.add(occupant)
    this.#observer.opened()
    return true
  }

  /** Notes that a connection brought a request or took a reply. */
  touch(occupant: Occupant): void {
    if (this.#occupants.delete(occupant)) this.#occupants.add(occupant)
  }

  /** Frees the place of a connection that has ended. */
  leave(occupant: Occupant): void {
    if (this.#occupants.delete(occupant)) this.#observer.closed()
  }

  /** The connection that must end for the newcomer; undefined if a place is free, `none` if it can have none. */
  #rivalOf({ client, isMember }: Occupant): Occupant | 'none' | undefined {
    const all = [...this.#occupants]
    const neighbours = all.filter((other) => other.client === client)
    if (neighbours.length >= this.#limits.perAddress) return neighbours[0]
    const others = all.filter((other) => !other.isMember)
    const { connections, reserved } = this.#limits
    if (isMember) return all.length < connections ? undefined : all[0]
    if (others.length < connections - reserved && all.length < connections) return undefined
    return others[0] ?? 'none'
  }
}
