/** One way in: a listening place with its sessions, and the bounds on their number. */
import { addressKey } from '../config/index.ts'
import type { Asker } from '../resolver/index.ts'
import { type Clock, handlers, type Log } from '../values/index.ts'
import { LEAST_SHARE, type Limits } from './limits.ts'
import { type Link, type Listener, type Peer, type Place, placeName } from './link.ts'
import type { OperationName } from './protocol.ts'
import type { Held } from './service/holdings.ts'
import { peerName } from './service/nodes.ts'
import type { Service } from './service/question.ts'
import { Session } from './session.ts'
import { listen } from './transport.ts'

/** Who comes in here: anyone of this machine, group shadow, root, or machines of the network. */
export type DoorKind = Asker['via']

/** What a door needs of its server. */
export interface DoorOptions {
  readonly kind: DoorKind
  readonly place: Place
  readonly service: Service
  readonly limits: Limits
  readonly clock: Clock
  readonly log: Log
  /** The group of a Unix socket. */
  readonly group?: number
  /** The mode of a Unix socket, default 0666. */
  readonly mode?: number
  readonly onQuestion: (operation: OperationName) => void
  /** Gives each session its place in the order in which they came. */
  readonly nextSerial: () => number
  /** Told of what a node holds, as Session tells it. */
  readonly onHeld: (before: Held | undefined, after: Held | undefined) => void
}

/** How often idle sessions are looked for, as a part of the time that they may be idle. */
const SWEEPS = 4

/** A listening place and the sessions that came in by it. */
export class Door {
  /** How many sessions were turned away, or ended for breaking a limit. */
  refused = 0
  readonly #options: DoorOptions
  readonly #sessions = new Set<Session>()
  readonly #perAddress = new Map<string, number>()
  #followers = 0
  #listener: Listener | undefined
  #cancelSweep: (() => void) | undefined

  private constructor(options: DoorOptions) {
    this.#options = options
  }

  /** Opens a door. Throws TransportError where the place can't be listened on. */
  static async open(options: DoorOptions): Promise<Door> {
    const door = new Door(options)
    door.#listener = await listen(options.place, {
      ...options,
      // One more than is allowed, so that the newest is here to choose who makes room for it.
      maxConnections: options.limits.connections + 1,
      onLink: (link) => door.#enter(link),
      onError: (error) => options.log.error({ err: error, place: placeName(options.place) }, 'listening goes wrong'),
    })
    door.#sweepLater()
    return door
  }

  /** Where it is; the port is the real one. */
  get place(): Place {
    return this.#listener?.place ?? this.#options.place
  }

  /** The sessions that are there. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions
  }

  /** How many of them follow generations. */
  get followers(): number {
    return this.#followers
  }

  /** Lets nobody in any more, sends what is queued, ends all sessions; those that do not read within `grace` ms at once. */
  async close(grace: number): Promise<void> {
    this.#cancelSweep?.()
    const closed = this.#listener?.close()
    for (const session of this.#sessions) session.end()
    const end = (): void => {
      for (const session of this.#sessions) session.destroy('the service ends')
    }
    const cancel = this.#options.clock.after(grace, handlers.guard('door closing', end, end))
    await closed
    cancel()
  }

  #enter(link: Link): void {
    const key = addressOfPeer(link.peer)
    const { limits } = this.#options
    const count = this.#perAddress.get(key) ?? 0
    if (count >= limits.perAddress || (this.#sessions.size >= limits.connections && !this.#makeRoom())) {
      this.refused++
      link.destroy()
      return
    }
    this.#perAddress.set(key, count + 1)
    this.#sessionOver(link, key)
  }

  #sessionOver(link: Link, key: string): void {
    const { service, limits, clock, log, onQuestion, nextSerial, onHeld } = this.#options
    const session = new Session({
      link,
      asker: this.#askerAt(link.peer),
      serial: nextSerial(),
      service,
      limits,
      clock,
      queueBound: () => this.#queueBound(),
      mayFollow: () => this.#mayFollow(),
      onUnfollowed: () => {
        this.#followers--
      },
      onHeld,
      onQuestion,
      onClosed: (broken) => this.#left(session, key, broken),
      onFault: (error) => log.error({ err: error }, 'a question could not be answered'),
    })
    this.#sessions.add(session)
    session.start()
  }

  #askerAt(peer: Peer): Asker {
    const { kind } = this.#options
    if (kind !== 'network') return { via: kind }
    // A Unix peer can't come in here; if it could, it would be nobody.
    return { via: 'network', address: peer.via === 'tcp' ? peer.address.bytes : new Uint8Array(4) }
  }

  /** The share of one session in what may wait for all of them. */
  #queueBound(): number {
    const { queuedBytes, allQueuedBytes } = this.#options.limits
    return Math.max(LEAST_SHARE, Math.min(queuedBytes, allQueuedBytes / this.#sessions.size))
  }

  #mayFollow(): boolean {
    if (this.#followers >= this.#options.limits.subscribers) return false
    this.#followers++
    return true
  }

  #left(session: Session, key: string, broken: string | undefined): void {
    this.#sessions.delete(session)
    const count = (this.#perAddress.get(key) ?? 1) - 1
    if (count > 0) this.#perAddress.set(key, count)
    else this.#perAddress.delete(key)
    if (broken === undefined) return
    this.refused++
    this.#options.log.debug({ peer: peerName(session.peer), reason: broken }, 'connection ended')
  }

  /** Ends the session that has been idle the longest and follows nothing; false where there is none. */
  #makeRoom(): boolean {
    let longest: Session | undefined
    for (const session of this.#sessions) {
      if (!session.follows && (longest === undefined || session.active < longest.active)) longest = session
    }
    longest?.destroy('made room for another')
    return longest !== undefined
  }

  #sweepLater(): void {
    const { clock, limits } = this.#options
    const sweep = (): void => {
      this.#sweepLater()
      const since = clock.now() - limits.idle
      for (const session of this.#sessions) if (session.active < since) session.destroy('said nothing')
    }
    this.#cancelSweep = clock.after(
      limits.idle / SWEEPS,
      handlers.guard('door sweep', sweep, () => this.#sweepLater()),
    )
  }
}

/** What connections are counted by: the address, all of this machine's askers together. */
function addressOfPeer(peer: Peer): string {
  return peer.via === 'unix' ? '' : addressKey(peer.address)
}
