/** The watch over all files that a generation is made from. */
import { background, type Clock, type Log } from '../../values/index.ts'
import type { Source } from './source.ts'
import { SOURCE_NAMES, type SourceFile, type SourceName, type Sources } from './source-file.ts'
import { WatchedFile } from './watched-file.ts'

/** All sources that a generation is made from, under watch. */
export class SourceWatch {
  readonly #sources: ReadonlyMap<SourceName, Source>

  /** `changed` is called with the path of each file that has a new content and has been quiet. */
  constructor(first: Sources, changed: (path: string) => void, log: Pick<Log, 'warn'>, clock: Clock = background) {
    const watched = (name: SourceName): Source => {
      const { path: file } = first[name]
      const restless = (): void =>
        log.warn({ file }, 'it changes all the time and could not be read completely; its earlier content stays in use')
      return new WatchedFile(first[name], { changed: ({ path }) => changed(path), restless, clock })
    }
    this.#sources = new Map(SOURCE_NAMES.map((name) => [name, watched(name)]))
  }

  /** What is believed of each source: a reload that one file causes takes no other that is being written. */
  believed(): Sources {
    const files = [...this.#sources].map(([name, source]) => [name, source.believed] as const)
    return Object.fromEntries(files) as Record<SourceName, SourceFile>
  }

  /** Reads all sources now, and believes them: a reload was requested. */
  async reread(): Promise<Sources> {
    const read = [...this.#sources].map(async ([name, source]) => [name, await source.reread()] as const)
    return Object.fromEntries(await Promise.all(read)) as Record<SourceName, SourceFile>
  }

  /** Ends the watch. */
  close(): void {
    for (const source of this.#sources.values()) source.close()
  }
}
