/** The entrance of a door with TLS: connections wait for their handshake, counted among the connections of the door, and with a deadline. */
import { type Clock, handlers } from '../../../values/index.ts'
import type { Link, Newcomer } from '../../transport/link.ts'
import { TransportError } from '../../transport/transport-error.ts'
import type { Crowd, Holder, Origin } from './crowd.ts'
import type { Handshakes } from './handshakes.ts'

/** What an entrance works with. */
interface EntranceOptions {
  readonly crowd: Crowd
  readonly handshakes: Handshakes
  readonly clock: Clock
  /** Takes the link of a handshake that is done. It is not counted in the crowd any more. */
  readonly entered: (link: Link) => void
  /** Called when a handshake fails, is too late, or has to make room. */
  readonly failed: (newcomer: Newcomer, reason: string) => void
}

/** How long a handshake may take once it has begun, and how long it may wait for its turn, in milliseconds. */
const HANDSHAKE_LASTS = 10_000
const WAIT_LASTS = 120_000

/** Takes newcomers in. */
export class Entrance {
  readonly #options: EntranceOptions
  readonly #stays = new Set<Stay>()

  constructor(options: EntranceOptions) {
    this.#options = options
  }

  /** A newcomer that there is room for waits for its handshake, and enters. */
  admit(newcomer: Newcomer, source: Origin, isRoot: boolean): void {
    const { crowd, handshakes, clock } = this.#options
    const stay = new Stay(clock, (reason) => this.#options.failed(newcomer, reason))
    crowd.enter(source, stay)
    stay.onEnd(() => this.#leave(source, stay))
    this.#stays.add(stay)
    stay.onEnd(() => newcomer.destroy())
    newcomer.onGone(() => stay.end())
    stay.expect(WAIT_LASTS, 'waited too long for its TLS handshake')
    stay.onEnd(handshakes.wait(source.key, isRoot, () => this.#shakeHands(newcomer, stay)))
  }

  #leave(source: Origin, stay: Stay): void {
    this.#options.crowd.leave(source, stay)
    this.#stays.delete(stay)
  }

  /** Ends all that wait. */
  close(): void {
    for (const stay of this.#stays) stay.end()
  }

  async #shakeHands(newcomer: Newcomer, stay: Stay): Promise<void> {
    stay.expect(HANDSHAKE_LASTS, 'did not end its TLS handshake in time')
    try {
      const link = await newcomer.secured()
      if (stay.isOver) link.destroy()
      else stay.leave(() => this.#options.entered(link))
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      stay.destroy(error.message)
    }
  }
}

/** One newcomer's time at the entrance. */
class Stay implements Holder {
  readonly active: number
  readonly follows = false
  readonly #clock: Clock
  readonly #failed: (reason: string) => void
  readonly #atEnd: (() => void)[] = []
  #cancel: () => void = () => {}
  isOver = false

  constructor(clock: Clock, failed: (reason: string) => void) {
    this.#clock = clock
    this.#failed = failed
    this.active = clock.now()
  }

  /** Has `then` called at the end, at once if that was. */
  onEnd(then: () => void): void {
    if (this.isOver) then()
    else this.#atEnd.push(then)
  }

  /** It ends in so many milliseconds, unless something else is expected before. */
  expect(ms: number, otherwise: string): void {
    this.#cancel()
    const late = (): void => this.destroy(otherwise)
    this.#cancel = this.#clock.after(ms, handlers.guard('handshake deadline', late, late))
  }

  /** Ends it for having broken a rule. */
  destroy(broken: string): void {
    if (this.isOver) return
    this.end()
    this.#failed(broken)
  }

  /** It has gone. */
  end(): void {
    if (this.isOver) return
    this.isOver = true
    this.#cancel()
    for (const then of this.#atEnd) then()
  }

  /** It is counted no longer, and goes on as what `then` makes of it. */
  leave(then: () => void): void {
    this.isOver = true
    this.#cancel()
    const [uncount] = this.#atEnd
    uncount?.()
    then()
  }
}
