/** The snapshot files that a daemon keeps in its run dir and its state dir. */
import {
  free,
  type Mapper,
  markEmptied,
  newestSnapshot,
  removeFile,
  SnapshotWriter,
  type SnapshotWriterOptions,
  type Superseded,
} from '../../kickback/index.ts'
import { layout, type Room, type Snapshot } from '../../resolver/index.ts'
import { type Clock, type Log, sleep } from '../../values/index.ts'
import { holePuncher } from '../memory/holes.ts'
import type { Served } from '../served.ts'
import type { DaemonFolders } from './daemon-folders.ts'

/** Where a daemon writes snapshots, and how. */
interface SnapshotFilesOptions {
  readonly folders: Pick<DaemonFolders, 'run' | 'state' | 'group'>
  readonly pid: number
  readonly clock: Clock
  readonly log: Log
  /** Which ids of a snapshot this machine takes; without it that is left to the module. */
  readonly idsOf?: SnapshotWriterOptions['idsOf']
  /** Where it is set, public snapshots are read from the file in the run dir once they are written; else from memory. */
  readonly mapper?: Mapper | undefined
}

/** How long processes have, after a file was marked emptied, to end what they read of it before its memory is freed, in milliseconds. */
const REST = 500

/** The snapshot files of a daemon, in its run dir and its state dir. */
export class SnapshotFiles {
  readonly #options: SnapshotFilesOptions
  readonly #public: SnapshotWriter
  readonly #shadow: SnapshotWriter
  readonly #punch = holePuncher()
  #latest: Snapshot | undefined
  #stateFlags = 0
  /** How often shadow was ended, and the last end: what was to be written before it is not, and what comes later waits for it. */
  #ends = 0
  #ending: Promise<unknown> = Promise.resolve()

  constructor(options: SnapshotFilesOptions) {
    const { folders, pid, clock, log, idsOf, mapper } = options
    const { run, state, group } = folders
    const common = { pid, clock, log, punch: this.#punch }
    const stateFlags = (): number => this.#stateFlags
    this.#options = options
    this.#public = new SnapshotWriter({
      ...common,
      ...(idsOf && { idsOf }),
      paths: [state.snapshot, run.snapshot],
      mapper,
      mode: 0o644,
      group: undefined,
      // Asked at each generation: shadow entries come and go.
      get stateFlags() {
        return stateFlags()
      },
    })
    const mode = group === undefined ? 0o600 : 0o640
    this.#shadow = new SnapshotWriter({ ...common, stateFlags: 0, paths: [state.shadow, run.shadow], mode, group })
  }

  /**
   * The last good public snapshot: the newest whole file of state dir and run dir that `believed` gives back. It throws
   * for what it does not believe. What is damaged or not believed is logged and ignored.
   */
  lastPublic(believed: (snapshot: Snapshot) => Promise<Snapshot>): Promise<Snapshot | undefined> {
    const { run, state } = this.#options.folders
    return this.#newest(layout.KINDS.PUBLIC, believed, state.snapshot, run.snapshot)
  }

  /** The last good generation of a machine whose folders nobody else writes: its files can be believed. */
  async lastGood(): Promise<Served> {
    const { run, state } = this.#options.folders
    const own = async (snapshot: Snapshot): Promise<Snapshot> => snapshot
    const shadow = await this.#newest(layout.KINDS.SHADOW, own, state.shadow, run.shadow)
    this.#stateFlags = flagsWith(shadow)
    return { public: await this.lastPublic(own), shadow }
  }

  /** The newest whole shadow file that `believed` gives back, as `lastPublic`. From then on the public file says that there is one. */
  async lastShadow(believed: (snapshot: Snapshot) => Promise<Snapshot>): Promise<Snapshot | undefined> {
    const { run, state } = this.#options.folders
    const shadow = await this.#newest(layout.KINDS.SHADOW, believed, state.shadow, run.shadow)
    this.#stateFlags = flagsWith(shadow)
    return shadow
  }

  /**
   * Writes a snapshot by its kind. Where shadow entries are there, the public file says so: pw_passwd is then `x`; so
   * shadow is to be written first. Throws WriteError if it did not get into all files; that is tried again.
   */
  async write(snapshot: Snapshot): Promise<void> {
    if (snapshot.kind !== layout.KINDS.SHADOW) {
      this.#latest = snapshot
      return this.#public.write(snapshot)
    }
    const ends = this.#ends
    await this.#ending
    if (ends !== this.#ends) return
    await this.#shadow.write(snapshot)
    // What was taken away meanwhile was not written.
    if (ends === this.#ends) await this.#grant(flagsWith(snapshot))
  }

  /** The public file says from now on whether there are shadow entries. */
  async #grant(flags: number): Promise<void> {
    const isOther = this.#stateFlags !== flags
    this.#stateFlags = flags
    if (isOther && this.#latest !== undefined) await this.#public.write(this.#latest)
  }

  /**
   * Takes the shadow entries from this machine: nobody is answered from them any more, and the files are gone. Whether there were any.
   * Throws the system's error.
   */
  endShadow(): Promise<boolean> {
    this.#ends++
    const ended = this.#ending.then(() => this.#removeShadow())
    this.#ending = ended.catch(() => {})
    return ended
  }

  async #removeShadow(): Promise<boolean> {
    const { folders, clock } = this.#options
    // First: who is shown `x` and finds no shadow entry may not log in, by a key either (pam_unix(8)).
    await this.#endGrant()
    await this.#shadow.forget()
    const removed: Superseded[] = []
    for (const path of [folders.run.shadow, folders.state.shadow]) {
      const old = await removeFile(path)
      if (old !== undefined) removed.push(old)
    }
    for (const old of removed) await markEmptied(old)
    if (removed.length > 0) await sleep(clock, REST)
    for (const old of removed) await free(old, this.#punch)
    return removed.length > 0
  }

  /** The public files, as they stand, say that there are no shadow entries. Where they can't be changed they are written anew. */
  async #endGrant(): Promise<void> {
    const was = this.#stateFlags
    this.#stateFlags = 0
    try {
      await this.#public.grant(0)
    } catch (error) {
      this.#stateFlags = was
      this.#options.log.warn({ err: error }, STILL_GRANTED)
      await this.#grant(0).catch(() => {})
    }
  }

  /** Gives places for public snapshots that are to be written: see SnapshotWriter. */
  get room(): Room | undefined {
    return this.#public.room
  }

  /** Why what is served is not in all files; undefined where it is. */
  get unwritten(): string | undefined {
    return this.#public.failure ?? this.#shadow.failure
  }

  /** Writes what still waits. */
  async close(): Promise<void> {
    await Promise.all([this.#public.close(), this.#shadow.close()])
  }

  #newest(
    kind: number,
    believed: (snapshot: Snapshot) => Promise<Snapshot>,
    ...paths: readonly string[]
  ): Promise<Snapshot | undefined> {
    const ofKind = async (snapshot: Snapshot): Promise<Snapshot | undefined> =>
      snapshot.kind === kind ? believed(snapshot) : undefined
    return newestSnapshot(paths, ofKind, this.#options.log)
  }
}

const STILL_GRANTED = 'the public file still says that there are shadow entries: it is written again later'

/** What the public file says of this machine: `x` is shown in place of hashes only where there are shadow entries. */
function flagsWith(shadow: Snapshot | undefined): number {
  return shadow !== undefined && shadow.count('shadow') > 0 ? layout.STATE_SHADOW_GRANTED : 0
}
