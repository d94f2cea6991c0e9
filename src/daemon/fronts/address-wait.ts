/** The wait for addresses that this machine does not have yet: a daemon may start before the network. */
import { background, type Clock, handlers } from '../../values/index.ts'

/** How long until an address is tried again, in milliseconds. */
const RETRY = 1000

/** What waits for addresses. */
export class AddressWait {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  constructor(clock: Clock = background) {
    this.#clock = clock
  }

  /** Calls this once after a while, `ms` milliseconds, and again where it throws; never after `close`. */
  tryAgain(task: () => void | Promise<void>, ms = RETRY): void {
    if (this.#isClosed) return
    const again = (): void | Promise<void> => {
      this.#waiting.delete(cancel)
      return task()
    }
    const cancel = this.#clock.after(
      ms,
      handlers.guard('address retry', again, () => this.tryAgain(task, ms)),
    )
    this.#waiting.add(cancel)
  }

  /** Nothing is tried any more. */
  close(): void {
    this.#isClosed = true
    for (const cancel of this.#waiting) cancel()
  }
}
