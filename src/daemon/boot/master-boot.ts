/** Boot on a master, as a front: what gives machines addresses and images is told of the configuration that is served. */
import { BootPlans, type BootSettings } from '../../boot/index.ts'
import { type Cluster, type FollowedConfig, withLines, withStages } from '../../config/index.ts'
import type { BootProcessReport, DhcpReport, NodeBoot } from '../../kickback/index.ts'
import { type Log, NotLocalError } from '../../values/index.ts'
import type { BuildRules } from '../candidate/reading.ts'
import { servedCluster } from '../candidate/served-cluster.ts'
import type { Front } from '../fronts/front.ts'
import { type SourceContent, sameContent } from '../sources/source.ts'
import type { ContentStore } from '../sources/store-after-start.ts'

/** What machines boot from: the configuration that is served, read. Of its spans only the lines are right. */
export interface ServedBoot {
  readonly cluster: Cluster
  readonly plans: BootPlans
  /** The cluster of before, where this one differs from it in the stages of nodes alone. */
  readonly stagesOf?: Cluster
}

/** A part of boot: DHCP, or the images by HTTP. */
export interface BootPart {
  /** What the log calls it. */
  readonly name: string
  /** Begins, with what is served then; undefined if no configuration is known. Rejects if it can't be had, which ends the start. */
  open(first: ServedBoot | undefined): Promise<void>
  /** Goes on with this. One that fails is logged, and is also given the next one. */
  follow(now: ServedBoot): Promise<void>
  /** Ends. */
  close(): Promise<void>
  /** What the boots of nodes tell of them, of the part that sees them. */
  readonly boots?: ReadonlyMap<number, NodeBoot>
  /** How DHCP stands, of the part that does it. */
  readonly dhcp?: DhcpReport | undefined
  /** How its process stands, of the part that has one. */
  readonly status?: BootProcessReport | undefined
  /** Lets a node boot again that was held. */
  release?(number: number): void
}

/** What boot is made with. */
interface MasterBootParts {
  readonly settings: { readonly boot?: BootSettings | undefined; readonly rules: BuildRules }
  readonly log: Log
  /** The configuration of what is served; undefined if none is known. */
  readonly config: () => Promise<SourceContent | undefined>
  /** Opened in this order, closed the other way round. None is made where boot is off. */
  readonly parts: (settings: BootSettings) => readonly BootPart[]
}

/** Boot of a master. It does nothing where the settings have it off. */
export class MasterBoot implements Front {
  readonly name = 'boot'
  readonly #options: MasterBootParts
  readonly #parts: readonly BootPart[]
  /** How often a whole configuration was read. */
  wholeReads = 0
  #open: BootPart[] = []
  #config: SourceContent | undefined
  #read: FollowedConfig | undefined
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: MasterBootParts) {
    this.#options = options
    this.#parts = options.settings.boot === undefined ? [] : options.parts(options.settings.boot)
  }

  /** Opens the parts. Rejects where one can't be had. */
  async open(): Promise<void> {
    if (this.#parts.length === 0) return
    const first = await this.#changed()
    for (const part of this.#parts) {
      // One that fails half-way is closed too.
      this.#open.push(part)
      await part.open(first)
    }
  }

  /** Another generation: its configuration may be another one too. */
  async serve(): Promise<void> {
    await this.look()
  }

  /** The same store, which tells boot of each configuration that is accepted: one that changes no record makes no generation. */
  following(kept: ContentStore): ContentStore {
    return {
      read: () => kept.read(),
      keep: async (sources) => {
        await kept.keep(sources)
        await this.look()
      },
    }
  }

  /** Tells the parts where the configuration that is served is another one than they have. Resolves when all have it; never rejects. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#tell())
    return this.#looking
  }

  /** What the boots of nodes tell of them, by number. */
  get boots(): ReadonlyMap<number, NodeBoot> {
    return this.#open.find(({ boots }) => boots !== undefined)?.boots ?? new Map()
  }

  /** How DHCP stands; undefined where this master does none. */
  get dhcp(): DhcpReport | undefined {
    return this.#open.find(({ dhcp }) => dhcp !== undefined)?.dhcp
  }

  /** How the process of scripts and images stands; undefined where boot is off. */
  get process(): BootProcessReport | undefined {
    return this.#open.find(({ status }) => status !== undefined)?.status
  }

  /** Lets a node boot again that was held. */
  release(number: number): void {
    for (const part of this.#open) part.release?.(number)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#looking
    for (const part of this.#open.toReversed()) await part.close()
  }

  async #tell(): Promise<void> {
    if (this.#isClosed || this.#open.length === 0 || this.#open.length < this.#parts.length) return
    try {
      const now = await this.#changed()
      if (now === undefined) return
      for (const part of this.#open) await this.#follow(part, now)
    } catch (error) {
      this.#options.log.error({ err: error }, 'boot cannot read the configuration')
    }
  }

  async #follow(part: BootPart, now: ServedBoot): Promise<void> {
    try {
      await part.follow(now)
    } catch (error) {
      this.#options.log.error({ err: error, part: part.name }, 'boot does not follow this configuration')
    }
  }

  /** What is served, where it is not what it was at the last call. */
  async #changed(): Promise<ServedBoot | undefined> {
    const config = await this.#options.config()
    if (config === undefined || (this.#config !== undefined && sameContent(config, this.#config))) return undefined
    const before = this.#read
    const staged = this.#followed(config, withStages)
    const read = staged ?? this.#followed(config, withLines) ?? this.#whole(config)
    if (read === undefined) return undefined
    this.#config = config
    this.#read = read
    const { cluster } = read
    return { cluster, plans: new BootPlans(cluster), ...(staged && before && { stagesOf: before.cluster }) }
  }

  /** Reads the whole configuration: in a large cluster this keeps the thread that answers busy for a second. */
  #whole(config: SourceContent): FollowedConfig | undefined {
    const served = servedCluster(config, this.#options.settings.rules)
    this.wholeReads++
    return served && { bytes: config.bytes, cluster: served.cluster, outline: served.outline }
  }

  /** The configuration made from the one before by `follow`; undefined if that is not possible. A whole parse each time would hold up look-ups. */
  #followed({ state, bytes }: SourceContent, follow: typeof withLines): FollowedConfig | undefined {
    const { skipBadLines, domain } = this.#options.settings.rules
    if (state !== 'read' || this.#read === undefined || (skipBadLines && follow === withLines)) return undefined
    try {
      return follow(this.#read, bytes, domain)
    } catch (error) {
      if (error instanceof NotLocalError) return undefined
      throw error
    }
  }
}
