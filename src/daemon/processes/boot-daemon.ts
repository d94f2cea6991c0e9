/** The process of boot: answers nodes that boot, from what its daemon says to each of them. */
import { handlers } from '../../values/index.ts'
import { BootFront, type BootFrontParts } from '../http/boot-front.ts'
import type { BootNote } from './boot-process.ts'
import type { BootFigures } from './channel/boot-figures.ts'

/** The boot endpoint over what others tell. */
export class BootDaemon {
  readonly #front: BootFront

  private constructor(parts: BootFrontParts) {
    this.#front = new BootFront(parts)
  }

  /** Starts: answers, or waits for its addresses. Rejects where one of them is in use. */
  static async start(parts: BootFrontParts): Promise<BootDaemon> {
    const daemon = new BootDaemon(parts)
    await daemon.#front.open()
    return daemon
  }

  /** How it is. */
  get figures(): BootFigures {
    const places = this.#front.places.map(({ host, port }) => ({ host, port }))
    const failures = Object.fromEntries(handlers.failures)
    const { missing, counters } = this.#front
    return { generation: 0, places, missing, failures, counters }
  }

  /** Its daemon tells it where it is to answer from now on. */
  note({ listen }: Partial<BootNote>): void {
    if (listen !== undefined) handlers.float('front process order', () => this.#front.listenAt(listen))
  }

  /** There is a new snapshot. */
  async look(): Promise<void> {}

  /** Ends. */
  close(): Promise<void> {
    return this.#front.close()
  }
}
