/** The daemon of DNS alone: answers from the published snapshot of this machine, and needs nothing else of it. */
import type { FileHandle } from 'node:fs/promises'
import type { DnsSettings, Share } from '../../dns/index.ts'
import type { Trust } from '../../kickback/index.ts'
import type { Snapshot } from '../../resolver/index.ts'
import { type HostPort, handlers, type Log } from '../../values/index.ts'
import type { Daemon } from '../daemon.ts'
import { DnsFront } from '../fronts/dns-front.ts'
import { HttpFront } from '../http/http-front.ts'
import { zonesIn } from '../judge/content.ts'
import { LoopDelay } from '../metrics/loop-delay.ts'
import { type MetricsSources, readMetrics } from '../metrics/reading.ts'
import { Pipeline } from '../pipeline.ts'
import { SnapshotWatch } from '../sources/snapshot-watch.ts'
import type { DnsFigures } from './channel/dns-figures.ts'

/** What the daemon is started with. */
interface DnsDaemonOptions {
  readonly dns: DnsSettings
  /** The part of this one, where several answer at the same addresses, and where the first of them takes what others hand over. */
  readonly share?: Share
  readonly handover?: number
  /** Where snapshots are looked for, the first choice first. */
  readonly folders: readonly string[]
  /** The cluster's key, where snapshots are to be proved by it. */
  readonly trust: Pick<Trust, 'proves'>
  /** The effective uid, as it is then. */
  readonly uid: () => number
  /** Called once when all sockets are open: what only root may do is done. Where it is set, none opens before all can. */
  readonly opened?: () => void
  /** Where there is no snapshot at first, the start waits until this resolves, or one comes. */
  readonly awaited?: Promise<void>
  /** Called once a second (answerFirst). */
  readonly polled?: () => void
  /** Where HTTP is answered; null for nowhere. */
  readonly http: HostPort | null
  readonly logger: Log
}

/** DNS over the snapshot file. */
export class DnsDaemon implements Daemon {
  readonly #front: DnsFront
  readonly #pipeline: Pipeline
  readonly #watch: SnapshotWatch
  readonly #http: HttpFront
  readonly #loop = new LoopDelay({ lasts: 0 })
  readonly #log: Log
  /** Resolves with the first snapshot. */
  readonly ready: Promise<void>

  private constructor({ dns, share, handover, folders, trust, uid, opened, polled, http, logger }: DnsDaemonOptions) {
    this.#log = logger
    let isPrivileged = opened !== undefined
    const giveUp = (): void => {
      opened?.()
      isPrivileged = false
    }
    this.#front = new DnsFront(dns, logger, {
      ...(isPrivileged && { opened: giveUp }),
      ...(share && { share, handover: handover ?? 0 }),
    })
    // Root answers nobody: HTTP waits for DNS, which may wait for a snapshot or an address.
    const reading = () => readMetrics(this.#measured)
    this.#http = new HttpFront(http, { reading }, logger, { mayOpen: () => !isPrivileged })
    this.#pipeline = new Pipeline([this.#front, this.#http], logger)
    let first = (): void => {}
    this.ready = new Promise((resolve) => {
      first = resolve
    })
    const taken = async (snapshot: Snapshot): Promise<void> => {
      await this.#pipeline.publish({ public: snapshot })
      first()
    }
    const believed = (file: FileHandle, before: Snapshot | undefined) => zonesIn(file, trust, before)
    this.#watch = new SnapshotWatch({ folders, believed, uid, log: logger, taken, polled })
  }

  /** Starts: answers as soon as there is a good snapshot, which may come later. Rejects where an address is in use. */
  static async start(options: DnsDaemonOptions): Promise<DnsDaemon> {
    const daemon = new DnsDaemon(options)
    try {
      await daemon.#http.load()
      await daemon.#watch.start()
      await daemon.#awaited(options.awaited)
      if (daemon.#pipeline.served.public === undefined) {
        options.logger.warn(
          { folders: options.folders.join(' ') },
          'there is no snapshot yet: DNS begins with the first',
        )
      }
      await daemon.#pipeline.open()
      return daemon
    } catch (error) {
      await daemon.close()
      throw error
    }
  }

  async #awaited(awaited: Promise<void> | undefined): Promise<void> {
    if (awaited === undefined || this.#pipeline.served.public !== undefined) return
    await Promise.race([awaited, this.ready])
    await this.look()
  }

  /** What it has done, and what it answers from. */
  get figures(): DnsFigures {
    return {
      generation: this.#pipeline.served.public?.generation ?? 0,
      places: this.#front.places.map(({ host, port }) => ({ host, port })),
      handover: this.#front.handover,
      counters: this.#front.counters ?? null,
      failures: Object.fromEntries(handlers.failures),
    }
  }

  /** What metrics tell of DNS alone: no sockets, no reloads. */
  get #measured(): MetricsSources {
    return {
      report: () => ({ generation: this.#pipeline.served.public?.generation ?? 0 }),
      dns: async () => this.#front.counters,
      reloads: () => new Map(),
      loop: this.#loop,
    }
  }

  get state(): string {
    const generation = this.#pipeline.served.public?.generation
    return generation === undefined ? 'there is no snapshot yet' : `answers from generation ${generation}`
  }

  /** Looks for a new snapshot now. Resolves when it is served. */
  look(): Promise<void> {
    return this.#watch.look()
  }

  /** Learns where the first of several takes what others hand over. */
  note({ handover }: { readonly handover?: unknown }): void {
    if (typeof handover === 'number') this.#front.handOverTo(handover)
  }

  hangup(): void {
    this.#log.info({}, 'SIGHUP: DNS sees a new snapshot by itself')
  }

  async close(): Promise<void> {
    this.#watch.close()
    await this.#pipeline.close()
  }
}
