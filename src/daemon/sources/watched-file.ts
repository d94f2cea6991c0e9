/** The watch over one file, which reports a change when the file is quiet. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import { background, type Clock, chores, handlers } from '../../values/index.ts'
import { fileMark, type PathStep, pathSteps } from './path-chain.ts'
import { type SourceContent, sameContent } from './source.ts'
import { readSource } from './source-file.ts'

/** How long a file must be quiet before it is believed, in milliseconds. */
export interface Quiet {
  readonly usual: number
  /** Where bytes vanished or the last line has no newline: somebody may still be writing it. */
  readonly suspicious: number
  /** How long after its first change a file is believed although it is written again and again. */
  readonly ceiling: number
  /** How often to look where no event comes (network file systems). */
  readonly poll: number
}

/** What docs/operation.md promises. */
export const QUIET: Quiet = { usual: 250, suspicious: 2000, ceiling: 2000, poll: 5000 }

/**
 * How a node watches files of its own: it is told of changes, as on any local file system, and looks besides when it is awake anyway. A machine that
 * has nothing to do is not woken for it.
 */
export const CALM: Pick<WatchOptions, 'quiet' | 'polls'> = { quiet: { ...QUIET, poll: 60_000 }, polls: chores }

/** How long until a file that changed while it was read is read again, in milliseconds. */
const AGAIN = 50
/** How long until a file is read again that could not be opened for want of file descriptors, in milliseconds. */
const STARVED_PAUSE = 1000
/** How long a file may change without being read completely until that is logged, in milliseconds. */
const WARN_AFTER = 10_000
const NEWLINE = 10

/** What a watch is made with. */
interface WatchOptions {
  /** Called with each new content that is believed. */
  readonly changed: (file: SourceContent) => void
  /** Called when something happens to the file, which may have a new content soon. */
  readonly stirred?: () => void
  /** Called once where the file changes for so long that it can't be read whole. */
  readonly restless?: () => void
  readonly quiet?: Quiet
  readonly clock?: Clock
  /** When it is looked at where no event comes; by `clock` unless set. */
  readonly polls?: Clock
  /** How the file is read; `readSource` where it is left out. */
  readonly read?: (path: string) => Promise<SourceContent>
}

/**
 * One file under watch: by rename, in-place write, and symlink swap anywhere on its path. Content decides: `changed` is
 * called once the file has been quiet and its bytes differ from those last believed. Quiet has a ceiling: a file that is
 * written all the time is believed as it was read whole. Runs until `close`.
 */
export class WatchedFile {
  readonly path: string
  #believed: SourceContent
  readonly #options: WatchOptions
  readonly #quiet: Quiet
  readonly #clock: Clock
  readonly #polls: Clock
  readonly #read: (path: string) => Promise<SourceContent>
  #watchers: FSWatcher[] = []
  #chain = ''
  #mark: string
  /** When the file last changed, and when the first of the changes was that are not believed yet. */
  #touched = 0
  #since: number | undefined
  #hasWarned = false
  #isClosed = false
  /** Whether a read of the file is due. */
  #isDue = false
  #cancel: (() => void) | undefined
  #cancelPoll: (() => void) | undefined
  /** Told when no change waits to be believed. */
  readonly #waiting: (() => void)[] = []

  constructor(believed: SourceContent, options: WatchOptions) {
    const { quiet = QUIET, clock = background, polls = clock, read = readSource } = options
    this.path = believed.origin
    this.#believed = believed
    this.#options = options
    this.#quiet = quiet
    this.#clock = clock
    this.#polls = polls
    this.#read = read
    this.#mark = fileMark(this.path)
    this.#follow()
    this.#pollLater()
    // A change between reading the file and now was not seen.
    this.#touch()
  }

  /** The content last believed. */
  get believed(): SourceContent {
    return this.#believed
  }

  /** Reads the file and believes it: a reload was requested. */
  async reread(): Promise<SourceContent> {
    this.#believed = await this.#read(this.path)
    return this.#believed
  }

  /** Resolves when no change waits to be believed, or when the watch ends. */
  settled(): Promise<void> {
    return this.#since === undefined || this.#isClosed
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Ends the watch; `changed` is not called again. */
  close(): void {
    this.#isClosed = true
    this.#tellSettled()
    this.#cancelPoll?.()
    this.#cancel?.()
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }

  /** Watches the directories on the way to the file anew, if they are not the same as before. */
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
        if (changed === null || changed === name) this.#stir()
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

  #pollLater(): void {
    const look = (): void => {
      this.#pollLater()
      this.#look()
    }
    this.#cancelPoll = this.#polls.after(
      this.#quiet.poll,
      handlers.guard('watch poll', look, () => this.#pollLater()),
    )
  }

  #look(): void {
    const mark = fileMark(this.path)
    if (mark === this.#mark) return
    this.#mark = mark
    this.#stir()
  }

  #stir(): void {
    if (!this.#isClosed && this.#since === undefined) this.#options.stirred?.()
    this.#touch()
  }

  #touch(): void {
    if (this.#isClosed) return
    const now = this.#clock.now()
    this.#touched = now
    this.#since ??= now
    // The read that is due at last is not put off by one more change.
    if (!this.#isLate) this.#settleIn(this.#untilLate(this.#quiet.usual))
    else if (!this.#isDue) this.#settleIn(AGAIN)
  }

  #settleIn(delay: number): void {
    this.#cancel?.()
    this.#isDue = true
    const failed = (): void => {
      this.#isDue = false
    }
    const settle = (): Promise<void> => {
      this.#isDue = false
      return this.#settle()
    }
    this.#cancel = this.#clock.after(delay, handlers.guard('watch settle', settle, failed))
  }

  /** Reads the file now that it has been quiet, or has changed for long enough, and believes it or waits for more quiet. */
  async #settle(): Promise<void> {
    const began = this.#touched
    this.#follow()
    const mark = fileMark(this.path)
    const file = await this.#read(this.path)
    if (this.#isClosed) return
    if (file.isStarved) {
      this.#settleIn(STARVED_PAUSE)
      return
    }
    const isQuiet = began === this.#touched
    if (sameContent(file, this.#believed)) {
      this.#settled(isQuiet)
      return
    }
    const wait = suspicious(file, this.#believed) ? began + this.#quiet.suspicious - this.#clock.now() : 0
    if (isQuiet ? wait <= 0 || this.#isAtLast(file, mark) : this.#isAtLast(file, mark)) {
      this.#believed = file
      this.#settled(isQuiet)
      this.#options.changed(file)
    } else if (isQuiet) {
      this.#settleIn(this.#isLate ? Math.min(wait, AGAIN) : this.#untilLate(wait))
    }
    this.#warn()
  }

  /** Whether a file that changes all the time is believed now: it held still while it was read, and looks whole. */
  #isAtLast(file: SourceContent, mark: string): boolean {
    return this.#isLate && fileMark(this.path) === mark && isWhole(file)
  }

  get #isLate(): boolean {
    return this.#untilLate(Number.POSITIVE_INFINITY) <= 0
  }

  /** How long until a file is believed although it changes, and `wait` at most. */
  #untilLate(wait: number): number {
    return Math.min(wait, (this.#since ?? this.#touched) + this.#quiet.ceiling - this.#clock.now())
  }

  /** No change waits to be believed but those that came while the file was read. */
  #settled(isQuiet: boolean): void {
    this.#since = isQuiet ? undefined : this.#touched
    this.#hasWarned = false
    if (isQuiet) this.#tellSettled()
  }

  #tellSettled(): void {
    for (const tell of this.#waiting.splice(0)) tell()
  }

  #warn(): void {
    if (this.#hasWarned || this.#since === undefined || this.#clock.now() - this.#since < WARN_AFTER) return
    this.#hasWarned = true
    this.#options.restless?.()
  }
}

/** True if a file looks as if somebody is still writing it. */
function suspicious(file: SourceContent, before: SourceContent): boolean {
  return file.bytes.length < before.bytes.length || !isWhole(file)
}

function isWhole(file: SourceContent): boolean {
  return file.state === 'read' && file.bytes.at(-1) === NEWLINE
}

function identity(directory: string): string {
  try {
    const { dev, ino } = statSync(directory, { bigint: true })
    return `${directory} ${dev}:${ino}`
  } catch {
    return directory
  }
}
