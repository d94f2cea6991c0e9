/** What was sent to a client and waits for it: copies, which have memory of their own, and parts of snapshots, which are in memory once. */
import { type Link, UNCOPIED_FROM } from '../../transport/link.ts'

/** A part of a snapshot among all that was sent, by the first byte and the one after the last. */
interface Range {
  readonly from: number
  readonly to: number
}

/** The way out to one client, which counts what waits. There is no bound here: the session looks at what waits. */
export class Outbox {
  readonly #link: Pick<Link, 'send' | 'queuedBytes'>
  readonly #onSent: () => void
  #sent = 0
  /** Oldest first; those that the client has taken are gone at the next look. */
  #shared: readonly Range[] = []

  /** `onSent` is called for all that is sent. */
  constructor(link: Pick<Link, 'send' | 'queuedBytes'>, onSent: () => void = () => {}) {
    this.#link = link
    this.#onSent = onSent
  }

  /** Sends bytes that nobody else has. */
  send(bytes: Buffer): void {
    this.#sent += bytes.length
    this.#link.send(bytes)
    this.#onSent()
  }

  /** Sends a part of a snapshot: it stays in memory until the client has taken this. A small part becomes a copy on its way. */
  sendShared(bytes: Buffer): void {
    if (bytes.length >= UNCOPIED_FROM) {
      this.#shared = [...this.#shared, { from: this.#sent, to: this.#sent + bytes.length }]
    }
    this.send(bytes)
  }

  /** How many bytes wait. */
  get waiting(): number {
    return this.#link.queuedBytes
  }

  /** How many of them are parts of snapshots. */
  get waitingShared(): number {
    const taken = this.#sent - this.#link.queuedBytes
    this.#shared = this.#shared.filter(({ to }) => to > taken)
    return this.#shared.reduce((sum, { from, to }) => sum + to - Math.max(from, taken), 0)
  }

  /** How many of them are copies. */
  get waitingOwn(): number {
    return this.waiting - this.waitingShared
  }
}
