/** The published snapshot of this machine as a source: of several folders the first with a good file, under watch. */
import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { filesIn, fromPublished, type OpenFile, UntrustedError } from '../../kickback/index.ts'
import type { Snapshot } from '../../resolver/index.ts'
import { type Clock, handlers, type Log, messageOf, monotonic, systemErrorCode } from '../../values/index.ts'

/** What a watch is made of. */
export interface SnapshotWatchOptions {
  /** Run dirs and state dirs, the first choice first. */
  readonly folders: readonly string[]
  /** The snapshot of an open file, if it is believed; `before` is the one that was taken last. Rejects with UntrustedError if it is not, or with the system's error. */
  readonly believed: (file: FileHandle, before: Snapshot | undefined) => Promise<Snapshot>
  /** Our effective uid: files belong to root or to us. */
  readonly uid: () => number
  readonly log: Pick<Log, 'warn'>
  /** Given each snapshot that is another than the one before. */
  readonly taken: (snapshot: Snapshot) => Promise<void>
  /** Opens the file for reading: open(2) unless set. */
  readonly openFile?: OpenFile
  /** Called once a second. */
  readonly polled?: (() => void) | undefined
  /** Default: one that keeps the process alive, which has no socket before the first snapshot. */
  readonly clock?: Clock
}

/** How often to look where no event comes, in milliseconds: as often as the module does. */
const POLL = 1000
/** Whoever else can write there could answer in the cluster's name. */
const WRITABLE = 0o022

/** Watches until it is closed. */
export class SnapshotWatch {
  readonly #options: SnapshotWatchOptions
  readonly #clock: Clock
  readonly #watchers = new Map<string, FSWatcher>()
  /** By path: why a file is of no use, as it was told last. */
  readonly #told = new Map<string, string>()
  /** Files that are of no use, by their marks: nobody reads them again. */
  readonly #useless = new Map<string, string>()
  /** The file that was taken last, by its path and what tells it from others there. */
  #mark = ''
  #taken: Snapshot | undefined
  #looking: Promise<void> | undefined
  #isDue = false
  #isClosed = false
  #cancelPoll: (() => void) | undefined

  constructor(options: SnapshotWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? monotonic
  }

  /** Looks now, and from then on whenever something changes. Resolves when what is there now was taken. */
  async start(): Promise<void> {
    await this.look()
    this.#pollLater()
  }

  /** Looks now. Resolves when what is there was taken; never rejects. */
  look(): Promise<void> {
    this.#isDue = true
    this.#looking ??= this.#lookOn()
    return this.#looking
  }

  /** Ends the watch. */
  close(): void {
    this.#isClosed = true
    this.#cancelPoll?.()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  async #lookOn(): Promise<void> {
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false
      await this.#lookOnce()
    }
    this.#looking = undefined
  }

  /** Takes the first good file, unless it is the one that was taken last. */
  async #lookOnce(): Promise<void> {
    for (const folder of this.#options.folders) {
      this.#follow(folder)
      const path = filesIn(folder).snapshot
      try {
        const mark = await this.#markOf(path)
        if (mark === undefined) continue
        if (mark === this.#mark) return
        if (mark === this.#useless.get(path)) continue
        const snapshot = await this.#read(path, mark)
        if (this.#isClosed) return
        this.#mark = mark
        this.#taken = snapshot
        this.#useless.delete(path)
        this.#told.delete(path)
        await this.#options.taken(snapshot)
        return
      } catch (error) {
        this.#tell(path, messageOf(error))
      }
    }
  }

  async #read(path: string, mark: string): Promise<Snapshot> {
    const { believed, openFile } = this.#options
    try {
      return await fromPublished(path, (file) => believed(file, this.#taken), openFile)
    } catch (error) {
      // What could not be read says nothing of the file: for want of descriptors, say.
      if (error instanceof UntrustedError) this.#useless.set(path, mark)
      throw error
    }
  }

  /** What tells the file at a path from others; undefined where there is none. Throws where it is not to be believed. */
  async #markOf(path: string): Promise<string | undefined> {
    try {
      const [folder, file] = [await stat(dirname(path)), await stat(path, { bigint: true })]
      for (const { uid, mode } of [folder, { uid: Number(file.uid), mode: Number(file.mode) }]) {
        if (uid !== 0 && uid !== this.#options.uid()) throw new Error(`it, or its folder, belongs to uid ${uid}`)
        if ((mode & WRITABLE) !== 0) throw new Error('others can write it, or its folder')
      }
      return `${path} ${file.dev}:${file.ino}:${file.mtimeNs}:${file.size}`
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** Watches a folder, as soon as there is one. */
  #follow(folder: string): void {
    if (this.#watchers.has(folder)) return
    const name = basename(filesIn(folder).snapshot)
    try {
      const seen = (_: string, changed: string | null): Promise<void> | undefined =>
        changed === null || changed === name ? this.look() : undefined
      const watcher = watch(folder, { persistent: false }, handlers.guard('snapshot watch event', seen))
      const lost = (): void => {
        watcher.close()
        this.#watchers.delete(folder)
      }
      watcher.on('error', handlers.guard('snapshot watch error', lost, lost))
      this.#watchers.set(folder, watcher)
    } catch {
      // It is not there yet, or there are too many watches: the poll still sees the file.
    }
  }

  #pollLater(): void {
    if (this.#isClosed) return
    const look = async (): Promise<void> => {
      this.#pollLater()
      this.#options.polled?.()
      await this.look()
    }
    this.#cancelPoll = this.#clock.after(
      POLL,
      handlers.guard('snapshot watch poll', look, () => this.#pollLater()),
    )
  }

  #tell(path: string, reason: string): void {
    if (this.#told.get(path) === reason) return
    this.#told.set(path, reason)
    this.#options.log.warn({ path, reason }, 'a snapshot cannot be used')
  }
}
