/** A file as a source: read when it is asked for, and under watch from `follow` on. */
import { background, type Clock } from '../../values/index.ts'
import { SOURCE_NAMES, type Source, type SourceContent, type SourceEvents, type SourceName } from './source.ts'
import { readSource, type SourcePaths } from './source-file.ts'
import { WatchedFile } from './watched-file.ts'

/** The file at a path, whatever stands there when it is read. */
export class FileSource implements Source {
  readonly origin: string
  readonly #clock: Clock
  #read: SourceContent | undefined
  #watch: WatchedFile | undefined

  constructor(path: string, clock: Clock = background) {
    this.origin = path
    this.#clock = clock
  }

  get believed(): SourceContent | undefined {
    return this.#watch?.believed ?? this.#read
  }

  glance(): Promise<SourceContent> {
    return readSource(this.origin)
  }

  async read(): Promise<SourceContent> {
    if (this.#watch !== undefined) return this.#watch.reread()
    this.#read = await readSource(this.origin)
    return this.#read
  }

  settled(): Promise<void> {
    return this.#watch?.settled() ?? Promise.resolve()
  }

  /** Throws if the file was not read before: nobody knows what would be new. */
  follow(events: SourceEvents): void {
    if (this.#read === undefined) throw new TypeError(`${this.origin} was not read yet`)
    this.#watch = new WatchedFile(this.#read, { ...events, clock: this.#clock })
  }

  close(): void {
    this.#watch?.close()
  }
}

/** The sources of a master that are files, at these paths. */
export function fileSources(paths: SourcePaths, clock?: Clock): Readonly<Record<SourceName, Source>> {
  const files = SOURCE_NAMES.map((name): [SourceName, Source] => [name, new FileSource(paths[name], clock)])
  return Object.fromEntries(files) as Record<SourceName, Source>
}
