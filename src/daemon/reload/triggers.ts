/** What makes a master reload: a signal, a change of a source, and a request. A flood of one kind is one reload. */
import type { ReloadOptions, ReloadReport } from '../../kickback/index.ts'
import { handlers } from '../../values/index.ts'
import type { ClusterSources } from '../sources/cluster-sources.ts'
import { FileSource } from '../sources/file-source.ts'
import type { Sources } from '../sources/source.ts'
import { causeOf, type Reloader } from './reloader.ts'

/** The options of a reload by a signal or by the watch. */
const AUTOMATIC: ReloadOptions = { dryRun: false, force: false }

/** The triggers of one reloader. */
export class ReloadTriggers {
  readonly #sources: Pick<ClusterSources, 'read' | 'glance' | 'believed' | 'settled'>
  readonly #reloader: Pick<Reloader, 'reload'>
  #queuedByWatch = false
  #queuedBySignal = false

  constructor(
    sources: Pick<ClusterSources, 'read' | 'glance' | 'believed' | 'settled'>,
    reloader: Pick<Reloader, 'reload'>,
  ) {
    this.#sources = sources
    this.#reloader = reloader
  }

  /** SIGHUP came: everything is read again soon. Further ones before it begins are the same one. */
  signalled(): void {
    if (this.#queuedBySignal) return
    this.#queuedBySignal = true
    const read = (): Promise<Sources> => {
      this.#queuedBySignal = false
      return this.#sources.read()
    }
    handlers.float('reload by signal', () => this.#reloader.reload('SIGHUP', read, AUTOMATIC))
  }

  /** A watched source changed. Sources that change while a reload waits for its turn, or for files that were written with that one, are all read by it. */
  changed(origin: string): void {
    if (this.#queuedByWatch) return
    this.#queuedByWatch = true
    const read = async (): Promise<Sources> => {
      await this.#sources.settled()
      this.#queuedByWatch = false
      return this.#sources.believed()
    }
    handlers.float('reload by watch', () => this.#reloader.reload(`change of ${origin}`, read, AUTOMATIC))
  }

  /** Somebody asks for it. A dry run leaves all files to the watch, and may be of another configuration. */
  requested(asked: ReloadOptions): Promise<ReloadReport> {
    const { dryRun, config } = asked
    const tried = config === undefined ? {} : { config: new FileSource(config) }
    const read = (): Promise<Sources> => (dryRun ? this.#sources.glance(tried) : this.#sources.read())
    return this.#reloader.reload(causeOf(asked), read, asked)
  }
}
