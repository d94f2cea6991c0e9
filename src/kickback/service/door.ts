/** One way in: a listening place with its sessions, and the bounds on their number. */
import type { SecureContext } from 'node:tls'
import { type Asker, CertificateError } from '../../resolver/index.ts'
import {
  type ByteBudget,
  type Clock,
  handlers,
  inBatches,
  type Log,
  LogBound,
  type Turns,
  type WallClock,
} from '../../values/index.ts'
import { type Link, type Listener, type Newcomer, type Peer, type Place, placeName } from '../transport/link.ts'
import { listen } from '../transport/listener.ts'
import type { OperationName } from '../wire/protocol.ts'
import { ENDINGS, type Ending, endingOf } from './counts/endings.ts'
import { type DoorName, doorName, type Tally } from './counts/tally.ts'
import { peerName } from './nodes.ts'
import type { Service } from './question.ts'
import type { Beats } from './session/beats.ts'
import { Session, type SessionOptions } from './session/session.ts'
import { Crowd, type Origin } from './shares/crowd.ts'
import { Entrance } from './shares/entrance.ts'
import type { Handshakes } from './shares/handshakes.ts'
import { LEAST_SHARE, type Limits } from './shares/limits.ts'
import {
  type ConnectionKind,
  type Credentials,
  denialFrame,
  localVisitor,
  networkVisitor,
  newcomerDenial,
  originOf,
  shownVisitor,
  type Visitor,
} from './shares/visitor.ts'

/** Who comes in here: anyone of this machine, group shadow, root, or machines of the network. */
export type DoorKind = Asker['via']

/** What a door needs of its server. */
interface DoorOptions {
  readonly kind: DoorKind
  readonly place: Place
  readonly service: Service
  readonly limits: Limits
  readonly clock: Clock
  readonly log: Log
  /** Shared by all doors of a service: turns of the event loop, bytes of requests in wait, and bytes of answers in wait. */
  readonly turns: Turns<ConnectionKind>
  readonly kept: ByteBudget<Session>
  readonly unread: ByteBudget<Session>
  readonly beats: Beats
  /** The group of a Unix socket. */
  readonly group?: number
  /** The mode of a Unix socket, default 0666. */
  readonly mode?: number
  /** Connections begin with TLS; undefined for those that do not. */
  readonly tls?: DoorTls | undefined
  readonly onQuestion: (operation: OperationName) => void
  /** Counts what doors of this kind answer. */
  readonly tally: Tally
  /** Gives each session its number in the order in which they came. */
  readonly nextSerial: () => number
  /** Called with the generation of a node, as Session reports it. */
  readonly onHeld: SessionOptions['onHeld']
}

/** How a service takes connections that begin with TLS. */
export interface TlsService extends Credentials {
  /** What this end shows now. */
  readonly context: () => SecureContext
  /** Milliseconds since 1970: certificates end by the wall clock. */
  readonly wallClock: WallClock
}

/** The same for a door; the pace of handshakes is that of all doors together. */
interface DoorTls extends TlsService {
  readonly handshakes: Handshakes
}

/** How often idle sessions are looked for, as a part of the time that they may be idle. */
const SWEEPS = 4
/** How many sessions are looked at, or ended, in one turn of the event loop. */
const SWEEP_BATCH = 64
/** How many connections beyond the limit are accepted, to be turned away or to have others make room. */
const NEWCOMERS = 64

const COUNTS_NO_LONGER = 'its certificate counts no longer: the trust list has changed'

/** Whether the certificate of a session is believed now. */
function isBelieved({ peer }: Session, { judge }: Credentials): boolean {
  try {
    if (peer.via === 'tcp' && peer.tls?.certificate !== undefined) judge(peer.tls.certificate)
    return true
  } catch (error) {
    if (error instanceof CertificateError) return false
    throw error
  }
}

/** A listening place and the sessions that came in by it. */
export class Door {
  /** How many connections were turned away because there were too many, or ended for breaking a limit. */
  refused = 0
  /** How many connections were turned away because their address may not ask here. */
  denied = 0
  readonly #options: DoorOptions
  readonly #sessions = new Set<Session>()
  readonly #crowd: Crowd
  /** Clients cause these lines, and could cause them without end. */
  readonly #lines: { readonly denied: LogBound; readonly accept: LogBound; readonly fault: LogBound }
  #listener: Listener | undefined
  #cancelSweep: (() => void) | undefined
  #entrance: Entrance | undefined

  private constructor(options: DoorOptions) {
    this.#options = options
    this.#crowd = new Crowd(options.limits, options.clock)
    const bound = (): LogBound => new LogBound(options.clock)
    this.#lines = { denied: bound(), accept: bound(), fault: bound() }
  }

  /** Opens a door. Throws TransportError if the place can't be listened on. */
  static async open(options: DoorOptions): Promise<Door> {
    const door = new Door(options)
    door.#listener = await listen(options.place, {
      ...options,
      // More than are allowed, so that the newest are here to choose who makes room for them.
      maxConnections: options.limits.connections + NEWCOMERS,
      onLink: (link) => door.#enter(link),
      tls: door.#tlsDoor(options.tls),
      onError: (error) => door.#tell('accept', error, 'cannot accept a connection'),
    })
    return door
  }

  /** Where it is; the port is the real one. */
  get place(): Place {
    return this.#listener?.place ?? this.#options.place
  }

  /** Which kind of door it is, for counts. */
  get name(): DoorName {
    return doorName(this.#options.kind, this.isSecure)
  }

  /** Whether connections begin with TLS. */
  get isSecure(): boolean {
    return this.#options.tls !== undefined
  }

  /** The sessions that are there. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions
  }

  /** How many of them follow generations. */
  get followers(): number {
    return this.#crowd.followers
  }

  /** Accepts no more connections, sends what is queued, ends all sessions; those that do not read within `grace` ms at once. */
  async close(grace: number): Promise<void> {
    this.#cancelSweep?.()
    const closed = this.#listener?.close()
    this.#entrance?.close()
    for (const session of this.#sessions) session.end()
    const end = (): void => {
      for (const session of this.#sessions) session.destroy(ENDINGS.closing)
    }
    const cancel = this.#options.clock.after(grace, handlers.guard('door closing', end, end))
    await closed
    cancel()
  }

  /** Ends the connections of those that are revoked by now, which are told, and those whose certificates have ended, or count no longer if they are judged again. */
  endUncertified(isJudgedAgain = false): void {
    const { tls } = this.#options
    if (tls === undefined) return
    const now = tls.wallClock()
    for (const session of this.#sessions) {
      const { asker } = session
      if (asker.via !== 'network' || asker.mark === undefined) continue
      if (tls.isRevoked(asker.mark)) session.expel(denialFrame(session, 'its key was revoked', true))
      else if (asker.until !== undefined && now >= asker.until) session.destroy(ENDINGS.certificate)
      else if (isJudgedAgain && !isBelieved(session, tls)) session.expel(denialFrame(session, COUNTS_NO_LONGER))
    }
  }

  #tlsDoor(tls: DoorTls | undefined): { context: DoorTls['context']; onNewcomer: (one: Newcomer) => void } | undefined {
    if (tls === undefined) return undefined
    const entrance = new Entrance({
      ...{ crowd: this.#crowd, handshakes: tls.handshakes, clock: this.#options.clock },
      entered: (link) => this.#enter(link),
      failed: ({ peer }, reason) => {
        this.#refuse(endingOf(reason, 'handshake'))
        this.#options.log.debug({ peer: peerName(peer), reason }, 'connection ended')
      },
    })
    this.#entrance = entrance
    return { context: tls.context, onNewcomer: (newcomer) => this.#meet(newcomer, entrance) }
  }

  /** Who begins with TLS is judged by its address first: a stranger costs no handshake. */
  #meet(newcomer: Newcomer, entrance: Entrance): void {
    const { service, limits } = this.#options
    const snapshot = service.public.current
    const denied = newcomerDenial(newcomer, snapshot, service.policy)
    if (denied !== undefined) {
      newcomer.destroy()
      this.#tellDenied(newcomer.peer, denied)
      return
    }
    const visitor = networkVisitor(newcomer, snapshot, service.policy)
    const source = originOf(visitor, (key) => this.#crowd.held(key), limits.reserved)
    if (this.#crowd.admits(source)) {
      entrance.admit(newcomer, source, visitor.isRoot)
      return
    }
    this.#refuse('full')
    newcomer.destroy()
  }

  #enter(link: Link): void {
    this.#options.turns.newcomer()
    const visitor = this.#visitor(link)
    if (visitor.denied !== undefined) {
      link.turnAway(denialFrame(link, visitor.denied, visitor.isRevoked))
      this.#tellDenied(link.peer, visitor.denied)
      return
    }
    const source = originOf(visitor, (key) => this.#crowd.held(key), this.#options.limits.reserved)
    if (this.#crowd.admits(source)) {
      this.#sessionOver(link, visitor, source)
      return
    }
    this.#refuse('full')
    link.destroy()
  }

  #refuse(ending: Ending): void {
    this.refused++
    this.#options.tally.ended(ending)
  }

  #visitor(link: Link): Visitor {
    const { kind, service, tls } = this.#options
    if (kind !== 'network') return localVisitor(kind)
    const snapshot = service.public.current
    return shownVisitor(networkVisitor(link, snapshot, service.policy), link, snapshot, tls)
  }

  /** A stranger was told that it is one. Nothing that it sends is read. */
  #tellDenied(peer: Peer, reason: string): void {
    this.denied++
    if (this.#lines.denied.times() === undefined) return
    this.#options.log.warn({ peer: peerName(peer), reason, denied: this.denied }, 'a connection was denied')
  }

  /** Logs an error with how often it came since the last line. */
  #tell(line: 'accept' | 'fault', error: unknown, message: string): void {
    const times = this.#lines[line].times()
    const { log, place } = this.#options
    if (times !== undefined) log.error({ err: error, place: placeName(place), times }, message)
  }

  #sessionOver(link: Link, { asker, source: usual, isRoot }: Visitor, source: Origin): void {
    const { service, limits, clock, turns, kept, unread, beats, onQuestion, tally, nextSerial, onHeld } = this.#options
    const session = new Session({
      link,
      asker,
      source: source.key,
      isRoot: isRoot && source !== usual,
      serial: nextSerial(),
      ...{ service, limits, clock, turns, kept, unread, beats, onQuestion, tally, onHeld },
      queueBound: () => this.#queueBound(),
      mayFollow: () => this.#crowd.follows(source),
      onUnfollowed: () => this.#crowd.unfollows(source),
      onClosed: (broken) => this.#left(session, source, broken),
      onFault: (error) => this.#tell('fault', error, 'a question could not be answered'),
    })
    this.#sessions.add(session)
    if (this.#cancelSweep === undefined) this.#sweepLater()
    this.#crowd.enter(source, session)
    session.start()
  }

  /** The share of one session in what may wait for all of them. */
  #queueBound(): number {
    const { queuedBytes, allQueuedBytes } = this.#options.limits
    return Math.max(LEAST_SHARE, Math.min(queuedBytes, allQueuedBytes / this.#sessions.size))
  }

  #left(session: Session, source: Origin, broken: string | undefined): void {
    this.#sessions.delete(session)
    this.#crowd.leave(source, session)
    if (broken === undefined) return
    this.#refuse(endingOf(broken, 'protocol'))
    this.#options.log.debug({ peer: peerName(session.peer), reason: broken }, 'connection ended')
  }

  #sweepLater(): void {
    const { clock, limits, service } = this.#options
    const sweep = (): void => {
      this.#cancelSweep = undefined
      // Where nobody is nothing is to be looked at: an idle machine is not woken.
      if (this.#sessions.size > 0) this.#sweepLater()
      const since = clock.now() - limits.idle
      inBatches([...this.#sessions], SWEEP_BATCH, (session) => {
        if (session.active < since && !service.waits.has(session)) session.destroy(ENDINGS.silent)
        else session.noteBytes()
      })
      this.endUncertified()
      service.public.tidy()
      service.shadow.tidy()
    }
    this.#cancelSweep = clock.after(
      limits.idle / SWEEPS,
      handlers.guard('door sweep', sweep, () => this.#sweepLater()),
    )
  }
}
