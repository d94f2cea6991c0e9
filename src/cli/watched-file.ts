import { type FSWatcher, statSync, watch } from 'node:fs'
import { handlers } from '../values/index.ts'
import { fileMark, type PathStep, pathSteps } from './path-chain.ts'
import { readSource, type SourceFile, sameContent } from './sources.ts'

/** How long a file must have been left alone before it is believed, in milliseconds. */
export interface Quiet {
  readonly usual: number
  /** Where bytes vanished or the last line has no newline: somebody may be half through writing it. */
  readonly suspicious: number
  /** How often to look where no event comes (network file systems). */
  readonly poll: number
}

/** What design.md promises. */
export const QUIET: Quiet = { usual: 250, suspicious: 2000, poll: 5000 }

const NEWLINE = 10

/**
 * One file under watch: by rename, in-place write, and symlink swap anywhere on its path. Content decides: `changed` is
 * called once the file has been quiet and its bytes differ from those last believed. Runs until `close`.
 */
export class WatchedFile {
  readonly path: string
  #believed: SourceFile
  readonly #changed: (file: SourceFile) => void
  readonly #quiet: Quiet
  #watchers: FSWatcher[] = []
  #chain = ''
  #mark: string
  #touched = 0
  #timer: NodeJS.Timeout | undefined
  readonly #poll: NodeJS.Timeout

  constructor(believed: SourceFile, changed: (file: SourceFile) => void, quiet: Quiet = QUIET) {
    this.path = believed.path
    this.#believed = believed
    this.#changed = changed
    this.#quiet = quiet
    this.#mark = fileMark(this.path)
    this.#follow()
    this.#poll = setInterval(
      handlers.guard('watch poll', () => this.#look()),
      quiet.poll,
    ).unref()
    // What changed between reading the file and now was seen by nobody.
    this.#touch()
  }

  /** The content last believed. */
  get believed(): SourceFile {
    return this.#believed
  }

  /** Believe this content: somebody asked for a reload now, and it was read for that. */
  believe(file: SourceFile): void {
    this.#believed = file
  }

  /** Ends the watch; `changed` is not called again. */
  close(): void {
    clearInterval(this.#poll)
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }

  /** Watches the directories on the way to the file anew, where they are not the same as before. */
  #follow(): void {
    const steps = pathSteps(this.path)
    const chain = steps.map(({ directory, name }) => `${identity(directory)} ${name}`).join('\n')
    if (chain === this.#chain) return
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = steps.flatMap((step) => this.#watch(step))
    this.#chain = chain
  }

  #watch({ directory, name }: PathStep): FSWatcher[] {
    try {
      const seen = (_event: string, changed: string | null): void => {
        if (changed === null || changed === name) this.#touch()
      }
      const watcher = watch(directory, { persistent: false }, handlers.guard('watch event', seen))
      watcher.on(
        'error',
        handlers.guard('watch error', () => this.#touch()),
      )
      return [watcher]
    } catch {
      return [] // absent, not ours to read, or too many watches: the poll still sees it
    }
  }

  #look(): void {
    const mark = fileMark(this.path)
    if (mark === this.#mark) return
    this.#mark = mark
    this.#touch()
  }

  #touch(): void {
    this.#touched = performance.now()
    this.#settleIn(this.#quiet.usual)
  }

  #settleIn(delay: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      handlers.guard('watch settle', () => this.#settle()),
      delay,
    ).unref()
  }

  /** Reads the file now that it has been quiet, and believes it or waits for more quiet. */
  async #settle(): Promise<void> {
    const began = this.#timer
    this.#follow()
    const file = await readSource(this.path)
    if (began !== this.#timer || sameContent(file, this.#believed)) return
    const wait = suspicious(file, this.#believed) ? this.#touched + this.#quiet.suspicious - performance.now() : 0
    if (wait > 0) return this.#settleIn(wait)
    this.#believed = file
    this.#changed(file)
  }
}

/** True where a file looks as if somebody were half through writing it. */
function suspicious(file: SourceFile, before: SourceFile): boolean {
  return file.bytes.length < before.bytes.length || file.state !== 'read' || file.bytes.at(-1) !== NEWLINE
}

function identity(directory: string): string {
  try {
    const { dev, ino } = statSync(directory, { bigint: true })
    return `${directory} ${dev}:${ino}`
  } catch {
    return directory
  }
}
