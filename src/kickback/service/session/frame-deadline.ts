/** The deadline of a frame that has begun: it must end in time, however slowly its bytes drip, and however long it waits for its turn. */
import { type Clock, handlers } from '../../../values/index.ts'

/** What a deadline works with. */
interface FrameDeadlineOptions {
  readonly clock: Clock
  /** How long a frame may take, in milliseconds. */
  readonly limit: number
  /** Called when a frame's time is over while nobody looks at what came. */
  readonly expired: () => void
  /** Called where that throws: the connection is given up. */
  readonly failed: () => void
}

/** The deadlines of one connection's frames, one after the other. */
export class FrameDeadline {
  readonly #options: FrameDeadlineOptions
  /** When the frame that has begun must have ended, on the clock. */
  #due: number | undefined
  #cancel: (() => void) | undefined

  constructor(options: FrameDeadlineOptions) {
    this.#options = options
  }

  /** A part of a frame is there and no more. It has the time that is left since its first bytes; false if none is. */
  wait(): boolean {
    const { clock, limit, expired, failed } = this.#options
    this.#cancel?.()
    this.#due ??= clock.now() + limit
    const left = this.#due - clock.now()
    if (left <= 0) return false
    this.#cancel = clock.after(left, handlers.guard('session half-sent', expired, failed))
    return true
  }

  /** No frame has begun, or the one that had is whole: the next one has all of its time. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#due = undefined
  }
}
