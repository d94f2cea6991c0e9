/** The sources of a master: read once at its start, and under watch from then on. */
import { background, type Clock, type Log, sleep } from '../../values/index.ts'
import { allSources, SOURCE_NAMES, type Source, type SourceName, type Sources } from './source.ts'

/**
 * How long a reload that one source causes waits for others that have changed too, in milliseconds: twice as long as a file must be quiet. useradd(8)
 * writes passwd, shadow and group one after the other, and a user without a group is a content that never was.
 */
const TOGETHER = 500

/** All sources that generations are made from. */
export class ClusterSources {
  readonly #sources: Readonly<Record<SourceName, Source>>
  readonly #log: Pick<Log, 'warn'>
  readonly #clock: Clock
  #isWatched = false

  constructor(sources: Readonly<Record<SourceName, Source>>, log: Pick<Log, 'warn'>, clock: Clock = background) {
    this.#sources = sources
    this.#log = log
    this.#clock = clock
  }

  /** What is there now. It is believed from now on, because it was requested. */
  read(): Promise<Sources> {
    return allSources((name) => this.#sources[name].read())
  }

  /** What is there now, and what is believed stays; `others` are tried in the place of some. */
  glance(others: { readonly [N in SourceName]?: Source } = {}): Promise<Sources> {
    return allSources((name) => (others[name] ?? this.#sources[name]).glance())
  }

  /** What is believed of each: a reload that one source causes takes no other that is being written. */
  believed(): Promise<Sources> {
    return allSources(async (name) => this.#sources[name].believed ?? this.#sources[name].read())
  }

  /** Resolves when each source that has changed is believed; but one that is being written holds up the others no longer than TOGETHER. */
  async settled(): Promise<void> {
    const all = SOURCE_NAMES.map((name) => this.#sources[name].settled?.())
    const over = new AbortController()
    await Promise.race([Promise.all(all), sleep(this.#clock, TOGETHER, over.signal)])
    over.abort()
  }

  /**
   * Watches from now on; `changed` is called with the origin of each source that has something new, `stirred` when one may soon. All were read before.
   */
  follow(changed: (origin: string) => void, stirred: () => void = () => {}): void {
    this.#isWatched = true
    for (const name of SOURCE_NAMES) {
      const source = this.#sources[name]
      const { origin } = source
      source.follow({ changed: () => changed(origin), stirred, restless: () => this.#tellRestless(origin) })
    }
  }

  /** Whether the sources are under watch: whether the daemon serves already. */
  get isWatched(): boolean {
    return this.#isWatched
  }

  /** Ends the watch. */
  close(): void {
    for (const source of Object.values(this.#sources)) source.close()
  }

  #tellRestless(origin: string): void {
    this.#log.warn(
      { file: origin },
      'it changes all the time and could not be read completely; its earlier content stays in use',
    )
  }
}
