/** DNS as a process of its own: started, told of each generation, started again where it dies, and ended with its daemon. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import type { DnsCounters, DnsSettings } from '../../dns/index.ts'
import { Backoff, type DnsProcessReport, type Place } from '../../kickback/index.ts'
import { background, type Clock, handlers, type Log, messageOf, sleep } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import type { Front } from '../fronts/front.ts'
import type { Served } from '../served.ts'
import { Channel } from './channel.ts'
import { type DnsFigures, type DnsOrder, dnsWord } from './figures.ts'
import { type StartPlan, startPlan, type Unprivileged } from './privileges.ts'

/** What the process is told first. */
export interface DnsStart {
  readonly dns: DnsSettings
  /** Who it is to become once it has its sockets. */
  readonly become: Unprivileged | null
}

/** What DNS as a process is made of. */
interface DnsProcessOptions {
  readonly settings: DnsSettings
  /** The name of the user that it runs as where we are root. */
  readonly user: string
  /** Our effective uid. */
  readonly uid: number
  /** The folder of the snapshot file. */
  readonly runDir: string
  /** The command line of the process, without what the plan adds. */
  readonly program: OwnProgram
  readonly log: Log
  readonly clock?: Clock
  readonly random?: () => number
}

/** What a daemon has its DNS made of. */
interface DnsDaemonParts {
  readonly settings: { readonly dns: DnsSettings; readonly dnsUser: string; readonly runDir: string }
  readonly uid: number
  readonly logger: Log
  readonly dnsProgram: OwnProgram
}

/** The descriptors that the process finds its channel and its folder by. */
export const PROCESS_FDS = { channel: 3, folder: 4 } as const
/** The environment variable that says that there is a channel. */
export const CHANNEL_VARIABLE = 'KICKBACK_CHANNEL'

/** Waits before it is started again, in milliseconds. */
const RESTART = { first: 200, longest: 30_000 }
/** How long it has lived when its next end counts as the first one, in milliseconds. */
const STEADY = 60_000
/** How long a generation waits for the process to take it, in milliseconds; where it did not once, the next ones do not wait. */
const TAKING = 1000
/** How long figures that are asked for are waited for, in milliseconds. */
const TELLING = 500
/**
 * How long those who ask for figures are gathered, in milliseconds, so that the process is asked once for all of them: anyone on
 * this machine may scrape metrics without end, and a process that sends too much is ended.
 */
const GATHERING = 20
/** How long its first start holds up that of its daemon, in milliseconds: the machine may be busy, and the daemon has other doors. */
const STARTING = 30_000
/** How long it has to start, in milliseconds; then it is taken for one that hangs. */
const HANGING = 120_000
/** How long it has to end, in milliseconds. */
const ENDING = 2000
/** What may come by the channel: figures have some thousand bytes, and come once a second or when they are asked for. */
const CHANNEL = { bytesMax: 64 * 1024, valuesMax: 4096, messagesMax: 200 }

/** The DNS of a daemon. */
export function newDnsProcess({ settings, uid, logger, dnsProgram }: DnsDaemonParts): DnsProcess {
  const { dns, dnsUser, runDir } = settings
  return new DnsProcess({ settings: dns, user: dnsUser, uid, runDir, program: dnsProgram, log: logger })
}

/** DNS behind a process of its own. */
export class DnsProcess implements Front {
  readonly name = 'DNS'
  readonly #options: DnsProcessOptions
  readonly #clock: Clock
  readonly #backoff: Backoff
  #plan: StartPlan | undefined
  #child: ChildProcess | undefined
  #channel: Channel | undefined
  #figures: DnsFigures | undefined
  /** Those who ask for figures together. */
  #telling: Promise<void> | undefined
  #isStarted = false
  #isClosed = false
  #isSlow = false
  #restarts = 0
  #cancelRestart: (() => void) | undefined
  /** Called at each word of the process, and at its end. */
  readonly #waiting = new Set<() => void>()

  constructor(options: DnsProcessOptions) {
    const { clock = background, random = Math.random } = options
    this.#options = options
    this.#clock = clock
    this.#backoff = new Backoff({ ...RESTART, random })
  }

  /** Works out how the process is started. Throws Error where it can't be, as for a user that there is not. */
  prepare(): void {
    const { settings, program, uid, user, log } = this.#options
    if (this.#plan !== undefined || settings.listen.length === 0) return
    this.#plan = startPlan({ program: program.words, uid, user })
    if (this.#plan.kept !== undefined) {
      log.warn({ reason: this.#plan.kept }, 'DNS runs with the privileges of the daemon')
    }
  }

  /** Starts with the first generation. Rejects with what the process says where DNS can't be had. */
  open(first: Served): Promise<void> {
    return this.serve(first)
  }

  /** Tells the process that there is a new file, and waits a moment until it answers from it. */
  async serve({ public: snapshot }: Served): Promise<void> {
    if (snapshot === undefined || this.#isClosed || this.#options.settings.listen.length === 0) return
    if (!this.#isStarted) return this.#startFirst()
    this.#order({ kind: 'look' })
    const { generation } = snapshot
    const isTaken = (): boolean => this.#child === undefined || (this.#figures?.generation ?? 0) >= generation
    if (this.#isSlow && !isTaken()) return
    this.#isSlow = !(await this.#until(isTaken, TAKING))
  }

  /** Where it answers. */
  get places(): readonly Place[] {
    return this.#figures?.places ?? []
  }

  /** What it has done, asked for now; what it told last where it does not say; undefined where it does not answer DNS. */
  async counters(): Promise<Readonly<DnsCounters> | undefined> {
    if (this.#figures === undefined) return undefined
    this.#telling ??= this.#told()
    await this.#telling
    return this.#figures?.counters ?? undefined
  }

  /** What STATUS tells of the process, which may be gone or not be there yet; undefined where DNS is off. */
  get report(): DnsProcessReport | undefined {
    if (this.#options.settings.listen.length === 0) return undefined
    const { generation = 0, failures = {} } = this.#figures ?? {}
    return { pid: this.#child?.pid ?? 0, generation, restarts: this.#restarts, failures }
  }

  /** Ends the process: it sees the end of the channel. One that does not end is killed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRestart?.()
    this.#channel?.close()
    if (await this.#until(() => this.#child === undefined, ENDING)) return
    this.#child?.kill('SIGKILL')
    await this.#until(() => this.#child === undefined, ENDING)
  }

  /** Who does not end with an error here, as a node, gets DNS as soon as it can be had. */
  async #startFirst(): Promise<void> {
    this.#cancelRestart?.()
    this.#isStarted = true
    try {
      this.prepare()
      if (this.#plan !== undefined) await this.#startSoon(this.#plan)
    } catch (error) {
      this.#isStarted = false
      this.#startLater()
      throw error
    }
  }

  /** Starts the process, and waits for it a while: one that is slow starts while the daemon goes on. */
  async #startSoon(plan: StartPlan): Promise<void> {
    const began = this.#clock.now()
    const starting = this.#start(plan)
    const done = new AbortController()
    const isSlow = sleep(this.#clock, STARTING, done.signal).then(() => !done.signal.aborted)
    try {
      if (!(await Promise.race([starting.then(() => false), isSlow]))) return
    } finally {
      done.abort()
    }
    this.#options.log.warn({ seconds: STARTING / 1000 }, 'the DNS process has not started yet')
    handlers.float('DNS process restart', () =>
      starting.catch((error: unknown) => this.#restartLater(messageOf(error), began)),
    )
  }

  /** Starts the process; resolves once it answers or waits for an address, rejects with the reason where it can't. */
  async #start(plan: StartPlan): Promise<void> {
    const { child, pair } = this.#spawned(plan)
    const began = this.#clock.now()
    let reason: string | undefined
    let isReady = false
    const channel = new Channel(pair, {
      ...CHANNEL,
      clock: this.#clock,
      heard: (value) => {
        const word = dnsWord(value)
        if (word.kind === 'failed') reason = word.reason
        else this.#figures = word.figures
        isReady ||= word.kind === 'ready'
        this.#wake()
      },
      closed: (fault) => {
        reason ??= fault
        // At our own end it closes its sockets first.
        if (!this.#isClosed) child.kill('SIGKILL')
      },
    })
    this.#child = child
    this.#channel = channel
    const ended = (how: string): void => {
      if (this.#child !== child) return
      channel.close()
      this.#child = undefined
      this.#figures = undefined
      reason ??= how
      this.#wake()
      if (isReady) this.#restartLater(reason, began)
    }
    this.#onEnd(child, ended)
    channel.send({ dns: this.#options.settings, become: plan.become ?? null } satisfies DnsStart)
    await this.#until(() => isReady || reason !== undefined || this.#child !== child, HANGING)
    if (!isReady) {
      channel.close()
      child.kill('SIGKILL')
      throw new Error(reason ?? `the DNS process did not start within ${HANGING / 1000} s`)
    }
    if (this.#restarts > 0) this.#options.log.info({ pid: child.pid }, 'the DNS process answers again')
  }

  #spawned({ words: [command = '', ...args] }: StartPlan): { child: ChildProcess; pair: Duplex } {
    const { program, runDir } = this.#options
    // The process finds the file by this descriptor, wherever the folder is: it may search no folder that is not for everyone.
    const folder = openSync(runDir, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      const child = spawn(command, args, {
        cwd: '/',
        env: { ...program.environment, [CHANNEL_VARIABLE]: String(PROCESS_FDS.channel) },
        stdio: ['ignore', 'ignore', 'inherit', 'pipe', folder],
      })
      return { child, pair: child.stdio[PROCESS_FDS.channel] as Duplex }
    } finally {
      closeSync(folder)
    }
  }

  #onEnd(child: ChildProcess, ended: (how: string) => void): void {
    child.on(
      'error',
      handlers.guard(
        'DNS process error',
        (error: Error) => ended(error.message),
        () => ended('it could not be started'),
      ),
    )
    // Once all that it said has been read.
    child.on(
      'close',
      handlers.guard(
        'DNS process end',
        (code: number | null, signal: string | null) =>
          ended(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`),
        () => ended('it ended'),
      ),
    )
  }

  #restartLater(reason: string, began: number): void {
    if (this.#isClosed) return
    this.#restarts++
    if (this.#clock.now() - began > STEADY) this.#backoff.reset()
    this.#options.log.error({ reason, restarts: this.#restarts }, 'the DNS process ended; it is started again')
    this.#startLater()
  }

  #startLater(): void {
    if (this.#isClosed) return
    const again = handlers.guard('DNS process restart', () => this.#restart())
    this.#cancelRestart = this.#clock.after(this.#backoff.next(), again)
  }

  async #restart(): Promise<void> {
    if (this.#isClosed || this.#plan === undefined) return
    const began = this.#clock.now()
    this.#isStarted = true
    try {
      await this.#start(this.#plan)
    } catch (error) {
      this.#restartLater(messageOf(error), began)
    }
  }

  /** Asks for figures, for all who ask for them until then; resolves when they are here, or do not come. */
  async #told(): Promise<void> {
    await sleep(this.#clock, GATHERING)
    this.#telling = undefined
    const before = this.#figures
    this.#order({ kind: 'tell' })
    await this.#until(() => this.#figures !== before, TELLING)
  }

  #order(order: DnsOrder): void {
    this.#channel?.send(order)
  }

  #wake(): void {
    for (const look of this.#waiting) look()
  }

  /** Waits until something is so, and `ms` at the most; whether it is. */
  async #until(isSo: () => boolean, ms: number): Promise<boolean> {
    const done = new AbortController()
    let look = (): void => {}
    const happened = new Promise<void>((resolve) => {
      look = () => {
        if (isSo()) resolve()
      }
    })
    this.#waiting.add(look)
    look()
    await Promise.race([happened, sleep(this.#clock, ms, done.signal)])
    done.abort()
    this.#waiting.delete(look)
    return isSo()
  }
}
