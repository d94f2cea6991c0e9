/** Where good contents are kept once a master answers: what they were made to is written before them, so that the first answer does not wait for them. */
import type { Sources } from './source.ts'

/** A store of the last good contents of the sources. */
export interface ContentStore {
  read(): Promise<Sources | undefined>
  keep(sources: Sources): Promise<void>
}

/** A store that keeps nothing until the daemon answers; then what came last. */
export class StoreAfterStart implements ContentStore {
  readonly #store: ContentStore
  #waiting: Sources | undefined
  #isOpen = false

  constructor(store: ContentStore) {
    this.#store = store
  }

  /** What was kept before this start, and since it answers. */
  read(): Promise<Sources | undefined> {
    return this.#store.read()
  }

  /** Keeps them, at `open` where that has not been. */
  async keep(sources: Sources): Promise<void> {
    if (this.#isOpen) await this.#store.keep(sources)
    else this.#waiting = sources
  }

  /** The daemon answers: keeps what waits. */
  async open(): Promise<void> {
    this.#isOpen = true
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) await this.#store.keep(waiting)
  }
}
