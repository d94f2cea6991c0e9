/** The sources of a master: read once at its start, and under watch from then on. */
import type { Log } from '../../values/index.ts'
import { readSource, readSources, type SourcePaths, type Sources } from './source-file.ts'
import { SourceWatch } from './source-watch.ts'

/** All sources that generations are made from. */
export class ClusterSources {
  readonly #paths: SourcePaths
  readonly #log: Pick<Log, 'warn'>
  #watch: SourceWatch | undefined

  constructor(paths: SourcePaths, log: Pick<Log, 'warn'>) {
    this.#paths = paths
    this.#log = log
  }

  /** What is there now. Under watch it is believed from now on, because it was requested. */
  read(): Promise<Sources> {
    return this.#watch === undefined ? readSources(this.#paths) : this.#watch.reread()
  }

  /** What is there now, and what is believed stays; `config` is another configuration to try. */
  async glance(config?: string): Promise<Sources> {
    const sources = await readSources(this.#paths)
    return config === undefined ? sources : { ...sources, config: await readSource(config) }
  }

  /** What is believed of each: one that is being written is not there yet. */
  async believed(): Promise<Sources> {
    return this.#watch?.believed() ?? readSources(this.#paths)
  }

  /** Watches from now on; `changed` is called with the name of each source that has something new. */
  follow(first: Sources, changed: (origin: string) => void): void {
    this.#watch = new SourceWatch(first, changed, this.#log)
  }

  /** Whether the sources are under watch: whether the daemon serves already. */
  get isWatched(): boolean {
    return this.#watch !== undefined
  }

  /** Ends the watch. */
  close(): void {
    this.#watch?.close()
  }
}
