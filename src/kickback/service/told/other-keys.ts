/** The machines of the cluster that believe another key than this master's, and take nothing from it; and those that know a signing key alone. */
import type { Clock, Log } from '../../../values/index.ts'
import { type OwnKeys, standingOfMark } from '../own-keys.ts'

/** What is compared, and how it is told. */
interface OtherKeysParts {
  readonly keys: OwnKeys
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'warn'>
}

/** How long a machine is remembered that tells nothing any more, in milliseconds: they try again within half a minute. */
const REMEMBERED = 120_000
/** How many are remembered, and so logged, at a time: in a cluster of a thousand nodes with a wrong key they tell enough. */
const MACHINES_MAX = 64

/** What is to be done about it. */
const WHAT_TO_DO =
  "it believes another key than this master's, and takes nothing from here: give a node the root.pub of this master (signing.pub, if there is none), and certify the other masters' keys with kickback keys certify"

/** Remembers who told of another key. */
export class OtherKeys {
  readonly #parts: OtherKeysParts
  readonly #seen = new Map<string, number>()
  /** When each machine told last that it believes a signing key itself. */
  readonly #pinned = new Map<string, number>()
  /** When each machine was logged last: one that goes back and forth does not fill the log. */
  readonly #logged = new Map<string, number>()

  constructor(parts: OtherKeysParts) {
    this.#parts = parts
  }

  /** The machines, in words, in the order in which they were seen last. */
  get all(): readonly string[] {
    this.#forget()
    return [...this.#seen.keys()]
  }

  /** The machines that believe a signing key itself: they take no trust list. */
  get pinned(): readonly string[] {
    this.#forget()
    return [...this.#pinned.keys()]
  }

  /** A machine told the mark of the key that it believes. The log has each machine once, until it has been all right or away for a while. */
  note(machine: string, mark: Uint8Array): void {
    this.#forget()
    this.#seen.delete(machine)
    this.#pinned.delete(machine)
    const standing = standingOfMark(this.#parts.keys, mark)
    const machines = standing === 'pinned' ? this.#pinned : this.#seen
    if (standing === 'right' || machines.size >= MACHINES_MAX) return
    machines.set(machine, this.#parts.clock.now())
    if (standing === 'other') this.#tell(machine)
  }

  #tell(machine: string): void {
    const isLogged = this.#logged.has(machine)
    if (!isLogged && this.#logged.size >= MACHINES_MAX) return
    this.#logged.set(machine, this.#parts.clock.now())
    if (!isLogged) this.#parts.log.warn({ machine }, WHAT_TO_DO)
  }

  #forget(): void {
    const since = this.#parts.clock.now() - REMEMBERED
    for (const machines of [this.#seen, this.#pinned, this.#logged]) {
      for (const [machine, at] of machines) if (at < since) machines.delete(machine)
    }
  }
}
