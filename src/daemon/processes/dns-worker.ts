/** The process of DNS itself: does what its daemon tells it by the channel, and tells it how it is. */
import type { Duplex } from 'node:stream'
import { type Fields, Trust } from '../../kickback/index.ts'
import { background, type Clock, handlers, type Log, messageOf } from '../../values/index.ts'
import { Channel } from './channel.ts'
import { DnsDaemon } from './dns-daemon.ts'
import type { DnsStart } from './dns-process.ts'
import type { DnsFigures, DnsOrder, DnsWord } from './figures.ts'
import type { Unprivileged } from './privileges.ts'

/** What a worker works with. */
interface DnsWorkerOptions {
  /** The socket to the daemon. */
  readonly pair: Duplex
  /** The folder of the snapshot. */
  readonly folder: string
  readonly uid: () => number
  /** Becomes this user, and has no privilege from then on. */
  readonly become: (user: Unprivileged) => void
  readonly logger: Log
  readonly clock?: Clock
}

/** How often figures that changed are told, in milliseconds. */
const TELL_EVERY = 1000
/** The daemon is believed; the bounds are for a stream that makes no sense. */
const CHANNEL = { bytesMax: 16 * 1024 * 1024, valuesMax: 1 << 20, messagesMax: 10_000 }

/** Runs until the daemon ends the channel, or DNS can't be had; resolves to whether all was well. */
export async function runDnsWorker(options: DnsWorkerOptions): Promise<boolean> {
  const worker = new DnsWorker(options)
  return worker.run()
}

class DnsWorker {
  readonly #options: DnsWorkerOptions
  readonly #clock: Clock
  readonly #channel: Channel
  readonly #ended: Promise<void>
  #daemon: DnsDaemon | undefined
  #told = ''
  #cancelTell: (() => void) | undefined
  #begin: (start: DnsStart | undefined) => void = () => {}
  #isTold = false

  constructor(options: DnsWorkerOptions) {
    this.#options = options
    this.#clock = options.clock ?? background
    let ended = (): void => {}
    this.#ended = new Promise((resolve) => {
      ended = resolve
    })
    this.#channel = new Channel(options.pair, {
      ...CHANNEL,
      clock: this.#clock,
      heard: (message) => this.#heard(message),
      closed: () => {
        this.#begin(undefined)
        ended()
      },
    })
  }

  async run(): Promise<boolean> {
    const start = await new Promise<DnsStart | undefined>((resolve) => {
      this.#begin = resolve
    })
    if (start === undefined) return false
    const isWell = await this.#started(start)
    if (isWell) await this.#ended
    this.#cancelTell?.()
    await this.#daemon?.close()
    // An open channel keeps the process alive. What was said last is with the system by now.
    this.#channel.close()
    return isWell
  }

  async #started({ dns, become }: DnsStart): Promise<boolean> {
    const { folder, uid, logger } = this.#options
    const opened = become === null ? {} : { opened: () => this.#options.become(become) }
    try {
      const trust = new Trust({ key: undefined })
      this.#daemon = await DnsDaemon.start({ dns, folders: [folder], trust, uid, metrics: null, logger, ...opened })
      this.#say({ kind: 'ready', figures: this.#daemon.figures })
      this.#tellLater()
      return true
    } catch (error) {
      this.#say({ kind: 'failed', reason: messageOf(error) })
      return false
    }
  }

  /** The first value is what to start with, all others are orders. */
  #heard(message: Fields): void {
    if (!this.#isTold) {
      this.#isTold = true
      this.#begin(message as unknown as DnsStart)
      return
    }
    const { kind } = message as unknown as DnsOrder
    if (kind === 'look') handlers.float('DNS process order', () => this.#look())
    else this.#tell()
  }

  /** Looks for the new file, and says when it is served. */
  async #look(): Promise<void> {
    await this.#daemon?.look()
    this.#tell()
  }

  #tell(): void {
    if (this.#daemon !== undefined) this.#say({ kind: 'figures', figures: this.#daemon.figures })
  }

  #tellLater(): void {
    const tell = (): void => {
      this.#tellLater()
      const figures: DnsFigures | undefined = this.#daemon?.figures
      const text = JSON.stringify(figures)
      if (text === this.#told) return
      this.#told = text
      this.#tell()
    }
    this.#cancelTell = this.#clock.after(
      TELL_EVERY,
      handlers.guard('DNS process figures', tell, () => this.#tellLater()),
    )
  }

  #say(word: DnsWord): void {
    this.#channel.send(word)
  }
}
