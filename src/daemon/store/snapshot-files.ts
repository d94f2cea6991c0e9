/** The snapshot files that a daemon keeps in its run dir and its state dir. */
import { type FolderFiles, newestSnapshot, Publisher } from '../../kickback/index.ts'
import { layout, type Snapshot } from '../../resolver/index.ts'
import { type Log, monotonic } from '../../values/index.ts'
import type { CurrentPair } from '../judge/decision.ts'

/** Where a daemon publishes. */
interface SnapshotFilesOptions {
  readonly run: FolderFiles
  readonly state: FolderFiles
  /** The group of what is in private/. */
  readonly group: number | undefined
  readonly pid: number
  readonly log: Log
}

/** The snapshot files of a daemon, in its run dir and its state dir. */
export class SnapshotFiles {
  readonly #options: SnapshotFilesOptions
  readonly #public: Publisher
  readonly #shadow: Publisher
  #latest: Snapshot | undefined
  #stateFlags = 0

  constructor(options: SnapshotFilesOptions) {
    const { run, state, group, pid, log } = options
    const common = { pid, clock: monotonic, log }
    const stateFlags = (): number => this.#stateFlags
    this.#options = options
    this.#public = new Publisher({
      ...common,
      paths: [state.snapshot, run.snapshot],
      mode: 0o644,
      group: undefined,
      // Asked at each publication: shadow entries come and go.
      get stateFlags() {
        return stateFlags()
      },
    })
    const mode = group === undefined ? 0o600 : 0o640
    this.#shadow = new Publisher({ ...common, stateFlags: 0, paths: [state.shadow, run.shadow], mode, group })
  }

  /** The last good generation: the newest whole file of state dir and run dir. What is damaged is told and passed over. */
  async lastGood(): Promise<CurrentPair> {
    const { run, state } = this.#options
    const shadow = await this.#newest(layout.KINDS.SHADOW, state.shadow, run.shadow)
    this.#stateFlags = flagsWith(shadow)
    return { public: await this.#newest(layout.KINDS.PUBLIC, state.snapshot, run.snapshot), shadow }
  }

  /**
   * Publishes a snapshot by its kind. Where shadow entries are there, the public file says so: pw_passwd is then `x`; so
   * shadow is to be published first. Throws PublishError where it did not get into all files; that is tried again.
   */
  async publish(snapshot: Snapshot): Promise<void> {
    if (snapshot.kind !== layout.KINDS.SHADOW) {
      this.#latest = snapshot
      return this.#public.publish(snapshot)
    }
    const before = this.#stateFlags
    await this.#shadow.publish(snapshot)
    this.#stateFlags = flagsWith(snapshot)
    if (this.#stateFlags !== before && this.#latest !== undefined) await this.#public.publish(this.#latest)
  }

  /** Publishes what still waits. */
  async close(): Promise<void> {
    await Promise.all([this.#public.close(), this.#shadow.close()])
  }

  #newest(kind: number, ...paths: readonly string[]): Promise<Snapshot | undefined> {
    const ofKind = async (snapshot: Snapshot): Promise<Snapshot | undefined> =>
      snapshot.kind === kind ? snapshot : undefined
    return newestSnapshot(paths, ofKind, this.#options.log)
  }
}

/** What the public file says of this machine: `x` is shown in place of hashes only where there are shadow entries. */
function flagsWith(shadow: Snapshot | undefined): number {
  return shadow !== undefined && shadow.count('shadow') > 0 ? layout.STATE_SHADOW_GRANTED : 0
}
