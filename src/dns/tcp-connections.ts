/**
 * The TCP connections of all listeners, counted. No client can have all of them: each address has so many, some are for the
 * cluster's own machines, and where there are as many as may be the one that has been idle for longest goes.
 */

/** The kind of a client: a machine of the configuration, another one that may ask, or one that may not. */
export type Guest = 'member' | 'other' | 'stranger'

/** Those that may ask: the kinds of connections, which have their turns one after the other (Turns). */
export const GUEST_KINDS = ['member', 'other'] as const satisfies readonly Guest[]

/** One of these kinds. */
export type GuestKind = (typeof GUEST_KINDS)[number]

/** The bounds of connections. */
export interface ConnectionLimits {
  readonly connections: number
  /** How many of them are for members alone. */
  readonly reserved: number
  /** How many of them one client has, as clientKey counts them. */
  readonly perAddress: number
}

/** The bounds that are used unless a test wants others. */
export const CONNECTION_LIMITS: ConnectionLimits = { connections: 256, reserved: 64, perAddress: 32 }

/** A connection that is counted. */
export interface Occupant {
  /** What the client is counted by (clientKey). */
  readonly client: string
  readonly isMember: boolean
  /** Ends the connection to make room for another one. */
  evict(): void
}

/** Told of connections as they come and go, and of those that are turned away or evicted. */
interface ConnectionObserver {
  opened(): void
  closed(): void
  refused(): void
}

/** All connections, and who makes room for whom. */
export class TcpConnections {
  readonly #observer: ConnectionObserver
  readonly #limits: ConnectionLimits
  /** The connection that has been idle for longest comes first. */
  readonly #occupants = new Set<Occupant>()

  constructor(observer: ConnectionObserver, limits: ConnectionLimits = CONNECTION_LIMITS) {
    this.#observer = observer
    this.#limits = limits
  }

  /** Turns a connection away. */
  refuse(): void {
    this.#observer.refused()
  }

  /** Counts a new connection, which may end another one. False if there is no room for it. */
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

  /** Notes that a connection has ended. */
  leave(occupant: Occupant): void {
    if (this.#occupants.delete(occupant)) this.#observer.closed()
  }

  /** The connection that must end for the newcomer; undefined if there is room, `none` if there is none for it. */
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
