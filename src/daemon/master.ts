/** The daemon of a master: sources, candidate, decision, store and fronts, put together. */

import { join } from 'node:path'
import { secondarySerials } from '../dns/index.ts'
import {
  claimFolder,
  DEFAULT_PORT,
  KickbackServer,
  limitsWithin,
  openSockets,
  placeName,
  prepareFolder,
  type Release,
  type ReloadOptions,
  type ReloadReport,
} from '../kickback/index.ts'
import { type Asker, type Difference, isProved, layout, Snapshot, signerOf } from '../resolver/index.ts'
import { type Address, addressFromBytes, handlers, messageOf, monotonic } from '../values/index.ts'
import { buildOnThread, share } from './candidate/build-thread.ts'
import { buildCandidate, type Candidate, type SnapshotPair } from './candidate/candidate.ts'
import { interfaceAddress, machineAddresses } from './candidate/interface-address.ts'
import { type MasterAddresses, ownMasters } from './candidate/own-masters.ts'
import type { Daemon, DaemonProcess } from './daemon.ts'
import { descriptorLimit } from './descriptors.ts'
import { DnsFront } from './fronts/dns-front.ts'
import { Fronts } from './fronts/front.ts'
import { isLoopbackOnly, LOOPBACK_ONLY } from './fronts/loopback-only.ts'
import { MetricsFront } from './fronts/metrics-front.ts'
import { flushNscd } from './fronts/neighbours.ts'
import { NetworkDoors } from './fronts/network-doors.ts'
import { holderText } from './generations/conflict.ts'
import { KeptHistory } from './generations/kept-history.ts'
import { Lineage } from './generations/lineage.ts'
import { OtherMasters } from './generations/other-masters.ts'
import { openSigningKey, type SigningKey } from './generations/signing-key.ts'
import type { CurrentPair } from './judge/decision.ts'
import { Reloader } from './reloader.ts'
import type { MasterSettings } from './settings.ts'
import { KeptSources } from './sources/kept-sources.ts'
import { readSource, readSources, type Sources } from './sources/source-file.ts'
import { SourceWatch } from './sources/source-watch.ts'
import { shadowGroup } from './store/shadow-group.ts'
import { SnapshotFiles } from './store/snapshot-files.ts'

/** What a master is started with. */
export interface MasterOptions extends DaemonProcess {
  readonly settings: MasterSettings
}

/** A master that cannot start: there is nothing good to serve. The message has every diagnostic. */
export class NothingToServeError extends Error {
  override readonly name = 'NothingToServeError'
}

/** The daemon of the master machine: what is on disk becomes what is served. */
export class Master implements Daemon {
  readonly #options: MasterOptions
  readonly #key: SigningKey
  readonly #files: SnapshotFiles
  readonly #lineage: Lineage
  readonly #others: OtherMasters
  readonly #release: Release
  readonly #server: KickbackServer
  readonly #reloader: Reloader
  readonly #doors: NetworkDoors
  readonly #dns: DnsFront
  readonly #fronts: Fronts
  #watch: SourceWatch | undefined
  #queuedByWatch = false
  #queuedBySignal = false
  #reading: Candidate | undefined

  private constructor(options: MasterOptions, key: SigningKey, files: SnapshotFiles, release: Release) {
    this.#options = options
    this.#key = key
    this.#files = files
    this.#release = release
    this.#lineage = this.#newLineage()
    this.#server = this.#newServer()
    this.#doors = new NetworkDoors({ server: this.#server, logger: options.logger })
    this.#dns = new DnsFront(options.settings.dns, options.logger)
    this.#reloader = this.#newReloader()
    this.#fronts = new Fronts([this.#dns, this.#newMetrics()])
    this.#others = this.#newOthers()
  }

  #newLineage(): Lineage {
    const { settings, logger } = this.#options
    const { privateKey, publicKey } = this.#key
    return new Lineage({
      history: KeptHistory.open(join(settings.stateDir, 'history'), logger),
      privateKey,
      publicKey,
      log: logger,
      clock: () => Date.now() / 1000,
      own: () => this.#ownAddresses(),
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
      here: () => this.#ownAddress?.bytes,
      reload: (asked) => this.#reloader.reload('request', () => this.#asked(asked), asked),
      lastReload: () => this.#reloader.last,
      dnsPlaces: () => this.#dns.places,
      sign: signerOf(this.#key.privateKey),
      history: (generation, digest) => this.#lineage.holds(generation, digest),
      conflict: () => this.#lineage.conflict() !== undefined,
      conflictReport: () => this.#lineage.conflict(),
      met: (header, asker) => this.#lineage.met(header, holderOf(asker)),
    })
  }

  #newReloader(): Reloader {
    const { settings, logger } = this.#options
    const kept = new KeptSources(settings.stateDir, logger)
    return new Reloader({
      rules: settings.rules,
      current: () => this.#current(),
      // Nobody asks yet while the first generation is built.
      build: async (order) =>
        this.#watch === undefined ? buildCandidate(order, interfaceAddress) : buildOnThread(order),
      stamp: (pair, order) => this.#lineage.stamp(pair, order),
      publish: (pair, difference) => this.#publish(pair, difference),
      judged: (candidate, isAccepted) => this.#judged(candidate, isAccepted),
      kept: { read: () => kept.read(settings.sources), keep: (sources) => kept.keep(sources) },
      logger,
      wallClock: Date.now,
    })
  }

  #newMetrics(): MetricsFront {
    const { settings, logger } = this.#options
    const sources = {
      report: () => this.#server.report(),
      dns: () => this.#dns.counters,
      reloads: () => this.#reloader.outcomes,
    }
    return new MetricsFront(settings.metrics, sources, logger)
  }

  #newOthers(): OtherMasters {
    const { version, logger } = this.#options
    return new OtherMasters({
      own: () => this.#ownAddresses(),
      port: () => this.#port,
      key: this.#key.publicKey,
      software: `kickback ${version}`,
      clock: monotonic,
      log: logger,
      random: Math.random,
      held: () => this.#server.current?.header.bytes,
      met: (header, place) => this.#lineage.met(header.bytes, `master ${placeName(place)}`),
    })
  }

  /**
   * Starts: takes the folders, reads what is on disk, publishes it, opens the doors. Where what is on disk is refused, the
   * last good generation is served; without one it throws NothingToServeError. Also throws FolderError, OwnedError,
   * TransportError.
   */
  static async start(options: MasterOptions): Promise<Master> {
    const { settings, logger, pid, uid } = options
    const group = shadowGroup(uid)
    const folder = { uid, ...(group !== undefined && { privateGroup: group }) }
    const run = await prepareFolder(settings.runDir, folder)
    const release = await claimFolder(settings.runDir, pid, monotonic)
    let master: Master | undefined
    try {
      const state = await prepareFolder(settings.stateDir, folder)
      const key = openSigningKey(settings.stateDir)
      if (key.exposed) logger.warn({ file: join(settings.stateDir, 'signing.key') }, 'others can read the signing key')
      master = new Master(options, key, new SnapshotFiles({ run, state, group, pid, log: logger }), release)
      await master.#firstGeneration()
      await openSockets(master.#server, run, folder)
      await master.#openDoors()
      await master.#fronts.open()
      await master.#serveFronts()
      master.#others.follow(master.#server.current)
      master.#warnOfLoopback()
      return master
    } catch (error) {
      await (master?.close() ?? release())
      throw error
    }
  }

  /** Reads everything again soon. Further calls before it begins are the same one: a flood of signals is one reload. */
  hangup(): void {
    if (this.#queuedBySignal) return
    this.#queuedBySignal = true
    const read = (): Promise<Sources> => {
      this.#queuedBySignal = false
      return this.#reread()
    }
    handlers.float('reload by signal', () => this.#reloader.reload('SIGHUP', read, { dryRun: false, force: false }))
  }

  /** Ends: no more questions, nothing half written. */
  async close(): Promise<void> {
    this.#others.close()
    this.#watch?.close()
    this.#doors.close()
    await this.#reloader.close()
    await this.#fronts.close()
    await this.#server.close()
    await this.#files.close()
    await this.#release()
  }

  #current(): CurrentPair {
    return { public: this.#server.current, shadow: this.#server.currentShadow }
  }

  /** Serves the last good generation in memory, reads what is on disk, and puts on disk what is served then. */
  async #firstGeneration(): Promise<void> {
    const { settings } = this.#options
    const kept = this.#resumed(await this.#files.lastGood())
    await this.#askSecondaries()
    for (const snapshot of [kept.public, kept.shadow]) if (snapshot !== undefined) this.#server.publish(snapshot)
    const sources = await readSources(settings.sources)
    const report = await this.#reloader.reload('start', async () => sources, { dryRun: false, force: false })
    const { public: served, shadow } = this.#current()
    if (served === undefined) throw new NothingToServeError(nothingToServe(report))
    for (const snapshot of [kept.shadow, kept.public]) {
      if (snapshot !== undefined && (snapshot === served || snapshot === shadow)) await this.#write(snapshot)
    }
    for (const snapshot of [served, shadow]) if (snapshot !== undefined) share(snapshot.bytes)
    this.#watch = new SourceWatch(sources, (path) => this.#changed(path), this.#options.logger)
  }

  /** Goes on from what was kept. What another key signed is good content all the same: it is signed anew. */
  #resumed(kept: CurrentPair): CurrentPair {
    const isOurs = (snapshot: Snapshot | undefined): boolean =>
      snapshot !== undefined && isProved(snapshot, this.#key.publicKey)
    this.#lineage.resume({
      public: isOurs(kept.public) ? kept.public : undefined,
      shadow: isOurs(kept.shadow) ? kept.shadow : undefined,
    })
    const resigned = (snapshot: Snapshot | undefined): Snapshot | undefined =>
      snapshot === undefined || isOurs(snapshot) ? snapshot : this.#lineage.resigned(snapshot)
    return { public: resigned(kept.public), shadow: resigned(kept.shadow) }
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
        await this.#write(snapshot)
        this.#server.publish(snapshot)
        share(snapshot.bytes)
        const told = isAdopted ? 'adopted the number of another master' : 'published above what another master had'
        this.#options.logger.info({ generation: snapshot.generation }, told)
        await this.#serveFronts()
        this.#others.follow(this.#server.current)
      }),
    )
  }

  async #openDoors(): Promise<void> {
    const { settings } = this.#options
    if (settings.listen.length > 0) return this.#doors.openNamed(settings.listen)
    await this.#doors.openUsual(this.#port, this.#masterAddresses)
  }

  /** A master that no node can reach is mostly one whose configuration lacks its interface. */
  #warnOfLoopback(): void {
    const { logger } = this.#options
    const { listening } = this.#server.report()
    if (isLoopbackOnly(listening)) logger.warn({ listening: listening.join(' ') }, LOOPBACK_ONLY)
  }

  async #openMoreDoors(): Promise<void> {
    try {
      await this.#openDoors()
    } catch (error) {
      this.#options.logger.error({ err: error }, 'cannot listen')
    }
  }

  /** What a request is about: all files as they are now. A dry run leaves them to the watch, and may be of another configuration. */
  async #asked({ dryRun, config }: ReloadOptions): Promise<Sources> {
    if (!dryRun) return this.#reread()
    const sources = await readSources(this.#options.settings.sources)
    return config === undefined ? sources : { ...sources, config: await readSource(config) }
  }

  #reread(): Promise<Sources> {
    return this.#watch === undefined ? readSources(this.#options.settings.sources) : this.#watch.reread()
  }

  /** A watched file changed. Files that change while a reload waits for its turn are all read by that one. */
  #changed(path: string): void {
    if (this.#queuedByWatch) return
    this.#queuedByWatch = true
    const read = async (): Promise<Sources> => {
      this.#queuedByWatch = false
      return this.#watch?.believed() ?? readSources(this.#options.settings.sources)
    }
    const options = { dryRun: false, force: false }
    handlers.float('reload by watch', () => this.#reloader.reload(`change of ${path}`, read, options))
  }

  async #publish(pair: SnapshotPair, difference: Difference): Promise<void> {
    for (const bytes of [pair.shadow, pair.public]) {
      if (bytes === undefined) continue
      const snapshot = Snapshot.open(bytes)
      await this.#write(snapshot)
      this.#server.publish(snapshot)
    }
    if (this.#watch !== undefined) {
      await this.#serveFronts()
      this.#others.follow(this.#server.current)
    }
    handlers.float('nscd flush', () => flushNscd(Object.keys(difference)))
  }

  async #serveFronts(): Promise<void> {
    const { current } = this.#server
    if (current === undefined) return
    await this.#fronts.serve(current)
  }

  /** What can't be written now is tried again; whoever asks a socket is answered from it all the same. */
  async #write(snapshot: Snapshot): Promise<void> {
    try {
      await this.#files.publish(snapshot)
    } catch (error) {
      this.#options.logger.error({ generation: snapshot.generation, reason: messageOf(error) }, 'publishing failed')
    }
  }

  /** What a good candidate says of this machine holds from now on; at a start what a refused one says is better than nothing. */
  #judged(candidate: Candidate, isAccepted: boolean): void {
    const isFirst = this.#reading === undefined
    if (!isAccepted && !isFirst) return
    this.#reading = candidate
    if (isFirst || this.#options.settings.listen.length > 0) return
    handlers.float('doors of a reload', () => this.#openMoreDoors())
  }

  /** The port of the service: the configuration's, else the usual one. */
  get #port(): number {
    return this.#reading?.port || DEFAULT_PORT
  }

  /** The addresses of this machine, those that nodes know it by first. */
  #ownAddresses(): readonly Address[] {
    return [...ownMasters(this.#masterAddresses, this.#machineAddresses()), ...this.#machineAddresses()]
  }

  #machineAddresses(): readonly Address[] {
    return [...this.#options.settings.listen.map(({ address }) => address), ...machineAddresses()]
  }

  /** The address that nodes know us by. */
  get #ownAddress(): Address | undefined {
    const [own] = ownMasters(this.#masterAddresses, this.#machineAddresses())
    return own
  }

  /** The addresses of masters: the configuration's, else what the last good generation has. */
  get #masterAddresses(): MasterAddresses {
    const masters = this.#reading?.masters ?? []
    if (this.#reading?.interfaceAddress !== undefined)
      return { masters, interfaceAddress: this.#reading.interfaceAddress }
    const master = this.#server.current?.find('hosts', { name: 'master' })
    const [address] = master?.kind === layout.HOST_KINDS.MASTER ? master.addresses : []
    return { masters, interfaceAddress: address }
  }
}

/** Who holds a generation, in words. */
function holderOf(asker: Asker): string {
  return holderText('node', asker.via === 'network' ? addressFromBytes(asker.address) : undefined)
}

function nothingToServe({ diagnostics, reason = '' }: ReloadReport): string {
  const why = diagnostics.length === 0 ? `: ${reason}` : ''
  return [...diagnostics, `kickback: there is nothing to serve${why}`].join('\n')
}
