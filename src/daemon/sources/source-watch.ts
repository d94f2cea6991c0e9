/** The watch over all files that a generation is made from. */
import type { Log } from '../../values/index.ts'
import {
  readSources,
  SOURCE_NAMES,
  type SourceFile,
  type SourceName,
  type SourcePaths,
  type Sources,
} from './source-file.ts'
import { WatchedFile } from './watched-file.ts'

/** All files that a generation is made from, under watch. */
export class SourceWatch {
  readonly #paths: SourcePaths
  readonly #files: ReadonlyMap<SourceName, WatchedFile>

  /** `changed` is called with the path of each file that has a new content and has been quiet. */
  constructor(paths: SourcePaths, first: Sources, changed: (path: string) => void, log: Pick<Log, 'warn'>) {
    this.#paths = paths
    const watched = (name: SourceName): WatchedFile => {
      const { path: file } = first[name]
      const restless = (): void =>
        log.warn({ file }, 'it is written all the time and was never read whole; what was read before stays')
      return new WatchedFile(first[name], { changed: ({ path }) => changed(path), restless })
    }
    this.#files = new Map(SOURCE_NAMES.map((name) => [name, watched(name)]))
  }

  /** What is believed of each file: a reload that one file causes takes no other that is being written. */
  believed(): Sources {
    const files = [...this.#files].map(([name, file]) => [name, file.believed] as const)
    return Object.fromEntries(files) as Record<SourceName, SourceFile>
  }

  /** Reads all files now, and believes them: somebody asked for that. */
  async reread(): Promise<Sources> {
    const sources = await readSources(this.#paths)
    for (const [name, file] of this.#files) file.believe(sources[name])
    return sources
  }

  /** Ends the watch. */
  close(): void {
    for (const file of this.#files.values()) file.close()
  }
}
