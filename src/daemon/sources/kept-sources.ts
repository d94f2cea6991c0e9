/** The last good content of each source, kept over a restart in the state dir: readable by the daemon alone, as shadow is. */
import { join } from 'node:path'
import { type Log, makeFolder, messageOf, removeWhole, writeWhole } from '../../values/index.ts'
import { allSources, SOURCE_NAMES, type SourceContent, type SourceName, type Sources, sameContent } from './source.ts'
import { readSource } from './source-file.ts'

/** The folder of them in a state dir. */
const FOLDER = 'sources'

/** The kept contents of a master's state dir. */
export class KeptSources {
  readonly #folder: string
  readonly #log: Pick<Log, 'warn'>
  readonly #kept = new Map<SourceName, SourceContent>()

  constructor(stateDir: string, log: Pick<Log, 'warn'>) {
    this.#folder = join(stateDir, FOLDER)
    this.#log = log
  }

  /** What was kept; undefined if nothing was. Each has the origin of its source, because messages name that. */
  async read(origins: Readonly<Record<SourceName, string>>): Promise<Sources | undefined> {
    const sources = await allSources(async (name) => {
      const content = { ...(await readSource(this.#path(name))), origin: origins[name] }
      this.#kept.set(name, content)
      return content
    })
    return sources.config.state === 'read' ? sources : undefined
  }

  /** What was kept of one of them. */
  async readOne(name: SourceName, origin: string): Promise<SourceContent> {
    return { ...(await readSource(this.#path(name))), origin }
  }

  /** Keeps what changed. If a source cannot be read now, its kept content stays. What cannot be written is logged. */
  async keep(sources: Sources): Promise<void> {
    for (const name of SOURCE_NAMES) {
      const [content, kept] = [sources[name], this.#kept.get(name)]
      if (content.state === 'unreadable') continue
      if (kept !== undefined && sameContent(content, kept)) {
        // What was read at the start is not held twice.
        this.#kept.set(name, content)
        continue
      }
      try {
        await this.#put(this.#path(name), content)
        this.#kept.set(name, content)
      } catch (error) {
        this.#log.warn(
          { file: this.#path(name), reason: messageOf(error) },
          'cannot keep the last good content of the files',
        )
      }
    }
  }

  #path(name: SourceName): string {
    return join(this.#folder, name)
  }

  async #put(path: string, { state, bytes, time }: SourceContent): Promise<void> {
    makeFolder(this.#folder, 0o700)
    if (state === 'absent') await removeWhole(path)
    else await writeWhole(path, [bytes], { time })
  }
}
