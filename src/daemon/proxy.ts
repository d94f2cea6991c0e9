/** The proxy: a node's own copy of the snapshot, for the module's file, for who asks its sockets, master dead or not. */
import { join } from 'node:path'
import {
  Cache,
  Confirmation,
  Follower,
  type Following,
  IN_STEP,
  KickbackServer,
  limitsWithin,
  type MachineReport,
  type Mapper,
  type NodeKeyReport,
  PassOn,
  type Place,
  type ReloadOptions,
  type ReloadReport,
  type ServiceCounts,
  type StatusReport,
  type Trust,
} from '../kickback/index.ts'
import { type Header, type IdRule, mastersOfAsker, type Snapshot, underHeader } from '../resolver/index.ts'
import {
  type Address,
  type BootClock,
  type Clock,
  formatAddress,
  type HostPort,
  type HttpAddress,
  handlers,
  hex,
  type Log,
  type QueryLog,
  type WallClock,
} from '../values/index.ts'
import { NodeCertificate } from './certificates/node-certificate.ts'
import { type HostKeyTeller, hostKeyTeller } from './certificates/own-host-keys.ts'
import { FilesFront } from './fronts/files-front.ts'
import { type Front, unawaited } from './fronts/front.ts'
import { LoginFront } from './fronts/login-front.ts'
import { CachesBeside } from './fronts/neighbours.ts'
import { OwnAccounts } from './fronts/own-accounts.ts'
import { ServiceFront } from './fronts/service-front.ts'
import { ANYBODY, trusted } from './judge/content.ts'
import { NodeIds } from './judge/node-ids.ts'
import { NodeJudge } from './judge/node-judge.ts'
import { NodeShadow } from './passwords/node-shadow.ts'
import { Pipeline } from './pipeline.ts'
import { type DaemonFolders, takeFolders } from './store/daemon-folders.ts'
import { SnapshotFiles } from './store/snapshot-files.ts'

/** What a proxy is made of. */
export interface ProxyOptions {
  /** The masters, first choice first; at least one. */
  readonly masters: readonly Place[]
  readonly trust: Trust
  /** The HTTP server from which bodies are fetched first; that of the generation unless set. */
  readonly objectsUrl?: HttpAddress | undefined
  /** Which ids this node takes from the cluster. */
  readonly ids: IdRule
  readonly runDir: string
  readonly stateDir: string
  /** Name and version. */
  readonly software: string
  readonly pid: number
  /** The effective uid. */
  readonly uid: number
  readonly clock: Clock
  readonly log: Log
  /** The log of queries; none unless set. */
  readonly queries?: QueryLog | undefined
  readonly random: () => number
  /** The addresses of this machine's network interfaces, as they are now, or were a second ago: clients can ask for them. */
  readonly addresses: () => readonly Address[]
  /** The passwd file of this machine's own users, who may always log in. */
  readonly localUsers: string
  /** This machine's own account files: masters are told of what is otherwise there than in the cluster. */
  readonly accounts: { readonly passwd: string; readonly group: string }
  /** How many file descriptors the process may have; enough unless set. */
  readonly descriptors?: number
  /** Where this node answers DNS, and the processes that it has, for STATUS. */
  readonly beside?: Pick<
    ConstructorParameters<typeof KickbackServer>[0],
    'dnsPlaces' | 'dnsProcess' | 'httpProcess' | 'page'
  >
  /** Milliseconds since 1970, and since the boot: how old a copy is must survive a restart. */
  readonly wallClock: WallClock
  readonly bootClock: BootClock
  /** For how long this machine may have shadow entries while no master is in step with it, in seconds. */
  readonly shadowMaxAge: number
  /** Called whenever a sign of life came of a master: the process is awake. */
  readonly awake?: () => void
  /** How this machine is, for masters to show; they are told nothing unless set. */
  readonly machine?: () => MachineReport | undefined
  /** Whether the masters are asked for a certificate. */
  readonly isCertified?: boolean
  /** Where sshd has the host keys that masters are told of by a node with a certificate; null: none are told. */
  readonly hostKeys?: string | null
  /** Lets others have their turn; `othersTurn` unless set. */
  readonly turn?: () => Promise<void>
  /** Maps files: where it is set, what is served is read from the file in the run dir, and no copy of it is kept. */
  readonly mapper?: Mapper | undefined
  /** What answers or shows the generations of this node besides its sockets and files; none unless set. */
  readonly fronts?: readonly Front[]
}

/** A running proxy. */
export class KickbackProxy {
  readonly #options: ProxyOptions
  readonly #server: KickbackServer
  readonly #follower: Follower
  readonly #folders: DaemonFolders
  readonly #files: SnapshotFiles
  readonly #filesFront: FilesFront
  /** Resolves when all fronts were given what was served last. */
  #published: Promise<void> = Promise.resolve()
  /** The header of what was in the files last. */
  #lastWritten: Uint8Array | undefined
  readonly #pipeline: Pipeline
  readonly #ids: NodeIds
  readonly #confirmation: Confirmation
  readonly #shadow: NodeShadow
  readonly #caches: CachesBeside
  #certificate: NodeCertificate | undefined
  #hostKeys: HostKeyTeller | undefined
  readonly #logins: LoginFront
  readonly #accounts: OwnAccounts
  /** Resolves once there is a generation that the sockets answer from. */
  readonly ready: Promise<void>
  #becomeReady: () => void = () => {}

  private constructor(options: ProxyOptions, folders: DaemonFolders) {
    const { clock, log, pid, mapper, fronts = [] } = options
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve
    })
    this.#options = options
    this.#folders = folders
    this.#caches = new CachesBeside(log)
    this.#ids = new NodeIds({ rule: options.ids, current: () => this.current, log, turn: options.turn })
    this.#files = new SnapshotFiles({ folders, pid, clock, log, mapper, idsOf: (snapshot) => this.#ids.of(snapshot) })
    this.#confirmation = new Confirmation({
      ...{ file: folders.state.snapshot, record: join(options.stateDir, IN_STEP) },
      ...{ bootClock: options.bootClock, wallClock: options.wallClock, log },
    })
    this.#follower = this.#newFollower()
    this.#server = this.#newServer()
    // Who asks a socket waits for no disk.
    this.#filesFront = new FilesFront(this.#files, log, (before, now) => this.#caches.tell(before, now))
    const files = unawaited(this.#filesFront, log)
    const isPlaced = () => this.#follower.here !== undefined
    this.#logins = LoginFront.ofNode(options, { here: () => this.#here, isPlaced })
    const logins = unawaited(this.#logins, log)
    this.#accounts = new OwnAccounts({ ...options.accounts, clock, changed: () => this.#follower.tell() })
    const shown = [files, logins, unawaited(this.#accounts, log), ...fronts]
    this.#pipeline = new Pipeline([new ServiceFront(this.#server, folders), ...shown], log)
    const place = (): HostPort | undefined => this.#follower.securePlace
    this.#shadow = new NodeShadow({
      ...options,
      copy: this.#confirmation,
      files: this.#files,
      pipeline: this.#pipeline,
      file: folders.state.shadow,
      place,
    })
  }

  #newFollower(): Follower {
    const { trust, turn } = this.#options
    const { clock, log, random, objectsUrl } = this.#options
    return new Follower({
      ...this.#options,
      cache: new Cache({ clock, log, random, own: objectsUrl }),
      room: this.#files.room,
      current: () => this.current,
      further: () => this.#furtherMasters,
      judge: new NodeJudge({
        isInsecure: trust.key === undefined,
        current: () => this.current,
        age: () => this.#confirmation.age,
        isNumbered: () => this.current === undefined || trust.proves(this.current.header),
        turn,
      }),
      take: (snapshot) => this.#take(snapshot),
      written: () => this.#written(),
      lastWritten: () => this.#lastWritten,
      adopt: (header) => this.#adopt(header),
      otherIds: () => this.#accounts.otherIds,
      confirm: () => {
        this.#confirmation.confirm()
        this.#shadow.look()
        handlers.float('logins', () => this.#logins.look())
        this.#hostKeys?.look()
      },
    })
  }

  #newServer(): KickbackServer {
    const { clock, log, software, pid, trust, descriptors, beside } = this.#options
    const passOn = new PassOn({
      trust,
      clock,
      proved: () => this.#follower.proved,
      floor: () => this.#ids.now,
    })
    return new KickbackServer({
      passOn: (request) => passOn.ask(request),
      role: 'proxy',
      ...{ software, clock, log, pid, queries: this.#options.queries },
      policy: { allow: [] },
      ...(descriptors !== undefined && { limits: limitsWithin(descriptors) }),
      here: () => this.#here.map(({ bytes }) => bytes),
      isPlaced: () => this.#follower.here !== undefined,
      isLiving: (master) => this.#follower.isLiving(master),
      floor: (snapshot) => this.#ids.of(snapshot),
      following: () => this.#following(),
      unwritten: () => this.#files.unwritten,
      trust: () => trust.list && { number: trust.list.number },
      reload: (asked) => this.#takeOffered(asked),
      certificate: () => this.#certificate?.report,
      ...(this.#options.isCertified && { rotate: () => this.#rotated() }),
      ...beside,
    })
  }

  /**
   * Starts a proxy: answers from the last good snapshot that it can trust, if there is one, and follows the masters. Throws
   * FolderError, OwnedError, TransportError.
   */
  static async start(options: ProxyOptions): Promise<KickbackProxy> {
    const proxy = new KickbackProxy(options, await takeFolders(options))
    try {
      await proxy.#shadow.takeKept(options.isCertified === true)
      await proxy.#takeLastGood()
      if (options.isCertified) await proxy.#openCertificate()
      await proxy.#pipeline.open()
    } catch (error) {
      await proxy.close()
      throw error
    }
    if (proxy.current !== undefined) proxy.#becomeReady()
    proxy.#follower.start()
    proxy.#shadow.start(proxy.#certificate)
    proxy.#certificate?.start()
    return proxy
  }

  #rotated(): Promise<NodeKeyReport> {
    if (this.#certificate === undefined) throw new Error('this node has no key yet')
    return this.#certificate.rotate()
  }

  /** With a certificate masters are told of the ssh host keys of this node. */
  async #openCertificate(): Promise<void> {
    const place = (): HostPort | undefined => this.#follower.securePlace
    const certificate = await NodeCertificate.open({ ...this.#options, place })
    this.#certificate = certificate
    this.#hostKeys = hostKeyTeller({ ...this.#options, certificate, place })
  }

  /** The snapshot that is answered from. */
  get current(): Snapshot | undefined {
    return this.#pipeline.served.public
  }

  #following(): Following {
    const { age } = this.#confirmation
    const dropped = this.#ids.report
    const { until } = this.#shadow
    return {
      ...this.#follower.status(),
      ...(Number.isFinite(age) && { age: Math.round(age) }),
      ...(dropped && { dropped }),
      ...(until !== undefined && { shadow_until: until }),
    }
  }

  /** The addresses of this machine, the one that it has towards its master first. */
  get #here(): readonly Address[] {
    const { here } = this.#follower
    return [...(here === undefined ? [] : [here]), ...this.#options.addresses()]
  }

  /** The masters that what is held names for this node. Who has no key has no reason to believe what it says of them. */
  get #furtherMasters(): readonly Place[] {
    const { current } = this
    if (current === undefined || this.#options.trust.key === undefined) return []
    const { port } = current.zoneSettings
    const addresses = this.#here.map(({ bytes }) => bytes)
    return mastersOfAsker(current, addresses).map((address) => ({ host: formatAddress(address), port }))
  }

  /** What it does now, as one line. */
  get state(): string {
    const { master, state } = this.#follower.status()
    const held = this.current === undefined ? 'no generation yet' : `generation ${this.current.generation}`
    return `${held}; ${state === 'searching' ? 'no master is in step' : `${state} ${master}`}`
  }

  /** The report of STATUS. */
  readonly report = (): StatusReport => this.#server.report()

  /** What its sockets have counted. */
  readonly counts = (): Promise<ServiceCounts> => this.#server.counts()

  /** Ends: the files stay, and the module still answers from them. */
  async close(): Promise<void> {
    await this.#hostKeys?.close()
    await this.#shadow.close()
    await this.#certificate?.close()
    await this.#follower.close()
    await this.#pipeline.close()
    await this.#folders.release()
  }

  /** The newest of the files that the key signed; without one, what another key signed: the key may have changed since. */
  async #takeLastGood(): Promise<void> {
    await this.#confirmation.read()
    const newest =
      (await this.#files.lastPublic(({ bytes }) => trusted(bytes, this.#options.trust))) ?? (await this.#lastUnproved())
    if (newest === undefined) return
    await this.#pipeline.publish({ public: newest })
    await this.#ids.tellDropped(newest)
  }

  /** A change of keys is no reason to lose what is known: what another key signed is served, but its number does not count. */
  async #lastUnproved(): Promise<Snapshot | undefined> {
    const { trust, log } = this.#options
    if (trust.key === undefined) return undefined
    const unproved = await this.#files.lastPublic(({ bytes }) => trusted(bytes, ANYBODY))
    if (unproved === undefined) return undefined
    const { generation } = unproved
    log.warn({ generation }, 'the copy is signed by another key: it is served until a master gives one of this key')
    return unproved
  }

  /**
   * `kickback reload --force` on a node: takes what the first living master offers, whatever it loses. Without force there is
   * nothing to read again.
   */
  async #takeOffered({ force, dryRun, backTo, release }: ReloadOptions): Promise<ReloadReport> {
    const before = this.current
    const report = { generation: before?.generation ?? 0, databases: {}, diagnostics: [] }
    if (backTo !== undefined || release) {
      const reason = 'a node keeps no earlier generations: go back, or release, on its master'
      return { ...report, outcome: 'refused', reason }
    }
    if (!force || dryRun) {
      const reason =
        'a node has no configuration to read: it follows its master by itself. If you changed its settings, restart the proxy. To take what a master offers, whatever is lost, use --force'
      return { ...report, outcome: 'refused', reason }
    }
    this.#options.log.warn({}, 'reload --force: takes what a living master offers, whatever is lost')
    const reason = await this.#follower.takeOffered()
    await this.#written()
    if (reason !== undefined) return { ...report, outcome: 'refused', reason }
    const now = this.current
    const outcome = now === before ? 'unchanged' : 'published'
    return { ...report, outcome, generation: now?.generation ?? 0 }
  }

  #take(snapshot: Snapshot): void {
    const { generation } = snapshot
    this.#serve(snapshot)
    this.#options.log.info({ generation, digest: hex(snapshot.digest) }, 'took a generation')
  }

  /** The content stays, and gets the number under which the masters have it now. */
  #adopt(header: Header): void {
    const { current } = this
    if (current === undefined) return
    this.#serve(underHeader(current, header))
    this.#options.log.info({ generation: header.generation }, 'took another number for the same content')
  }

  /** Serves it at once. */
  #serve(snapshot: Snapshot): void {
    const published = this.#pipeline.publish({ public: snapshot })
    this.#published = published
    handlers.float('generation taken', async () => {
      await published
      this.#becomeReady()
      await this.#ids.tellDropped(snapshot)
    })
  }

  /** Resolves when what is served is in the files, which the pipeline does not wait for, or cannot be written now. */
  async #written(): Promise<void> {
    for (let last: Promise<void> | undefined; last !== this.#published; ) {
      last = this.#published
      await last
      await this.#filesFront.settled()
    }
    this.#lastWritten = this.current?.header.bytes
  }
}
