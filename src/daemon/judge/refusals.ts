/** What the loss limit of a node refused, so that it is not fetched again and again, and so that status can show it. */
import { UntrustedError } from '../../kickback/index.ts'
import type { Header, Snapshot } from '../../resolver/index.ts'
import { hex } from '../../values/index.ts'
import { type Loss, lossText } from './loss-limit.ts'

/** A generation that was refused. */
export interface Refusal {
  readonly generation: number
  /** In hex. */
  readonly digest: string
  readonly reason: string
}

/** How many refusals are remembered: one for each master, and some more. */
const REMEMBERED = 16

/** The refusals of a node: each is of one content in place of another. */
export class Refusals {
  readonly #refused = new Map<string, Refusal>()

  /** Those that are remembered, the oldest first. */
  get all(): readonly Refusal[] {
    return [...this.#refused.values()]
  }

  /** Throws UntrustedError if this content was refused already, in place of what is held. */
  check(held: Snapshot | undefined, offered: Header): void {
    const refused = held && this.#refused.get(keyOf(held, offered))
    if (refused !== undefined) throw new UntrustedError(refused.reason)
  }

  /** Remembers that it was refused; the error that says so. */
  refuse(held: Snapshot, offered: Header, lost: readonly Loss[]): UntrustedError {
    const reason = `generation ${offered.generation} would ${lossText(lost)}; to take it nevertheless, run kickback reload --force on this node`
    const [oldest] = this.#refused.keys()
    if (this.#refused.size >= REMEMBERED && oldest !== undefined) this.#refused.delete(oldest)
    this.#refused.set(keyOf(held, offered), { generation: offered.generation, digest: hex(offered.digest), reason })
    return new UntrustedError(reason)
  }

  /** Forgets all: what is held is another now. */
  clear(): void {
    this.#refused.clear()
  }
}

function keyOf(held: Snapshot, offered: Header): string {
  return `${hex(held.digest)} ${hex(offered.digest)}`
}
