/** The daemon of a master: sources, candidate, decision, store and fronts, put together. */

import { KickbackServer, limitsWithin, machineName, type ReloadOptions, type ReloadReport } from '../kickback/index.ts'
import { Snapshot } from '../resolver/index.ts'
import { background, handlers, monotonic, wallClock } from '../values/index.ts'
import { MasterAccounts } from './accounts/master-accounts.ts'
import { bootOfMaster } from './boot/boot-of-master.ts'
import type { MasterBoot } from './boot/master-boot.ts'
import { buildOnThread, deltaOnThread, expectBuild } from './candidate/build-thread.ts'
import type { BuildOrder, Candidate, SnapshotPair } from './candidate/candidate.ts'
import { nextCandidate } from './candidate/following/build.ts'
import { addressesOfInterface } from './candidate/interface-address.ts'
import { type ServedCluster, servedCluster } from './candidate/served-cluster.ts'
import { type MasterTls, masterTls } from './certificates/master-tls.ts'
import type { Daemon, DaemonProcess } from './daemon.ts'
import { descriptorLimit } from './descriptors.ts'
import { FilesFront } from './fronts/files-front.ts'
import { CachesBeside } from './fronts/neighbours.ts'
import { NetworkDoors } from './fronts/network-doors.ts'
import { ObjectsFront } from './fronts/objects-front.ts'
import { ServiceFront } from './fronts/service-front.ts'
import { Lineage } from './generations/lineage.ts'
import { masterText, OtherMasters } from './generations/other-masters.ts'
import { HeaderChanges } from './header-changes.ts'
import { OwnAddresses } from './own-addresses.ts'
import { PasswordGrants } from './passwords/password-grants.ts'
import type { Pings } from './pings/pings.ts'
import { pingsOfMaster } from './pings/pings-of-master.ts'
import { type Origin, Pipeline } from './pipeline.ts'
import type { DnsProcesses } from './processes/dns-processes.ts'
import type { HttpProcess } from './processes/http-process.ts'
import { masterHttp } from './processes/master-http.ts'
import { firstGeneration } from './reload/first-generation.ts'
import { differenceOfKept } from './reload/kept-difference.ts'
import { Reloader } from './reload/reloader.ts'
import { ReloadTriggers } from './reload/triggers.ts'
import type { Served } from './served.ts'
import { type MasterSettings, queryLogOf } from './settings.ts'
import { ClusterSources } from './sources/cluster-sources.ts'
import { InterfaceWatch } from './sources/interface-watch.ts'
import { isSmall } from './sources/parts.ts'
import type { SourceContent } from './sources/source.ts'
import { StateDir } from './state-dir.ts'
import type { DaemonFolders } from './store/daemon-folders.ts'
import { SnapshotFiles } from './store/snapshot-files.ts'
import { Audit } from './trust/audit.ts'
import { auditedKeys, auditReload, keysOfObjects } from './trust/audited.ts'
import { Rotation } from './trust/rotation.ts'

/** What a master is started with. */
export interface MasterOptions extends DaemonProcess {
  readonly settings: MasterSettings
}

/** What is there before anything else of a master. */
export interface MasterBeginnings {
  readonly folders: DaemonFolders
  readonly dns: DnsProcesses
}

/** What a master has opened before it is made. */
interface OpenedState extends MasterBeginnings {
  readonly state: StateDir
  /** Undefined where its keys can't be had. */
  readonly tls: MasterTls | undefined
}

/** The daemon of the master machine: what is on disk becomes what is served. */
export class Master implements Daemon {
  /** It does not start without a generation. */
  readonly ready = Promise.resolve()
  readonly #options: MasterOptions
  readonly #software: string
  readonly #folders: DaemonFolders
  readonly #state: StateDir
  readonly #accounts: MasterAccounts
  readonly #sources: ClusterSources
  readonly #interface: InterfaceWatch
  readonly #files: SnapshotFiles
  readonly #own: OwnAddresses
  readonly #lineage: Lineage
  readonly #headers: HeaderChanges
  readonly #passwords: PasswordGrants
  readonly #limits: ReturnType<typeof limitsWithin>
  readonly #server: KickbackServer
  readonly #reloader: Reloader
  readonly #triggers: ReloadTriggers
  readonly #doors: NetworkDoors
  readonly #objects: ObjectsFront
  readonly #dns: DnsProcesses
  readonly #http: HttpProcess
  readonly #others: OtherMasters
  readonly #pipeline: Pipeline
  readonly #rotation: Rotation
  readonly #audit: Audit
  readonly #caches: CachesBeside
  readonly #tls: MasterTls | undefined
  readonly #boot: MasterBoot
  readonly #pings: Pings

  private constructor(options: MasterOptions, { folders, dns, state, tls }: OpenedState) {
    const { settings, logger, pid } = options
    this.#options = options
    this.#software = `kickback ${options.version}`
    this.#folders = folders
    this.#state = state
    this.#audit = new Audit(settings.stateDir, logger, seconds)
    this.#caches = new CachesBeside(logger)
    this.#tls = tls
    const contents = { served: () => this.#pipeline.served.public, good: () => this.#reloader.good() }
    this.#accounts = new MasterAccounts(settings, logger, contents)
    this.#sources = new ClusterSources(this.#accounts.sources, logger)
    const changed = (name: string): void => this.#triggers.changed(`the addresses of ${name}`)
    this.#interface = new InterfaceWatch({ addressesOf: addressesOfInterface, changed, clock: background })
    this.#files = new SnapshotFiles({ folders, pid, clock: monotonic, log: logger })
    const named = settings.listen.map(({ address }) => address)
    this.#own = new OwnAddresses(named, () => this.#pipeline.served)
    this.#lineage = this.#newLineage()
    this.#passwords = new PasswordGrants({
      ...{ stateDir: settings.stateDir, lineage: this.#lineage, log: logger },
      isRestored: state.restored.backup !== undefined,
    })
    this.#limits = limitsWithin(descriptorLimit(), named.length + settings.listenTls.length, settings.objects.length)
    this.#server = this.#newServer()
    this.#doors = this.#newDoors()
    this.#objects = this.#newObjects()
    this.#dns = dns
    this.#boot = this.#newBoot()
    this.#pings = pingsOfMaster({ settings, own: this.#own, server: () => this.#server, log: logger })
    this.#reloader = this.#newReloader()
    this.#headers = new HeaderChanges({
      ...{ lineage: this.#lineage, passwords: this.#passwords, server: this.#server, reloader: this.#reloader, tls },
      ...{ served: () => this.#pipeline.served, give: (changed) => this.#give(changed), log: logger },
    })
    this.#http = this.#newHttp()
    this.#triggers = new ReloadTriggers(this.#sources, this.#reloader)
    this.#others = this.#newOthers()
    this.#rotation = new Rotation({
      keys: state.keys,
      clock: monotonic,
      changed: (isPromoted) => this.#headers.keysChanged(isPromoted),
    })
    // Files go first: what others are given is on this disk. DNS opens before the sockets: who is answered there finds all open.
    this.#pipeline = new Pipeline(
      [
        new FilesFront(this.#files, logger),
        this.#dns,
        new ServiceFront(this.#server, folders),
        this.#doors,
        this.#objects,
        this.#http,
        this.#boot,
        this.#pings,
        this.#others,
        ...(tls?.fronts({ server: this.#server, own: this.#own, settings, software: this.#software }) ?? []),
      ],
      logger,
      (snapshot, from) => this.#keep(snapshot, from),
    )
  }

  #newLineage(): Lineage {
    const { history, restored, keys } = this.#state
    return new Lineage({
      history,
      restored,
      keys,
      ...{ log: this.#options.logger, clock: seconds },
      own: () => this.#own.machine,
      renumber: () => this.#headers.renumberLater(),
    })
  }

  #newServer(): KickbackServer {
    const { settings, logger, pid } = this.#options
    const { keys, pin, generations } = this.#state
    return new KickbackServer({
      role: 'master',
      software: this.#software,
      ...{ clock: monotonic, log: logger, queries: queryLogOf(settings, logger) },
      policy: settings.policy,
      limits: this.#limits,
      pid,
      here: () => this.#own.all.map(({ bytes }) => bytes),
      reload: (asked) => this.#requested(asked),
      generations: () => generations.all,
      difference: (generation) => differenceOfKept(generations, generation),
      pinned: () => pin.content && { generation: pin.content.generation, time: pin.content.time },
      lastReload: () => this.#reloader.last,
      dnsPlaces: () => this.#dns.places,
      dnsProcess: () => this.#dns.report,
      httpProcess: () => this.#http.status,
      page: (login) => this.#http.grant(login),
      objects: () => this.#objects.report,
      unwritten: () => this.#files.unwritten,
      ...{ lookUp: this.#accounts.lookUp, sign: keys.sign, ...auditedKeys(keys, this.#audit) },
      ...(this.#tls && { tls: this.#tls.service, enrolment: this.#tls.enrolment, hostKeys: this.#tls.hostKeys }),
      ...(this.#tls && { granted: this.#passwords }),
      passwordsDamaged: () => this.#passwords.damaged,
      otherMasters: () => this.#others.report(),
      boots: () => this.#boot.boots,
      dhcp: () => this.#boot.dhcp,
      bootProcess: () => this.#boot.process,
      pingOf: (addresses) => this.#pings.of(addresses),
      isUnnamed: () => this.#own.isUnnamed,
      history: (generation, digest) => this.#lineage.holds(generation, digest),
      conflict: () => this.#lineage.conflict() !== undefined,
      conflictReport: () => this.#lineage.conflict(),
      met: (header, asker) => {
        this.#lineage.met(header, machineName(asker, this.#server.current), !this.#own.isHere(asker))
        this.#others.told(asker, header)
      },
    })
  }

  #newDoors(): NetworkDoors {
    const { settings, logger } = this.#options
    const usual = () => ({ port: this.#own.port, addresses: this.#own.masters })
    return new NetworkDoors({ server: this.#server, named: settings.listen, usual, logger })
  }

  #newReloader(): Reloader {
    const { settings, logger } = this.#options
    return new Reloader({
      rules: settings.rules,
      current: () => this.#pipeline.served,
      build: (order) => this.#build(order),
      deltaOf: deltaOnThread,
      stamp: (pair, order) => this.#lineage.stamp(pair, order),
      publish: (pair, from) => this.#publish(pair, from),
      judged: (...how) => this.#judged(...how),
      kept: this.#boot.following(this.#accounts.kept),
      earlier: { read: (generation) => this.#state.earlier(generation), pin: this.#state.pin },
      logger,
      wallClock,
      ...(this.#options.reloading && { reloading: this.#options.reloading }),
    })
  }

  /** On a thread, so that questions are answered meanwhile, and that what a large build takes of memory ends with it; a small first one is quicker here. */
  async #build(order: BuildOrder): Promise<Candidate> {
    const isHere = !this.#sources.isWatched && isSmall(order.sources)
    return isHere ? nextCandidate(order, addressesOfInterface) : buildOnThread(order)
  }

  #newHttp(): HttpProcess {
    const { pin } = this.#state
    const [counters, until] = [() => this.#dns.counters(), () => this.#tls?.until]
    const parts = { server: this.#server, reloader: this.#reloader, counters, until, pin, audit: this.#audit }
    return masterHttp(this.#options, { ...parts, served: () => this.#pipeline.served.public, own: () => this.#own.all })
  }

  #newBoot(): MasterBoot {
    const [server, own, audit] = [this.#server, this.#own, this.#audit]
    return bootOfMaster(this.#options, { config: () => this.#config(), server, own, audit })
  }

  #newObjects(): ObjectsFront {
    const shared = { ...this.#server.shared, ...keysOfObjects(this.#state.keys), limits: this.#limits.network }
    const from = { ...shared, clock: monotonic, random: Math.random, log: this.#options.logger }
    return new ObjectsFront(this.#options.settings.objects, from)
  }

  #newOthers(): OtherMasters {
    const { logger } = this.#options
    return new OtherMasters({
      own: () => this.#own.all,
      port: () => this.#own.port,
      trust: this.#state.keys.trust,
      software: this.#software,
      ...{ clock: monotonic, log: logger, random: Math.random },
      held: () => this.#pipeline.served.public?.header.bytes,
      bridged: (lists) => this.#state.keys.bridged(lists),
      met: (header, place) => this.#lineage.met(header.bytes, masterText(place)),
    })
  }

  /**
   * Starts in the folders that were taken: reads what is on disk, publishes it, opens the doors. Where what is on disk is refused, the
   * last good generation is served; without one it throws NothingToServeError. Also throws TransportError. Where it throws, what it
   * began with is ended.
   */
  static async start(options: MasterOptions, beginnings: MasterBeginnings): Promise<Master> {
    const { settings, logger } = options
    let master: Master | undefined
    try {
      const state = await StateDir.open(settings.stateDir, logger, seconds)
      master = new Master(options, { ...beginnings, state, tls: await masterTls(settings.stateDir, state, logger) })
      // What the settings have wrong is told before anybody is given anything.
      master.#http.prepare()
      await master.#firstGeneration()
      await master.#pipeline.open()
      const { kept } = master.#accounts
      await master.#reloader.between(() => kept.open())
      return master
    } catch (error) {
      if (master === undefined) await beginnings.dns.close()
      await (master?.close() ?? beginnings.folders.release())
      throw error
    }
  }

  /** Reads everything again soon. */
  hangup(): void {
    this.#triggers.signalled()
  }

  /** Ends: no more questions, nothing half written. */
  async close(): Promise<void> {
    await this.#rotation.close()
    this.#tls?.close()
    this.#sources.close()
    this.#accounts.close()
    this.#interface.close()
    await this.#reloader.close()
    await this.#pipeline.close()
    await this.#folders.release()
  }

  get state(): string {
    const missing = this.#doors.missing.join(', ')
    return [
      `serves generation ${this.#pipeline.served.public?.generation ?? 0}`,
      ...(missing === '' ? [] : [`waits for the address of ${missing}`]),
      ...(this.#reloader.last?.outcome === 'refused' ? ['the last reload was refused: run kickback check'] : []),
      ...(this.#lineage.conflict() === undefined ? [] : ['in conflict with another master: run kickback status']),
    ].join('; ')
  }

  async #firstGeneration(): Promise<void> {
    await firstGeneration({
      ...{ files: this.#files, lineage: this.#lineage, state: this.#state },
      ...{ sources: this.#sources, reloader: this.#reloader },
      served: () => this.#pipeline.served,
      give: (changed, from) => this.#give(changed, from),
      ...this.#options,
    })
    this.#sources.follow((origin) => this.#triggers.changed(origin), expectBuild)
  }

  /** The configuration of what is served: of the pinned content, else the last good one; undefined if none is known. */
  async #config(): Promise<SourceContent | undefined> {
    const isPinned = this.#state.pin.content !== undefined
    return isPinned ? this.#pipeline.config : (await this.#reloader.good())?.config
  }

  /** The Cluster of what is served; undefined if none is known. */
  async cluster(): Promise<ServedCluster | undefined> {
    return servedCluster(await this.#config(), this.#options.settings.rules)
  }

  #keep(snapshot: Snapshot, from: Origin): Promise<void> {
    return this.#state.generations.keep(snapshot, { config: undefined, ...this.#lineage.madeBy(snapshot), ...from })
  }

  /** A reload by request. What passes the rules, or goes back, is in the audit log. */
  async #requested(asked: ReloadOptions): Promise<ReloadReport> {
    const before = this.#pipeline.served.public
    const report = await this.#triggers.requested(asked)
    auditReload(this.#audit, asked, report, [before, this.#pipeline.served.public])
    if (asked.stageSet !== undefined) this.#boot.release(asked.stageSet)
    return report
  }

  async #publish(pair: SnapshotPair, from: Origin): Promise<void> {
    const changed = {
      ...(pair.public && { public: Snapshot.open(pair.public) }),
      ...(pair.shadow && { shadow: Snapshot.open(pair.shadow) }),
    }
    await this.#give(changed, from)
    const emptied = this.#caches.emptied(Object.keys(from.difference))
    // Who asked for a reload finds on this machine what it brought. Nobody asked for the first generation.
    if (this.#sources.isWatched) await emptied
  }

  /** Makes it what is served, once the history has it on disk: nobody is to hold what a restart would not know. */
  async #give(changed: Partial<Served>, from?: Origin): Promise<void> {
    await this.#state.history.kept()
    await this.#pipeline.publish(changed, from)
  }

  /** What a candidate says of this machine decides where it listens, and what it says of shadow entries which nodes get which. */
  #judged(candidate: Candidate, isAccepted: boolean, isShadowAccepted: boolean): void {
    if (isShadowAccepted && this.#passwords.learn(candidate)) this.#server.grantsChanged()
    if (isAccepted) this.#interface.follow(candidate.followedInterface, candidate.interfaceAddresses)
    if (this.#own.learn(candidate, isAccepted)) handlers.float('doors of a reload', () => this.#doors.follow())
  }
}

/** Seconds since 1970. */
const seconds = (): number => wallClock() / 1000
