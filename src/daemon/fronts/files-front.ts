/** The snapshot files as a front: the module reads them, and the next start continues from them. */
import type { Snapshot } from '../../resolver/index.ts'
import { type Log, messageOf } from '../../values/index.ts'
import { NOTHING_SERVED, type Served } from '../served.ts'
import type { SnapshotFiles } from '../store/snapshot-files.ts'
import type { Front } from './front.ts'

/** Told of a public snapshot that was written, and of the one before it. What it gives back is waited for, and must not reject. */
type WrittenHandler = (before: Snapshot | undefined, now: Snapshot) => Promise<void>

/** The files of a run dir and a state dir. */
export class FilesFront implements Front {
  readonly name = 'files'
  readonly #files: SnapshotFiles
  readonly #log: Pick<Log, 'error'>
  readonly #written: WrittenHandler
  #given = NOTHING_SERVED
  /** All that is being written. Never rejects. */
  #writing: Promise<unknown> = Promise.resolve()

  /** `written` is told when the module answers from another public generation. */
  constructor(files: SnapshotFiles, log: Pick<Log, 'error'>, written: WrittenHandler = async () => {}) {
    this.#written = written
    this.#files = files
    this.#log = log
  }

  open(first: Served): Promise<void> {
    return this.serve(first)
  }

  /** Resolves when the files are written. A failure is logged, and tried again; the sockets still answer. */
  serve(now: Served): Promise<void> {
    const served = this.#write(now)
    // Its value must not be that of the one before: each would keep all that came before it.
    this.#writing = Promise.allSettled([this.#writing, served]).then(() => {})
    return served
  }

  /** Resolves when nothing is being written: what was given is in the files, or cannot be written now. */
  async settled(): Promise<void> {
    for (let last: Promise<unknown> | undefined; last !== this.#writing; ) {
      last = this.#writing
      await last
    }
  }

  async #write(now: Served): Promise<void> {
    const before = this.#given
    this.#given = now
    if (now.shadow === undefined && before.shadow !== undefined) await this.#files.endShadow()
    // Shadow goes first: the public file says that there is some.
    for (const kind of ['shadow', 'public'] as const) {
      const snapshot = now[kind]
      if (snapshot === undefined || snapshot === before[kind]) continue
      try {
        await this.#files.write(snapshot)
        if (kind === 'public') await this.#written(before.public, snapshot)
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
