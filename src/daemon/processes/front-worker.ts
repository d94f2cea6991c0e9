/** The process of a front itself: does what its daemon tells it by the channel, and tells it how it is. */
import { accessSync, constants } from 'node:fs'
import type { Duplex } from 'node:stream'
import { type Fields, Trust } from '../../kickback/index.ts'
import { background, type Clock, handlers, type Log, messageOf } from '../../values/index.ts'
import { answerFirst } from '../supervision/priority.ts'
import type { BootStart } from './boot-process.ts'
import { Asking, MANY_WAITING } from './channel/asking.ts'
import { Channel } from './channel/channel.ts'
import type { ProcessOrder, ProcessWord } from './channel/words.ts'
import { DnsDaemon } from './dns-daemon.ts'
import type { DnsStart } from './dns-process.ts'
import type { HttpStart } from './http-process.ts'
import type { Unprivileged } from './privileges.ts'

/** What a worker works with. */
interface FrontWorkerOptions {
  /** The socket to the daemon. */
  readonly pair: Duplex
  /** The folder of the snapshot. */
  readonly folder: string
  readonly uid: () => number
  /** Becomes this user, and has no privilege from then on. */
  readonly become: (user: Unprivileged) => void
  /** Told which front it is to be. */
  readonly named: (front: 'dns' | 'http' | 'boot') => void
  readonly logger: Log
  readonly clock?: Clock
}

/** How often figures that changed are told, in milliseconds. */
const TELL_EVERY = 1000
/** The daemon is believed; the bounds are for a stream that makes no sense. */
const CHANNEL = { bytesMax: 16 * 1024 * 1024, valuesMax: 1 << 20, messagesMax: 10_000 }

/** Runs until the daemon ends the channel, or the front can't be had; resolves to whether all was well. */
export async function runFrontWorker(options: FrontWorkerOptions): Promise<boolean> {
  const worker = new FrontWorker(options)
  return worker.run()
}

/** What the process runs. */
interface FrontDaemon {
  readonly figures: object
  look(): Promise<void>
  note?(note: object): void
  close(): Promise<void>
}

/** What the process is told first. */
type Start = DnsStart | HttpStart | BootStart

/** Whether this process may search a folder. */
function isReadable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

class FrontWorker {
  readonly #options: FrontWorkerOptions
  readonly #clock: Clock
  readonly #channel: Channel
  readonly #ended: Promise<void>
  #daemon: FrontDaemon | undefined
  #asking: Asking
  #told = ''
  #cancelTell: (() => void) | undefined
  #begin: (start: Start | undefined) => void = () => {}
  /** Resolves with the first order to look, and at the end. */
  readonly #ordered: Promise<void>
  #order: () => void = () => {}
  /** Whether an order to look came before there was a front. */
  #isDue = false
  #isTold = false

  constructor(options: FrontWorkerOptions) {
    this.#options = options
    this.#clock = options.clock ?? background
    let ended = (): void => {}
    this.#ended = new Promise((resolve) => {
      ended = resolve
    })
    this.#ordered = new Promise((resolve) => {
      this.#order = resolve
    })
    this.#asking = this.#newAsking()
    this.#channel = new Channel(options.pair, {
      ...CHANNEL,
      clock: this.#clock,
      heard: (message) => this.#heard(message),
      closed: () => {
        this.#asking.close()
        this.#begin(undefined)
        this.#order()
        ended()
      },
    })
  }

  async run(): Promise<boolean> {
    const start = await new Promise<Start | undefined>((resolve) => {
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

  async #started(start: Start): Promise<boolean> {
    try {
      this.#options.named('dns' in start ? 'dns' : 'boot' in start ? 'boot' : 'http')
      this.#daemon = await this.#front(start)
      this.#say({ kind: 'ready', figures: this.#daemon.figures })
      this.#tellLater()
      if (this.#isDue) handlers.float('front process order', () => this.#look())
      return true
    } catch (error) {
      this.#say({ kind: 'failed', reason: messageOf(error) })
      return false
    }
  }

  async #front(start: Start): Promise<FrontDaemon> {
    const { folder, uid, logger } = this.#options
    const { become } = start
    const opened = become === null ? {} : { opened: () => this.#options.become(become) }
    const trust = new Trust({ key: undefined })
    if ('dns' in start) {
      const polled = answerFirst(logger)
      const { dns, share, handover, keptDir } = start
      const several = share && { share, handover }
      const early = keptDir === null ? { folders: [folder] } : this.#early(folder, keptDir)
      return DnsDaemon.start({ dns, ...several, ...early, trust, uid, polled, http: null, logger, ...opened })
    }
    if ('boot' in start) {
      this.#asking = this.#newAsking(MANY_WAITING)
      const { BootDaemon } = await import('./boot-daemon.ts')
      const ask: Asking['ask'] = (what, of) => this.#asking.ask(what, of)
      return BootDaemon.start({ listen: start.boot, ask, log: logger, ...opened })
    }
    const { HttpDaemon } = await import('./http-daemon.ts')
    return HttpDaemon.start({ http: start.http, sources: this.#asking.sources, logger, ...opened })
  }

  /** Before there is a generation: what is kept is read where everyone may read it, as by the module. */
  #early(folder: string, keptDir: string): { readonly folders: readonly string[]; readonly awaited: Promise<void> } {
    return { folders: isReadable(keptDir) ? [folder, keptDir] : [folder], awaited: this.#ordered }
  }

  #newAsking(max?: number): Asking {
    return new Asking(this.#clock, (ask) => this.#say({ kind: 'ask', ...ask }), max)
  }

  /** The first value is what to start with, all others are orders. */
  #heard(message: Fields): void {
    if (!this.#isTold) {
      this.#isTold = true
      this.#begin(message as unknown as Start)
      return
    }
    const order = message as unknown as ProcessOrder
    if (order.kind === 'note') this.#daemon?.note?.(order.note)
    else if (order.kind === 'given') this.#asking.given(order.id, order.given)
    else if (order.kind === 'look') handlers.float('front process order', () => this.#look())
    else this.#tell()
  }

  /** Looks for the new file, and says when it is served. */
  async #look(): Promise<void> {
    this.#order()
    this.#isDue = this.#daemon === undefined
    await this.#daemon?.look()
    this.#tell()
  }

  #tell(): void {
    if (this.#daemon !== undefined) this.#say({ kind: 'figures', figures: this.#daemon.figures })
  }

  #tellLater(): void {
    const tell = (): void => {
      this.#tellLater()
      const figures = this.#daemon?.figures
      const text = JSON.stringify(figures)
      if (text === this.#told) return
      this.#told = text
      this.#tell()
    }
    this.#cancelTell = this.#clock.after(
      TELL_EVERY,
      handlers.guard('front process figures', tell, () => this.#tellLater()),
    )
  }

  #say(word: ProcessWord<object>): void {
    this.#channel.send(word)
  }
}
