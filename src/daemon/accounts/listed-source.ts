/** Users or groups as this machine's own name service lists them, as a source: listed at times, and when a file of accounts changes. */
import { type Clock, handlers, type Log, messageOf, sleep, type WallClock } from '../../values/index.ts'
import { type Source, type SourceContent, type SourceEvents, sameContent } from '../sources/source.ts'
import type { ServiceSwitch } from './service-switch.ts'

/** What such a source is made of. */
interface ListedOptions {
  readonly database: 'passwd' | 'group'
  /** Lists them, as a text. Rejects with the reason if that cannot be done. */
  readonly list: () => Promise<string>
  /** The last good listing, which an earlier process kept; undefined if there is none. */
  readonly kept?: () => Promise<SourceContent | undefined>
  /** Called when a reload was requested. */
  readonly requested?: () => void
  /** The local file of the same accounts, whose changes are seen at once. It is not read. */
  readonly file: Source
  /** The services that are listed, whose changes are seen at once too. */
  readonly services: Pick<ServiceSwitch, 'read' | 'follow' | 'close'>
  /** How often to list, in milliseconds: no directory tells of changes. */
  readonly every: number
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly log: Pick<Log, 'warn' | 'info'>
}

/** How long a start waits for a listing where an earlier one was kept, in milliseconds: nodes ask for hosts meanwhile. */
const START_PATIENCE = 2000

/** What people call a listing. */
export function listedOrigin(database: 'passwd' | 'group'): string {
  return `nss:${database}`
}

/** The source. A listing that cannot be had leaves what is believed, unless a reload was requested. */
export class ListedSource implements Source {
  readonly origin: string
  readonly #options: ListedOptions
  #believed: SourceContent | undefined
  #events: SourceEvents | undefined
  #cancel: (() => void) | undefined
  #listing: Promise<SourceContent> | undefined
  #isFailing = false
  /** Whether what is believed is what was kept, because there was no listing at the start. */
  #isLate = false

  constructor(options: ListedOptions) {
    this.origin = listedOrigin(options.database)
    this.#options = options
  }

  get believed(): SourceContent | undefined {
    return this.#believed
  }

  /** A listing that began before is not what is there now. All who ask before the next one begins get the same. */
  async glance(): Promise<SourceContent> {
    await this.#listing
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined
    })
    return this.#listing
  }

  async read(): Promise<SourceContent> {
    this.#options.requested?.()
    await this.#options.file.read()
    await this.#options.services.read()
    this.#believed = this.#believed === undefined ? await this.#first() : await this.glance()
    return this.#believed
  }

  /** The first listing, or where it is not had soon, the one that was kept: then the new one is believed when it comes. */
  async #first(): Promise<SourceContent> {
    const { kept, clock } = this.#options
    const last = await kept?.()
    if (last === undefined) return this.glance()
    const ended = new AbortController()
    const fresh = await Promise.race([this.glance(), sleep(clock, START_PATIENCE, ended.signal)])
    ended.abort()
    this.#isLate = fresh === undefined || fresh.state !== 'read'
    return this.#isLate || fresh === undefined ? last : fresh
  }

  follow(events: SourceEvents): void {
    this.#events = events
    this.#options.file.follow({ changed: () => this.#soon(), restless: () => {} })
    this.#options.services.follow(() => this.#soon())
    this.#lookLater()
    if (this.#isLate) this.#soon()
  }

  close(): void {
    this.#events = undefined
    this.#cancel?.()
    this.#options.file.close()
    this.#options.services.close()
  }

  async #list(): Promise<SourceContent> {
    const { list, wallClock } = this.#options
    try {
      const bytes = Buffer.from(await list(), 'latin1')
      const fresh: SourceContent = { origin: this.origin, bytes, time: 0, state: 'read', reason: '' }
      const before = this.#believed
      if (before === undefined) return fresh
      // When a directory was changed nobody knows: it was before now, and after the last listing.
      return { ...fresh, time: sameContent(fresh, before) ? before.time : Math.floor(wallClock() / 1000) }
    } catch (error) {
      return { origin: this.origin, bytes: new Uint8Array(0), time: 0, state: 'unreadable', reason: messageOf(error) }
    }
  }

  #soon(): void {
    handlers.float('accounts look', () => this.#look())
  }

  #lookLater(): void {
    const { clock, every } = this.#options
    const look = (): Promise<void> => {
      this.#lookLater()
      return this.#look()
    }
    this.#cancel = clock.after(
      every,
      handlers.guard('accounts look', look, () => this.#lookLater()),
    )
  }

  /** Lists, and believes what is new. */
  async #look(): Promise<void> {
    const fresh = await this.glance()
    if (this.#events === undefined) return
    this.#tell(fresh)
    if (fresh.state !== 'read') return
    const isNew = this.#believed === undefined || !sameContent(fresh, this.#believed)
    this.#believed = fresh
    if (isNew) this.#events.changed()
  }

  #tell({ state, reason }: SourceContent): void {
    const { log, database } = this.#options
    const isFailing = state !== 'read'
    if (isFailing && !this.#isFailing)
      log.warn(
        { database, reason },
        'the name service of this machine does not list accounts; the last listing stays in use',
      )
    if (!isFailing && this.#isFailing) log.info({ database }, 'the name service of this machine lists accounts again')
    this.#isFailing = isFailing
  }
}
