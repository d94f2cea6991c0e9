/** The service: doors, generations, and its report. */

import type { Delta, Snapshot } from '../../resolver/index.ts'
import { layout, sameDigest } from '../../resolver/index.ts'
import { type Address, ByteBudget, handlers, Turns, wallClock } from '../../values/index.ts'
import { type Place, placeName } from '../transport/link.ts'
import { TransportError } from '../transport/transport-error.ts'
import type { OperationName } from '../wire/protocol.ts'
import type { StatusReport } from '../wire/report.ts'
import { Announcer } from './announcer.ts'
import { generationReport, recordCounts } from './counts/content.ts'
import { ENDINGS } from './counts/endings.ts'
import { NodeLag } from './counts/node-lag.ts'
import type { ServiceCounts } from './counts/service-counts.ts'
import { doorName, Tallies } from './counts/tally.ts'
import { Deltas } from './deltas.ts'
import { Door, type DoorKind } from './door.ts'
import { Generations } from './generations.ts'
import { Holdings } from './holdings.ts'
import { JoinTokens } from './join-tokens.ts'
import { Meter } from './meter.ts'
import { nodePage } from './nodes.ts'
import { proofRates } from './proofs.ts'
import type { Service } from './question.ts'
import type { ServerOptions } from './server-options.ts'
import { Beats } from './session/beats.ts'
import type { Session } from './session/session.ts'
import { Handshakes } from './shares/handshakes.ts'
import { KEPT_MAX, LOCAL_LIMITS, NETWORK_LIMITS, UNREAD_MAX } from './shares/limits.ts'
import { CONNECTION_KINDS, type ConnectionKind } from './shares/visitor.ts'
import { heldNodes } from './states/node-boot.ts'
import { isSilent, nodeFacts } from './states/node-state.ts'
import { type NodeStateSets, StateSets } from './states/state-sets.ts'
import { Departures } from './told/departures.ts'
import { OtherIds } from './told/other-ids.ts'
import { OtherKeys } from './told/other-keys.ts'
import { ShadowWaits } from './waits/shadow-waits.ts'
import { Waits } from './waits/waits.ts'

/** How a door is made. */
interface SocketOptions {
  /** Connections begin with TLS: for a network door of a server that has what it takes. */
  readonly isSecure?: boolean
  /** Default 0666: the mode of its folder decides who may connect. */
  readonly mode?: number
  readonly group?: number
}

/** For how long the generation before the current one can be asked for on a node by those who have not begun to read it, in milliseconds. */
const PREVIOUS_FOR = 5_000
/** How long sessions have to read what was sent when the server closes, in milliseconds. */
const CLOSE_GRACE = 500

/** The service to nodes. It answers from the last generation that it was given, whichever door the question came by. */
export class KickbackServer {
  readonly #options: ServerOptions
  readonly #public: Generations
  readonly #shadow: Generations
  readonly #deltas = new Deltas()
  readonly #announcer: Announcer
  readonly #doors: Door[] = []
  readonly #questions: Meter
  readonly #operations = new Map<OperationName, number>()
  readonly #holdings = new Holdings()
  readonly #tallies: Tallies
  readonly #lag: NodeLag
  readonly #states: StateSets | undefined
  readonly #turns: Turns<ConnectionKind>
  readonly #kept: ByteBudget<Session>
  readonly #unread: ByteBudget<Session>
  readonly #beats: Beats
  readonly #service: Service
  readonly #handshakes: Handshakes
  readonly #started: number
  #serial = 0
  #isClosed = false
  #cancelLettingGo: () => void = () => {}

  constructor(options: ServerOptions) {
    this.#options = options
    this.#public = new Generations(options.clock, options.oldBytes)
    this.#shadow = new Generations(options.clock, options.oldBytes)
    this.#lag = new NodeLag(options.clock)
    this.#tallies = new Tallies(options.queries)
    this.#announcer = new Announcer(options.clock)
    this.#questions = new Meter(options.clock)
    this.#started = options.clock.now()
    this.#handshakes = new Handshakes(options.clock)
    this.#turns = new Turns(options.clock, CONNECTION_KINDS)
    this.#beats = new Beats(options.clock)
    const { keptBytes = KEPT_MAX, unreadBytes = UNREAD_MAX } = options
    this.#kept = new ByteBudget({ max: keptBytes, bytesOf: ({ keptBytes }) => keptBytes, reason: ENDINGS.requests })
    this.#unread = new ByteBudget({
      max: unreadBytes,
      bytesOf: ({ unreadBytes }) => unreadBytes,
      reason: ENDINGS.answers,
    })
    const { role, software, sign, history, conflict, met, passOn, generations, difference, keys } = options
    const { macOf, audit, rotate, lookUp, page, granted } = options
    const tlsPort = (): number | undefined => {
      const place = this.#doors.find((door) => door.isSecure)?.place
      return place !== undefined && 'port' in place ? place.port : undefined
    }
    const departures = new Departures(wallClock)
    const waits = new Waits(options.clock)
    const otherKeys = keys && new OtherKeys({ keys, clock: options.clock, log: options.log })
    this.#service = {
      ...{ role, software, sign, history, conflict, met, passOn, generations, difference, keys },
      ...{ macOf, audit, rotate, lookUp, page, granted },
      shadowWaits: new ShadowWaits(options.clock),
      proofs: proofRates(options.clock),
      otherKeys,
      nodeFacts:
        role === 'master' ? nodeFacts(options, { attendance: waits.attendance, departures, otherKeys }) : undefined,
      otherIds: role === 'master' ? new OtherIds(options) : undefined,
      joining: keys && new JoinTokens({ clock: options.clock, log: options.log }),
      public: this.#public,
      shadow: this.#shadow,
      deltas: this.#deltas,
      policy: options.policy,
      enrolment: options.enrolment,
      hostKeys: options.hostKeys,
      shown: () => new Set(this.#sessions().flatMap(({ asker }) => (asker.via === 'network' && asker.mark) || [])),
      get tlsPort() {
        return tlsPort()
      },
      here: options.here ?? (() => []),
      isPlaced: options.isPlaced ?? (() => true),
      isLiving: options.isLiving ?? (() => true),
      ...optional('floor', options.floor),
      departures,
      waits,
      reload: options.reload,
      report: () => this.report(),
      nodes: (after, limit) => nodePage(this.#sessions(), this.#service, after, limit),
    }
    this.#states = this.#service.nodeFacts && new StateSets(this.#service.nodeFacts)
  }

  /**
   * Opens a door and gives its place (the port is the real one where 0 was asked for). Throws TransportError. A `network`
   * door is TCP, all others are Unix sockets. A door that is opened at the end, or after it, is closed again.
   */
  async listen(kind: DoorKind, place: Place, { isSecure = false, ...socket }: SocketOptions = {}): Promise<Place> {
    const { clock, log, limits, tls } = this.#options
    if (isSecure && tls === undefined) throw new TransportError('not-listening', 'this service has no certificate')
    const door = await Door.open({
      ...socket,
      ...(isSecure && tls && { tls: { ...tls, handshakes: this.#handshakes } }),
      kind,
      place,
      clock,
      log,
      service: this.#service,
      limits: limits?.[kind] ?? (kind === 'network' ? NETWORK_LIMITS : LOCAL_LIMITS),
      turns: this.#turns,
      kept: this.#kept,
      unread: this.#unread,
      beats: this.#beats,
      onQuestion: (operation) => this.#count(operation),
      tally: this.#tallies.of(doorName(kind, isSecure)),
      nextSerial: () => ++this.#serial,
      onHeld: (before, after, session) => {
        this.#holdings.moved(before, after)
        this.#lag.moved(session, before, after, this.#public.current)
        this.#service.waits.attendance.moved(session, after)
        this.#service.departures.moved(session, before, after, this.#service.waits.attendance)
      },
    })
    if (this.#isClosed) {
      await door.close(0)
      throw new TransportError('not-listening', `can't listen on ${placeName(place)}: the service ends`)
    }
    this.#doors.push(door)
    return door.place
  }

  /** What its doors answer from, and the turns that they share: for other ways in. */
  get shared(): { readonly service: Service; readonly turns: Turns<ConnectionKind> } {
    return { service: this.#service, turns: this.#turns }
  }

  /** The public snapshot that is answered from. */
  get current(): Snapshot | undefined {
    return this.#public.current
  }

  /** The shadow snapshot that is answered from. */
  get currentShadow(): Snapshot | undefined {
    return this.#shadow.current
  }

  /**
   * Answers from this snapshot from now on, public or shadow by its kind, and announces it to subscribers. `delta` makes its content of
   * that of the public one before it: who has that fetches no more.
   */
  serve(snapshot: Snapshot, delta?: Delta): void {
    if (snapshot.kind === layout.KINDS.SHADOW) {
      this.#shadow.serve(snapshot)
      return
    }
    const before = this.#public.current
    this.#public.serve(snapshot)
    this.#lag.published()
    this.#letGoLater()
    // The first one since the start may come of one that nodes have: that of before the start.
    const from = before?.digest ?? delta?.from
    if (from !== undefined && !sameDigest({ digest: from }, snapshot)) {
      this.#deltas.next(from, snapshot.digest, delta, snapshot.bytes.length)
    }
    this.#announcer.announce(this.#sessions().filter((session) => session.follows))
  }

  /** Sees that the generation before is let go: many nodes fetch those of a master, nobody those of a node. */
  #letGoLater(): void {
    const { role, clock } = this.#options
    this.#cancelLettingGo()
    if (role !== 'proxy') return
    this.#cancelLettingGo = clock.after(
      PREVIOUS_FOR,
      handlers.guard('generation before', () => this.#public.letGo()),
    )
  }

  /** Other shadow entries are granted to some nodes: those that wait for them are told. */
  grantsChanged(): void {
    this.#service.shadowWaits.look()
  }

  /** No shadow entry is answered any more. */
  endShadow(): void {
    this.#shadow.clear()
  }

  /**
   * Ends the connections of those whose keys are revoked by now, and of those whose certificates have ended. `isJudgedAgain`: other authorities count
   * now, so that each certificate is judged again, which costs a signature each.
   */
  endUncertified(isJudgedAgain = false): void {
    for (const door of this.#doors) door.endUncertified(isJudgedAgain)
  }

  /** Ends all sessions and closes all doors. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelLettingGo()
    this.#announcer.close()
    await Promise.all(this.#doors.map((door) => door.close(CLOSE_GRACE)))
  }

  /** The report of STATUS. It costs the same for any number of connections. */
  report(): StatusReport {
    const {
      role,
      software,
      pid,
      clock,
      lastReload,
      pinned,
      following,
      conflictReport,
      otherMasters,
      isUnnamed,
      trust,
      certificate,
    } = this.#options
    const sum = (count: (door: Door) => number): number => this.#doors.reduce((all, door) => all + count(door), 0)
    return {
      role,
      software,
      pid,
      uptime: Math.round((clock.now() - this.#started) / 1000),
      ...generationReport(this.#public.current),
      records: recordCounts(this.#public.current, this.#shadow.current),
      listening: this.#doors.map((door) => placeName(door.place)),
      dns: (this.#options.dnsPlaces?.() ?? []).map(placeName),
      ...optional('dns_process', this.#options.dnsProcess?.()),
      ...optional('http_process', this.#options.httpProcess?.()),
      ...optional('boot_process', this.#options.bootProcess?.()),
      ...optional('objects', this.#options.objects?.()),
      ...optional('dhcp', this.#options.dhcp?.()),
      ...optional('unwritten', this.#options.unwritten?.()),
      failures: Object.fromEntries(handlers.failures),
      connections: sum((door) => door.sessions.size),
      subscribers: sum((door) => door.followers),
      refused: sum((door) => door.refused),
      denied: sum((door) => door.denied),
      kept: this.#kept.total,
      unread: this.#unread.total,
      questions: this.#questions.total,
      rate: this.#questions.rate,
      operations: Object.fromEntries(this.#operations),
      ...optional('reload', lastReload?.()),
      ...optional('pinned', pinned?.()),
      ...optional('following', following?.()),
      ...optional('conflict', conflictReport?.()),
      ...optional('masters', otherMasters?.()),
      ...optional('unnamed', isUnnamed?.() || undefined),
      ...optional('trust', trust?.()),
      ...optional('certificate', certificate?.()),
      ...optional('other_keys', this.#service.otherKeys?.all),
      ...optional('old_keys', this.#service.otherKeys?.pinned),
      ...optional('held', heldNodes(this.#options.boots?.())),
      ...optional('passwords_damaged', this.#options.passwordsDamaged?.()),
      ...optional('host_keys_waiting', this.#options.hostKeys?.waiting),
      reported: this.#holdings.reported,
      behind: this.#holdings.behind(this.#public.current),
      ...optional('other_ids', this.#service.otherIds?.machines),
    }
  }

  /** Whether a machine that has one of these addresses follows, and was heard of lately: one that lost its power ends no connection. */
  isUp(addresses: readonly Address[]): boolean {
    const { clock } = this.#options
    return this.#service.waits.attendance.at(addresses).some(({ client }) => !isSilent(client.active, clock.now()))
  }

  /** How its report and its counts are had: for metrics. */
  get figures(): { readonly report: () => StatusReport; readonly service: () => Promise<ServiceCounts> } {
    return { report: () => this.report(), service: () => this.counts() }
  }

  /** What was counted since the start. To learn which nodes are missing it looks at each connection, now and then. */
  async counts(): Promise<ServiceCounts> {
    if (this.#states === undefined) return { ...this.#tallies.all(this.#doors), nodes: null }
    const { counts: states = {}, pinged, devices } = (await this.nodeStates()) ?? {}
    const lag = await this.#lag.all(() => this.#sessions(), this.#public.current)
    return {
      ...this.#tallies.all(this.#doors),
      nodes: { ...lag, states, ...(pinged && { pinged }), ...(devices && { devices }) },
    }
  }

  /** How the nodes of the configuration stand; undefined on a node, and while nothing is served. */
  async nodeStates(): Promise<NodeStateSets | undefined> {
    const { current } = this.#public
    return current && this.#states?.of(current)
  }

  #count(operation: OperationName): void {
    this.#questions.count()
    this.#operations.set(operation, (this.#operations.get(operation) ?? 0) + 1)
  }

  #sessions(): Session[] {
    return this.#doors.flatMap((door) => [...door.sessions])
  }
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [N in K]: V })
}
