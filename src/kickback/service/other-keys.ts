/** The machines of the cluster that believe another key than the one that this master signs with: they take nothing from it. */
import type { Clock, Log } from '../../values/index.ts'

/** What is compared, and how it is told. */
interface OtherKeysParts {
  /** The mark of the key of this master (keyMark). */
  readonly mark: Uint8Array
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'warn'>
}

/** How long a machine is remembered that tells nothing any more, in milliseconds: they try again within half a minute. */
const REMEMBERED = 120_000
/** How many are remembered, and so logged, at a time: in a cluster of a thousand nodes with a wrong key they tell enough. */
const MACHINES_MAX = 64

/** What is to be done about it. */
const WHAT_TO_DO =
  "it believes another key than this master's, and takes nothing from here: give a node the signing.pub of this master, and all masters the same signing.key and signing.pub"

/** Remembers who told of another key. */
export class OtherKeys {
  readonly #parts: OtherKeysParts
  readonly #seen = new Map<string, number>()

  constructor(parts: OtherKeysParts) {
    this.#parts = parts
  }

  /** The machines, in words, in the order in which they were seen last. */
  get all(): readonly string[] {
    this.#forget()
    return [...this.#seen.keys()]
  }

  /** A machine told the mark of the key that it believes. The log has each machine once, until it is all right or away. */
  note(machine: string, mark: Uint8Array): void {
    this.#forget()
    const isKnown = this.#seen.delete(machine)
    if (Buffer.from(this.#parts.mark).equals(mark) || this.#seen.size >= MACHINES_MAX) return
    this.#seen.set(machine, this.#parts.clock.now())
    if (!isKnown) this.#parts.log.warn({ machine }, WHAT_TO_DO)
  }

  #forget(): void {
    const since = this.#parts.clock.now() - REMEMBERED
    for (const [machine, at] of this.#seen) if (at < since) this.#seen.delete(machine)
  }
}
