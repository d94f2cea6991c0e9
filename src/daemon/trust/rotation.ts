/** The end of a rotation of a signing key: the new key signs once the list that has it is everywhere. */
import { type Clock, handlers, sleep } from '../../values/index.ts'
import type { MasterTrust } from './master-trust.ts'

/** How long others have to hear of a list, in milliseconds: nodes and masters ask every 30 s. */
const SETTLES = 90_000

/** What a rotation is made of. */
interface RotationParts {
  readonly keys: Pick<MasterTrust, 'trust' | 'isNextCertified' | 'promote'>
  readonly clock: Clock
  /** Called when other keys count; `isPromoted`: this master has another key. */
  readonly changed: (isPromoted: boolean) => Promise<void>
}

/** Watches the trust of a master. */
export class Rotation {
  readonly #parts: RotationParts
  readonly #closing = new AbortController()
  #isWaiting = false
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: RotationParts) {
    this.#parts = parts
    parts.keys.trust.onChanged(() => this.#listChanged())
  }

  /** Waits for nothing any more. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#ended
  }

  #listChanged(): void {
    if (this.#closing.signal.aborted) return
    handlers.float('trust changed', () => {
      const following = this.#follow()
      this.#ended = Promise.allSettled([this.#ended, following]).then(() => {})
      return following
    })
  }

  /** Has what follows from a new list done; where it has the next key of this master, that signs after a while. */
  async #follow(): Promise<void> {
    const { keys, clock, changed } = this.#parts
    await changed(false)
    if (!keys.isNextCertified || this.#isWaiting) return
    this.#isWaiting = true
    try {
      await sleep(clock, SETTLES, this.#closing.signal)
      if (!this.#closing.signal.aborted && keys.promote()) await changed(true)
    } finally {
      this.#isWaiting = false
    }
  }
}
