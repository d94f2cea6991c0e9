/** What a node does while it is out of touch: it writes down for how long, and ends shadow when no master proved for too long what is granted to it. */
import type { Confirmation } from '../../kickback/index.ts'
import { type Clock, type Log, messageOf, sleep } from '../../values/index.ts'

/** What it works with. */
interface OutOfTouchOptions {
  /** When a master last proved what shadow entries this machine is granted. */
  readonly confirmation: Pick<Confirmation, 'age' | 'keep'>
  /** When a master last was in step with the public copy, which is written down too; nothing unless set. */
  readonly copy?: Pick<Confirmation, 'age' | 'keep'>
  /** For how long a node that is out of touch may have shadow entries, in seconds. */
  readonly shadowMaxAge: number
  /** Ends shadow: gives whether there was any. */
  readonly endShadow: () => Promise<boolean>
  readonly clock: Clock
  readonly log: Log
}

/** How often is looked, in milliseconds. A look is one of the few things that wake an idle node. */
const LOOK_EVERY = 600_000
/**
 * How many looks in a row have to find that it is too long: after a boot the wall clock may be wrong until the network is there, and
 * what is put right meanwhile ends nothing.
 */
const LOOKS = 3

/** Looks from time to time, until it is closed. */
export class OutOfTouch {
  readonly #options: OutOfTouchOptions
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  #late = 0

  constructor(options: OutOfTouchOptions) {
    this.#options = options
  }

  /** Begins to look. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends, and writes down what passed. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
    if (this.#running !== undefined) for (const one of this.#all) await this.#keep(one)
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (;;) {
      await sleep(this.#options.clock, LOOK_EVERY, signal)
      if (signal.aborted) return
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    const { confirmation, shadowMaxAge } = this.#options
    const { age } = confirmation
    for (const one of this.#all) if (one.age * 1000 >= LOOK_EVERY) await this.#keep(one)
    this.#late = age > shadowMaxAge ? this.#late + 1 : 0
    if (this.#late >= LOOKS) await this.#end(age)
  }

  get #all(): readonly Pick<Confirmation, 'age' | 'keep'>[] {
    const { confirmation, copy } = this.#options
    return copy === undefined ? [confirmation] : [confirmation, copy]
  }

  async #keep(one: Pick<Confirmation, 'keep'>): Promise<void> {
    try {
      await one.keep()
    } catch (error) {
      this.#options.log.warn({ reason: messageOf(error) }, 'cannot write down for how long no master was in step')
    }
  }

  async #end(age: number): Promise<void> {
    const { endShadow, log } = this.#options
    try {
      if (!(await endShadow())) return
      const fields = { seconds: Number.isFinite(age) ? Math.round(age) : 'unknown' }
      log.warn(
        fields,
        'no master proved for longer than shadow_max_age which shadow entries are granted: this machine has none of the cluster any more',
      )
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'cannot end shadow: it is tried again')
    }
  }
}
