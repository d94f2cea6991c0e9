/** Keeps the snapshot files of a daemon at the newest generation: in the run dir and the state dir, at most once a second. */
import { stat } from 'node:fs/promises'
import type { OwnIds, Room, Snapshot } from '../../resolver/index.ts'
import { type Clock, handlers, type Log, messageOf, sleep } from '../../values/index.ts'
import { hasContent } from './comparison.ts'
import { Drafts } from './drafts.ts'
import { free, markEmptied, type Punch } from './emptying.ts'
import { FileMaps, type Mapper } from './file-maps.ts'
import {
  ownPartsOf,
  placeDraft,
  type Replaced,
  removeLeftovers,
  replaceFile,
  type Superseded,
  setGrant,
  WriteError,
  type WriteOptions,
} from './replacement.ts'

/** What a writer of snapshots is made of. */
export interface SnapshotWriterOptions extends Omit<WriteOptions, 'ids'> {
  /** Which ids of a snapshot this machine takes; without it that is left to the module. */
  readonly idsOf?: (snapshot: Snapshot) => OwnIds
  /** The files, which all get the same bytes. */
  readonly paths: readonly string[]
  /** Where it is set, what was written is read from the last of the files from then on, in place of a copy in memory. */
  readonly mapper?: Mapper | undefined
  /** What frees the bodies of superseded files; a program unless set. */
  readonly punch?: Punch | undefined
  /** Whether files of a folder are memory, in which snapshots can be made; asks the system unless set. */
  readonly isInMemory?: (folder: string) => boolean
  readonly clock: Clock
  readonly log: Log
}

/** The least time between two generations that are written, in milliseconds. */
const INTERVAL = 1000
/** How long processes have to leave a superseded file before it is emptied; the next generation does it at once. */
const GRACE = 2000
/** How long processes have, after a file was marked emptied, to end what they read of it before its memory is freed. */
const REST = 500
/** How long after a file could not be written it is tried again. */
const RETRY = 10_000

/** Writes the snapshots of one kind. While one is on its way only the newest of those that come waits. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions
  readonly #superseded = new Set<Superseded>()
  #wanted: Snapshot | undefined
  #running: Promise<void> | undefined
  /** Never rejects. */
  #writing: Promise<unknown> = Promise.resolve()
  #last = Number.NEGATIVE_INFINITY
  #failure: string | undefined
  #isFirst = true
  #cancelGrace: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  readonly #closing = new AbortController()
  readonly #maps: FileMaps | undefined
  readonly #drafts: Drafts | undefined
  /** The inode number of the last of the files. */
  #inode = 0
  /** What was written last, while it is not read from its file. */
  #unmapped: Snapshot | undefined
  #emptying: Promise<void> = Promise.resolve()
  /** The freeing of all that was marked emptied. */
  #freeing: Promise<void> = Promise.resolve()

  constructor(options: SnapshotWriterOptions) {
    const { mapper, pid, paths, isInMemory } = options
    const path = paths.at(-1)
    this.#options = options
    if (mapper === undefined || path === undefined) return
    const maps = new FileMaps(mapper)
    this.#maps = maps
    this.#drafts = new Drafts({ path, pid, mapper, maps, ...(isInMemory && { isInMemory }) })
    maps.onFreed(() => this.#mapFreed())
  }

  /** Gives places for snapshots that are to be written: drafts of the last of the files where that can be. Undefined without a mapper. */
  get room(): Room | undefined {
    const drafts = this.#drafts
    return drafts && ((size) => drafts.begin(size))
  }

  /**
   * Writes a snapshot. Resolves once this one, or a newer one that came meanwhile, is in all files. Throws WriteError if
   * one of the files could not be written (the others are): then it is tried again now and then, until a newer one comes.
   */
  write(snapshot: Snapshot): Promise<void> {
    this.#wanted = snapshot
    this.#cancelRetry?.()
    this.#running ??= this.#run()
    return this.#running
  }

  /** Writes nothing of what was given until now any more; resolves once no file of it is being written. */
  async forget(): Promise<void> {
    this.#wanted = undefined
    await this.#writing
    this.#cancelRetry?.()
    this.#failure = undefined
  }

  /**
   * Writes into all files, where they stand, what this machine was granted: the same as `stateFlags` says from now on. What is being written meanwhile
   * has it too when this resolves. Rejects with the system's error.
   */
  async grant(flags: number): Promise<void> {
    const { paths } = this.#options
    for (const path of paths) await setGrant(path, flags)
    await this.#writing
    for (const path of paths) await setGrant(path, flags)
  }

  /** Why the snapshot that was given last is not in all files; undefined where it is. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Writes what still waits, and empties what was superseded. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#cancelRetry?.()
    await this.#running?.catch(() => {})
    this.#drafts?.close()
    await this.#emptyAll()
    await this.#freeing
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    let failure: unknown
    while (this.#wanted !== undefined) {
      await this.#untilRoom()
      const snapshot: Snapshot | undefined = this.#wanted
      if (snapshot === undefined) break
      this.#wanted = undefined
      const writing = this.#writeAll(snapshot)
      this.#writing = writing
      failure = await writing
      this.#last = clock.now()
    }
    this.#running = undefined
    if (failure !== undefined) throw failure
  }

  /**
   * Waits out the interval, and until what was superseded before is freed: however often there is a new generation, no more than the
   * file that is there and the one that is written take memory.
   */
  async #untilRoom(): Promise<void> {
    const { clock } = this.#options
    const interval = sleep(clock, Math.max(0, this.#last + INTERVAL - clock.now()), this.#closing.signal)
    await this.#emptyAll()
    await Promise.all([interval, this.#freeing])
  }

  /** Writes at every path; the first thing that went wrong, if any did. */
  async #writeAll(snapshot: Snapshot): Promise<unknown> {
    // Side by side: the module is not to wait for the disk of the state dir where the run dir is in memory.
    const written = await Promise.allSettled(this.#options.paths.map((path) => this.#writeAt(path, snapshot)))
    const failure: unknown = written.find((one) => one.status === 'rejected')?.reason
    const last = written.at(-1)
    if (last?.status === 'fulfilled') this.#inode = last.value
    this.#isFirst = false
    // What an earlier process left there is gone.
    this.#drafts?.open()
    this.#failure = failure === undefined ? undefined : messageOf(failure)
    this.#emptyLater()
    if (failure !== undefined) this.#retryLater(snapshot, failure)
    else await this.#map(snapshot)
    return failure
  }

  /** Has what was written read from its file. Where that can't be it stays in memory. */
  async #map(snapshot: Snapshot): Promise<void> {
    const path = this.#options.paths.at(-1)
    if (this.#maps === undefined || path === undefined) return
    if (this.#drafts?.isPlaced(snapshot.bytes, this.#inode)) {
      this.#unmapped = undefined
      this.#maps.rest(snapshot.bytes)
      return
    }
    this.#unmapped = snapshot
    try {
      if (await this.#maps.take(path, this.#inode, snapshot)) this.#unmapped = undefined
    } catch (error) {
      this.#options.log.warn(
        { path, reason: messageOf(error) },
        'a snapshot file cannot be mapped: a copy of it is in memory',
      )
    }
  }

  /** Nobody reads any more from a file that was superseded: it can be emptied, and there is room for another map. */
  async #mapFreed(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#emptyLater()
    if (this.#unmapped !== undefined && this.#running === undefined) await this.#map(this.#unmapped)
  }

  /** The inode number of what is there then. */
  async #writeAt(path: string, snapshot: Snapshot): Promise<number> {
    if (this.#isFirst) await removeLeftovers(path)
    const options = { ...this.#options, ids: this.#options.idsOf?.(snapshot) }
    if (this.#isFirst && (await this.#isThere(path, snapshot, options))) {
      return (await stat(path)).ino
    }
    const { old, inode } =
      (await this.#placed(path, snapshot, options)) ?? (await replaceFile(path, snapshot.bytes, options))
    if (old !== undefined) this.#superseded.add(old)
    return inode
  }

  /** A snapshot that was made in a draft of this path gets the path; undefined where it was not, or where that can't be. */
  async #placed(path: string, { bytes }: Snapshot, options: WriteOptions): Promise<Replaced | undefined> {
    const draft = path === this.#options.paths.at(-1) ? this.#drafts?.of(bytes) : undefined
    if (draft === undefined) return undefined
    try {
      return await placeDraft(path, draft, bytes, options)
    } catch (error) {
      this.#options.log.warn(
        { path, reason: messageOf(error) },
        'a snapshot is copied into its file: its draft cannot be used',
      )
      return undefined
    } finally {
      this.#drafts?.placed(draft)
    }
  }

  /** Whether an earlier process wrote these very bytes, and said the same of this machine: then a new start changes nothing. */
  #isThere(path: string, { bytes }: Snapshot, options: WriteOptions): Promise<boolean> {
    return hasContent(path, bytes, ownPartsOf(bytes, options))
  }

  #retryLater(snapshot: Snapshot, failure: unknown): void {
    const { clock, log } = this.#options
    if (this.#closing.signal.aborted || !(failure instanceof WriteError)) return
    const retry = async (): Promise<void> => {
      try {
        await this.write(snapshot)
      } catch (error) {
        log.error({ err: error }, 'a snapshot file can still not be written')
      }
    }
    this.#cancelRetry = clock.after(RETRY, handlers.guard('write retry', retry))
  }

  #emptyLater(): void {
    this.#cancelGrace?.()
    if (this.#superseded.size === 0 || this.#closing.signal.aborted) return
    this.#cancelGrace = this.#options.clock.after(
      GRACE,
      handlers.guard('emptying grace', () => this.#emptyAll()),
    )
  }

  /** Empties what was superseded until now; resolves when that is done, whoever began it. */
  #emptyAll(): Promise<void> {
    this.#cancelGrace?.()
    this.#emptying = this.#emptying.then(() => this.#emptyEach())
    return this.#emptying
  }

  /** What is still read here stays until it is not; but at the end all are emptied: whoever reads on then is ended too. */
  async #emptyEach(): Promise<void> {
    const isOver = this.#closing.signal.aborted
    const all = [...this.#superseded].filter(({ inode }) => isOver || this.#maps?.isMapped(inode) !== true)
    for (const old of all) this.#superseded.delete(old)
    for (const old of all) await this.#try(() => markEmptied(old))
    // Its value must not be that of the one before: each would keep all that came before it.
    this.#freeing = Promise.all([this.#freeing, this.#freeLater(all)]).then(() => {})
  }

  async #freeLater(all: readonly Superseded[]): Promise<void> {
    if (all.length > 0) await sleep(this.#options.clock, REST, this.#closing.signal)
    for (const old of all) await this.#try(() => free(old, this.#options.punch))
  }

  async #try(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the memory of a superseded snapshot stays in use')
    }
  }
}
