/** The daemon of a master: sources, candidate, decision, store and fronts, put together. */

import { join } from 'node:path'
import { formatDiagnostic } from '../config/index.ts'
import { secondarySerials } from '../dns/index.ts'
import { KickbackServer, limitsWithin, machineName, type ReloadOptions, type ReloadReport } from '../kickback/index.ts'
import { isMasterHere, mastersOfCluster, Snapshot, signerOf } from '../resolver/index.ts'
import { background, handlers, messageOf, monotonic, wallClock } from '../values/index.ts'
import { buildOnThread, share } from './candidate/build-thread.ts'
import { buildCandidate, type Candidate, type SnapshotPair } from './candidate/candidate.ts'
import { addressesOfInterface } from './candidate/interface-address.ts'
import { type ServedCluster, servedCluster } from './candidate/served-cluster.ts'
import type { Daemon, DaemonProcess } from './daemon.ts'
import { descriptorLimit } from './descriptors.ts'
import { FilesFront } from './fronts/files-front.ts'
import { MetricsFront } from './fronts/metrics-front.ts'
import { flushNscd } from './fronts/neighbours.ts'
import { NetworkDoors } from './fronts/network-doors.ts'
import { ServiceFront } from './fronts/service-front.ts'
import { masterText } from './generations/conflict.ts'
import { KeptHistory } from './generations/kept-history.ts'
import { Lineage } from './generations/lineage.ts'
import { OtherMasters } from './generations/other-masters.ts'
import { keyPairFault, openSigningKey, type SigningKey } from './generations/signing-key.ts'
import { proved } from './judge/content.ts'
import { OwnAddresses } from './own-addresses.ts'
import { type Origin, Pipeline } from './pipeline.ts'
import { type DnsProcess, newDnsProcess } from './processes/dns-process.ts'
import { causeOf, Reloader } from './reloader.ts'
import type { MasterSettings } from './settings.ts'
import { ClusterSources } from './sources/cluster-sources.ts'
import { FileSource, fileSources } from './sources/file-source.ts'
import { InterfaceWatch } from './sources/interface-watch.ts'
import { KeptSources } from './sources/kept-sources.ts'
import type { SourceContent, Sources } from './sources/source.ts'
import { type DaemonFolders, takeFolders } from './store/daemon-folders.ts'
import { KeptGenerations } from './store/kept-generations.ts'
import { Pin } from './store/pin.ts'
import { SnapshotFiles } from './store/snapshot-files.ts'

/** What a master is started with. */
export interface MasterOptions extends DaemonProcess {
  readonly settings: MasterSettings
}

/** What a master has opened before it is made. */
interface OpenedState {
  readonly key: SigningKey
  readonly folders: DaemonFolders
  readonly generations: KeptGenerations
  readonly pin: Pin
}

/** A master that cannot start: there is nothing good to serve. The message has every diagnostic. */
export class NothingToServeError extends Error {
  override readonly name = 'NothingToServeError'
}

/** The daemon of the master machine: what is on disk becomes what is served. */
export class Master implements Daemon {
  /** It does not start without a generation. */
  readonly ready = Promise.resolve()
  readonly #options: MasterOptions
  readonly #key: SigningKey
  readonly #folders: DaemonFolders
  readonly #generations: KeptGenerations
  readonly #pin: Pin
  readonly #sources: ClusterSources
  readonly #interface: InterfaceWatch
  readonly #files: SnapshotFiles
  readonly #own: OwnAddresses
  readonly #lineage: Lineage
  readonly #server: KickbackServer
  readonly #reloader: Reloader
  readonly #doors: NetworkDoors
  readonly #dns: DnsProcess
  readonly #others: OtherMasters
  readonly #pipeline: Pipeline
  #queuedByWatch = false
  #queuedBySignal = false

  private constructor(options: MasterOptions, { key, folders, generations, pin }: OpenedState) {
    const { settings, logger, pid } = options
    this.#options = options
    this.#key = key
    this.#folders = folders
    this.#generations = generations
    this.#pin = pin
    this.#sources = new ClusterSources(fileSources(settings.sources), logger)
    const changed = (name: string): void => this.#changed(`the addresses of ${name}`)
    this.#interface = new InterfaceWatch({ addressesOf: addressesOfInterface, changed, clock: background })
    this.#files = new SnapshotFiles({ folders, pid, clock: monotonic, log: logger })
    const named = settings.listen.map(({ address }) => address)
    this.#own = new OwnAddresses(named, () => this.#pipeline.served)
    this.#lineage = this.#newLineage()
    this.#server = this.#newServer()
    this.#doors = this.#newDoors()
    this.#dns = newDnsProcess(options)
    this.#reloader = this.#newReloader()
    this.#others = this.#newOthers()
    // Files go first: what others are given is on this disk. DNS opens before the sockets: who is answered there finds all open.
    this.#pipeline = new Pipeline(
      [
        new FilesFront(this.#files, logger),
        this.#dns,
        new ServiceFront(this.#server, folders),
        this.#doors,
        this.#newMetrics(),
        this.#others,
      ],
      logger,
      (snapshot, from) => this.#keep(snapshot, from),
    )
  }

  #newLineage(): Lineage {
    const { settings, logger } = this.#options
    const { privateKey, publicKey } = this.#key
    return new Lineage({
      history: KeptHistory.open(join(settings.stateDir, 'history'), logger),
      privateKey,
      publicKey,
      log: logger,
      clock: () => wallClock() / 1000,
      own: () => this.#own.machine,
      renumber: () => this.#renumberLater(),
    })
  }

  #newServer(): KickbackServer {
    const { settings, version, logger, pid } = this.#options
    return new KickbackServer({
      role: 'master',
      software: `kickback ${version}`,
      clock: monotonic,
      log: logger,
      policy: settings.policy,
      limits: limitsWithin(descriptorLimit()),
      pid,
      here: () => this.#own.known?.bytes,
      reload: (asked) => this.#reloader.reload(causeOf(asked), () => this.#asked(asked), asked),
      generations: () => this.#generations.all,
      pinned: () => this.#pin.content && { generation: this.#pin.content.generation, time: this.#pin.content.time },
      lastReload: () => this.#reloader.last,
      dnsPlaces: () => this.#dns.places,
      dnsProcess: () => this.#dns.report,
      sign: signerOf(this.#key.privateKey),
      key: this.#key.publicKey,
      otherMasters: () => this.#others.report(),
      isUnnamed: () => this.#isUnnamed,
      history: (generation, digest) => this.#lineage.holds(generation, digest),
      conflict: () => this.#lineage.conflict() !== undefined,
      conflictReport: () => this.#lineage.conflict(),
      met: (header, asker) => this.#lineage.met(header, machineName(asker, this.#server.current)),
    })
  }

  #newDoors(): NetworkDoors {
    const { settings, logger } = this.#options
    const usual = () => ({ port: this.#own.port, addresses: this.#own.masters })
    return new NetworkDoors({ server: this.#server, named: settings.listen, usual, logger })
  }

  #newReloader(): Reloader {
    const { settings, logger } = this.#options
    const kept = new KeptSources(settings.stateDir, logger)
    return new Reloader({
      rules: settings.rules,
      current: () => this.#pipeline.served,
      // Nobody asks yet while the first generation is built.
      build: async (order) =>
        this.#sources.isWatched ? buildOnThread(order) : buildCandidate(order, addressesOfInterface),
      stamp: (pair, order) => this.#lineage.stamp(pair, order),
      publish: (pair, from) => this.#publish(pair, from),
      judged: (candidate, isAccepted) => this.#judged(candidate, isAccepted),
      kept: { read: () => kept.read(settings.sources), keep: (sources) => kept.keep(sources) },
      earlier: { read: (generation) => this.#earlier(generation), pin: this.#pin },
      logger,
      wallClock,
      ...(this.#options.reloading && { reloading: this.#options.reloading }),
    })
  }

  #newMetrics(): MetricsFront {
    const { settings, logger } = this.#options
    const sources = {
      report: () => this.#server.report(),
      dns: () => this.#dns.counters(),
      reloads: () => this.#reloader.outcomes,
    }
    return new MetricsFront(settings.metrics, sources, logger)
  }

  #newOthers(): OtherMasters {
    const { version, logger } = this.#options
    return new OtherMasters({
      own: () => this.#own.all,
      port: () => this.#own.port,
      key: this.#key.publicKey,
      software: `kickback ${version}`,
      clock: monotonic,
      log: logger,
      random: Math.random,
      held: () => this.#pipeline.served.public?.header.bytes,
      met: (header, place) => this.#lineage.met(header.bytes, masterText(place)),
    })
  }

  /**
   * Starts: takes the folders, reads what is on disk, publishes it, opens the doors. Where what is on disk is refused, the
   * last good generation is served; without one it throws NothingToServeError. Also throws FolderError, OwnedError,
   * TransportError.
   */
  static async start(options: MasterOptions): Promise<Master> {
    const { settings, logger } = options
    const folders = await takeFolders({ ...settings, ...options, clock: monotonic })
    let master: Master | undefined
    try {
      const key = openSigningKey(settings.stateDir)
      if (key.exposed)
        logger.warn(
          { file: join(settings.stateDir, 'signing.key') },
          'other users can read the signing key: use chmod go=',
        )
      const fault = keyPairFault(settings.stateDir)
      if (fault !== undefined) logger.warn({}, fault)
      const generations = await KeptGenerations.open({
        folder: join(settings.stateDir, 'generations'),
        believed: (bytes) => proved(bytes, { key: undefined }),
        log: logger,
      })
      const pin = Pin.open(join(settings.stateDir, 'pin'), logger)
      master = new Master(options, { key, folders, generations, pin })
      // What the settings have wrong is told before anybody is given anything.
      master.#dns.prepare()
      await master.#firstGeneration()
      await master.#pipeline.open()
      return master
    } catch (error) {
      await (master?.close() ?? folders.release())
      throw error
    }
  }

  /** Reads everything again soon. Further calls before it begins are the same one: a flood of signals is one reload. */
  hangup(): void {
    if (this.#queuedBySignal) return
    this.#queuedBySignal = true
    const read = (): Promise<Sources> => {
      this.#queuedBySignal = false
      return this.#sources.read()
    }
    handlers.float('reload by signal', () => this.#reloader.reload('SIGHUP', read, { dryRun: false, force: false }))
  }

  /** Ends: no more questions, nothing half written. */
  async close(): Promise<void> {
    this.#sources.close()
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

  /** Continues from the last good generation, and reads what is on disk. Nothing is announced until the fronts open. */
  async #firstGeneration(): Promise<void> {
    const kept = await this.#files.lastGood()
    this.#lineage.resume(kept)
    await this.#askSecondaries()
    await this.#pipeline.publish(this.#lineage.continued(kept))
    await this.#servePinned()
    const sources = await this.#sources.read()
    const report = await this.#reloader.reload('start', async () => sources, { dryRun: false, force: false })
    const { public: served, shadow } = this.#pipeline.served
    if (served === undefined) throw new NothingToServeError(nothingToServe(report))
    for (const snapshot of [served, shadow]) if (snapshot !== undefined) share(snapshot.bytes)
    this.#sources.follow((origin) => this.#changed(origin))
  }

  /** Whether the configuration names masters, and this machine has the address of none. */
  get #isUnnamed(): boolean {
    const { public: served } = this.#pipeline.served
    return served !== undefined && !isMasterHere(mastersOfCluster(served), this.#own.machine)
  }

  /** What is pinned is what is served: a crash may have come between the pin and the publication. */
  async #servePinned(): Promise<void> {
    const { logger } = this.#options
    const pinned = this.#pin.content
    const served = this.#pipeline.served.public
    if (pinned === undefined || (served !== undefined && hex(served.digest) === pinned.digest)) return
    try {
      const kept = this.#generations.withDigest(pinned.digest)?.generation ?? pinned.generation
      const { snapshot, config } = await this.#earlier(kept)
      const pair = { public: Uint8Array.from(snapshot.bytes), shadow: undefined }
      const inputTimes = [snapshot.header.contentTime]
      this.#lineage.stamp(pair, { inputTimes, isForced: false, cause: `back to generation ${pinned.generation}` })
      await this.#pipeline.publish({ public: Snapshot.open(pair.public) }, { difference: {}, config })
    } catch (error) {
      const fields = { generation: pinned.generation, reason: messageOf(error) }
      logger.error(fields, 'the pinned generation is lost: it is released, and what the sources say is served')
      await this.#pin.release()
    }
  }

  /** The content of an earlier generation, and the configuration that it was made from. */
  async #earlier(generation: number): Promise<{ snapshot: Snapshot; config: SourceContent | undefined }> {
    const snapshot = await this.#generations.read(generation)
    return { snapshot, config: await this.#generations.configOf(generation) }
  }

  /** The Cluster of what is served: of the pinned generation, else of the last good configuration; undefined if none is known. */
  async cluster(): Promise<ServedCluster | undefined> {
    const pinned = this.#pin.content
    const config = pinned ? await this.#generations.configOf(pinned.generation) : (await this.#reloader.good())?.config
    return servedCluster(config, this.#options.settings.rules)
  }

  #keep(snapshot: Snapshot, { difference, config }: Origin): Promise<void> {
    return this.#generations.keep(snapshot, { ...this.#lineage.madeBy(snapshot), difference, config })
  }

  /** The serials of the secondaries: a state dir that was lost does not send the zones back. */
  async #askSecondaries(): Promise<void> {
    const { dns, rules } = this.#options.settings
    this.#lineage.heardSerials(await secondarySerials(dns.secondaries, rules.domain))
  }

  /** What another master has decides the number of what we serve: between reloads, since those make numbers too. */
  #renumberLater(): void {
    handlers.float('met another generation', () =>
      this.#reloader.between(async () => {
        const renumbered = this.#lineage.renumbered()
        if (renumbered === undefined) return
        const { snapshot, isAdopted } = renumbered
        await this.#pipeline.publish({ public: snapshot })
        share(snapshot.bytes)
        const message = isAdopted ? 'adopted the number of another master' : 'published above what another master had'
        this.#options.logger.info({ generation: snapshot.generation }, message)
      }),
    )
  }

  /**
   * What a request is about: all files as they are now. A dry run leaves them to the watch, and may be of another
   * configuration.
   */
  #asked({ dryRun, config }: ReloadOptions): Promise<Sources> {
    if (!dryRun) return this.#sources.read()
    return this.#sources.glance(config === undefined ? {} : { config: new FileSource(config) })
  }

  /** A watched source changed. Sources that change while a reload waits for its turn are all read by that one. */
  #changed(origin: string): void {
    if (this.#queuedByWatch) return
    this.#queuedByWatch = true
    const read = (): Promise<Sources> => {
      this.#queuedByWatch = false
      return this.#sources.believed()
    }
    const options = { dryRun: false, force: false }
    handlers.float('reload by watch', () => this.#reloader.reload(`change of ${origin}`, read, options))
  }

  async #publish(pair: SnapshotPair, from: Origin): Promise<void> {
    const changed = {
      ...(pair.public && { public: Snapshot.open(pair.public) }),
      ...(pair.shadow && { shadow: Snapshot.open(pair.shadow) }),
    }
    await this.#pipeline.publish(changed, from)
    handlers.float('nscd flush', () => flushNscd(Object.keys(from.difference)))
  }

  /** What a candidate says of this machine decides where it listens. */
  #judged(candidate: Candidate, isAccepted: boolean): void {
    if (isAccepted) this.#interface.follow(candidate.followedInterface, candidate.interfaceAddresses)
    if (this.#own.learn(candidate, isAccepted)) handlers.float('doors of a reload', () => this.#doors.follow())
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function nothingToServe({ diagnostics, reason = '' }: ReloadReport): string {
  const why = diagnostics.length === 0 ? `: ${reason}` : ''
  return [...diagnostics.map(formatDiagnostic), `kickback: there is nothing to serve${why}`].join('\n')
}
