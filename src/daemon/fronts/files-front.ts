/** The snapshot files as a front: the module reads them, and the next start continues from them. */
import type { Snapshot } from '../../resolver/index.ts'
import { type Log, messageOf } from '../../values/index.ts'
import { NOTHING_SERVED, type Served } from '../served.ts'
import type { SnapshotFiles } from '../store/snapshot-files.ts'
import type { Front } from './front.ts'

/** Told of a public snapshot that was written, and of the one before it. */
type WrittenHandler = (before: Snapshot | undefined, now: Snapshot) => void

/** The files of a run dir and a state dir. */
export class FilesFront implements Front {
  readonly name = 'files'
  readonly #files: SnapshotFiles
  readonly #log: Pick<Log, 'error'>
  readonly #written: WrittenHandler
  #given = NOTHING_SERVED

  /** `written` is told when the module answers from another public generation. */
  constructor(files: SnapshotFiles, log: Pick<Log, 'error'>, written: WrittenHandler = () => {}) {
    this.#written = written
    this.#files = files
    this.#log = log
  }

  open(first: Served): Promise<void> {
    return this.serve(first)
  }

  /** Resolves when the files are written. A failure is logged, and tried again; the sockets still answer. */
  async serve(now: Served): Promise<void> {
    const before = this.#given
    this.#given = now
    if (now.shadow === undefined && before.shadow !== undefined) await this.#files.endShadow()
    // Shadow goes first: the public file says that there is some.
    for (const kind of ['shadow', 'public'] as const) {
      const snapshot = now[kind]
      if (snapshot === undefined || snapshot === before[kind]) continue
      try {
        await this.#files.write(snapshot)
        if (kind === 'public') this.#written(before.public, snapshot)
      } catch (error) {
        const fields = { generation: snapshot.generation, reason: messageOf(error) }
        this.#log.error(fields, 'a generation is served but not written')
      }
    }
  }

  /** Writes what still waits. */
  async close(): Promise<void> {
    await this.#files.close()
  }
}
