/** A front as a process of its own: started, told of each generation, started again where it dies, and ended with its daemon. */
import type { ChildProcess } from 'node:child_process'
import { Backoff, type DnsProcessReport, type Fields, type Place } from '../../kickback/index.ts'
import { background, type Clock, handlers, type Log, messageOf, sleep } from '../../values/index.ts'
import type { OwnProgram } from '../daemon.ts'
import type { Front } from '../fronts/front.ts'
import type { Served } from '../served.ts'
import { Channel } from './channel/channel.ts'
import type { ProcessFigures, ProcessOrder, ProcessWord } from './channel/words.ts'
import { type StartPlan, startPlan, type Unprivileged } from './privileges.ts'
import { spawned } from './spawned.ts'

/** What is special about one kind of process. */
interface ProcessKind<Figures> {
  /** What the log calls it. */
  readonly name: string
  /** Whether the settings want it at all. */
  readonly isOn: boolean
  /** Whether a generation waits for it a moment, and its start for a generation: one that answers from them. */
  readonly isAwaited: boolean
  /** The name of the user that it runs as where we are root, and the option that names another one. */
  readonly user: string
  readonly userFlag: string
  /** What it is told first, by who it is to become once it has its sockets; where it starts before there is a generation, with the folder of what is kept. */
  readonly start: (become: Unprivileged | null, keptDir: string | null) => object
  /** A word of it, checked. Throws for what is none. */
  readonly word: (value: Fields) => ProcessWord<Figures>
  /** How many messages it may send within a second, where it asks more than others do. */
  readonly messagesMax?: number
  /** Called with the figures of the process of a pid, each time it tells them. */
  readonly told?: (figures: Figures, pid: number) => void
  /** Called when the process has ended: what it told is so no more. */
  readonly ended?: () => void
  /** Answers what it asks; undefined: it does not get it. */
  readonly answer?: (what: string, of: Fields) => Promise<object | undefined>
}

/** What every process of a daemon is made with. */
export interface ProcessParts {
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

/** What a front as a process is made of. */
interface FrontProcessOptions<Figures> extends ProcessParts {
  readonly kind: ProcessKind<Figures>
}

/** A process that was started before there was a generation for it. */
interface Beginning {
  /** As what #start gives back. */
  readonly started: Promise<void>
  /** Says that there is a generation now: its start may take only so long from here. */
  readonly given: () => void
}

/** How a process starts early. */
interface Early {
  readonly keptDir: string
  /** Resolves with the first generation. */
  readonly isGiven: Promise<void>
}

/** Waits before it is started again, in milliseconds. */
const RESTART = { first: 200, longest: 30_000 }
/** How long it has lived when its next end counts as the first one, in milliseconds. */
const STEADY = 60_000
/** How long a generation waits for the process to take it, in milliseconds; where it did not once, the next ones do not wait. */
const TAKING = 1000
/** How long figures that are asked for are waited for, in milliseconds. */
const TELLING = 500
/** How long those who ask for figures are gathered, in milliseconds: one question serves all. Anyone here may scrape metrics without end, and a process that sends too much is ended. */
const GATHERING = 20
/** How long its first start holds up that of its daemon, in milliseconds: the machine may be busy, and the daemon has other doors. */
const STARTING = 30_000
/** How long it has to start, in milliseconds; then it is taken for one that hangs. */
const HANGING = 120_000
/** How long it has to end, in milliseconds. */
const ENDING = 2000
/** What may come by the channel: figures have some thousand bytes, and come once a second or when they are asked for. */
const CHANNEL = { bytesMax: 64 * 1024, valuesMax: 4096, messagesMax: 200 }

/** A front behind a process of its own. */
export class FrontProcess<Figures extends ProcessFigures> implements Front {
  readonly name: string
  readonly #options: FrontProcessOptions<Figures>
  readonly #kind: ProcessKind<Figures>
  readonly #clock: Clock
  readonly #backoff: Backoff
  #plan: StartPlan | undefined
  #child: ChildProcess | undefined
  #channel: Channel | undefined
  #figures: Figures | undefined
  /** Those who ask for figures together. */
  #telling: Promise<void> | undefined
  #begun: Beginning | undefined
  #isStarted = false
  #isClosed = false
  #isSlow = false
  #restarts = 0
  /** How many times in a row it gave no sign of life. */
  #silences = 0
  #cancelRestart: (() => void) | undefined
  /** Called at each word of the process, and at its end. */
  readonly #waiting = new Set<() => void>()

  constructor(options: FrontProcessOptions<Figures>) {
    const { kind, clock = background, random = Math.random } = options
    this.#options = options
    this.#kind = kind
    this.name = kind.name
    this.#clock = clock
    this.#backoff = new Backoff({ ...RESTART, random })
  }

  /** Works out how the process is started. Throws Error where it can't be, as for a user that there is not. */
  prepare(): void {
    const { program, uid, log } = this.#options
    const { name, isOn, user, userFlag } = this.#kind
    if (this.#plan !== undefined || !isOn) return
    this.#plan = startPlan({ program: program.words, uid, user, name, userFlag })
    if (this.#plan.kept !== undefined) {
      log.warn({ reason: this.#plan.kept }, `${name} runs with the privileges of the daemon`)
    }
  }

  /**
   * Starts the process before there is a generation: it answers from the snapshot that is kept in a folder, or else waits for the first
   * one. Where it can't start, `open` rejects. Throws Error as `prepare`.
   */
  begin(keptDir: string): void {
    this.prepare()
    if (this.#plan === undefined || this.#isClosed) return
    let given = (): void => {}
    const isGiven = new Promise<void>((resolve) => {
      given = resolve
    })
    const started = this.#start(this.#plan, { keptDir, isGiven })
    // Who opens it is told.
    handlers.float('front process restart', () => Promise.allSettled([started]))
    this.#begun = { started, given }
  }

  /** Starts, one that answers from generations with the first. Rejects with what the process says where it can't be had. */
  async open(first: Served): Promise<void> {
    if (this.#kind.isAwaited) return this.serve(first)
    if (this.#kind.isOn && !this.#isClosed) await this.#startFirst()
  }

  /** Tells the process that there is a new file, and waits a moment until it answers from it. */
  async serve({ public: snapshot }: Served): Promise<void> {
    if (snapshot === undefined || this.#isClosed || !this.#kind.isOn) return
    if (!this.#isStarted && this.#begun === undefined) return this.#startFirst()
    this.#order({ kind: 'look' })
    if (!this.#isStarted) await this.#startFirst()
    if (!this.#kind.isAwaited) return
    const { generation } = snapshot
    const isTaken = (): boolean => this.#child === undefined || (this.#figures?.generation ?? 0) >= generation
    if (this.#isSlow && !isTaken()) return
    this.#isSlow = !(await this.#until(isTaken, TAKING))
  }

  /** The figures that it told last; undefined where it does not answer. */
  protected get told(): Figures | undefined {
    return this.#figures
  }

  /** Where it answers. */
  get places(): readonly Place[] {
    return this.#figures?.places ?? []
  }

  /** Its figures, asked for now; those that it told last where it does not say; undefined where it does not answer. */
  async figures(): Promise<Figures | undefined> {
    if (this.#figures === undefined) return undefined
    this.#telling ??= this.#told()
    await this.#telling
    return this.#figures
  }

  /** Tells the process something. It is lost where there is none. */
  note(note: object): void {
    this.#order({ kind: 'note', note })
  }

  /** What STATUS tells of the process, which may be gone or not be there yet; undefined where it is off. */
  get report(): DnsProcessReport | undefined {
    if (!this.#kind.isOn) return undefined
    const { generation = 0, failures = {} } = this.#figures ?? {}
    return { pid: this.#child?.pid ?? 0, generation, restarts: this.#restarts, failures }
  }

  /** Asks for a sign of life. One that gave none for so many times in a row hangs: it is killed, and started again. */
  askLife(silences: number): void {
    if (this.#child === undefined || this.#figures === undefined) return
    this.#silences++
    if (this.#silences <= silences) this.#order({ kind: 'tell' })
    else if (this.#silences === silences + 1) {
      const { pid } = this.#child
      this.#options.log.error({ pid }, `the ${this.name} process does not answer its daemon, and is killed`)
      this.#child.kill('SIGKILL')
    }
  }

  #take(figures: Figures, pid: number): void {
    this.#figures = figures
    this.#silences = 0
    this.#kind.told?.(figures, pid)
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

  /** Who does not end with an error here, as a node, gets the front as soon as it can be had. */
  async #startFirst(): Promise<void> {
    if (this.#begun === undefined) this.#cancelRestart?.()
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
    const starting = this.#begun?.started ?? this.#start(plan)
    this.#begun?.given()
    this.#begun = undefined
    const done = new AbortController()
    const isSlow = sleep(this.#clock, STARTING, done.signal).then(() => !done.signal.aborted)
    try {
      if (!(await Promise.race([starting.then(() => false), isSlow]))) return
    } finally {
      done.abort()
    }
    this.#options.log.warn({ seconds: STARTING / 1000 }, `the ${this.name} process has not started yet`)
    handlers.float('front process restart', () =>
      starting.catch((error: unknown) => this.#restartLater(messageOf(error), began)),
    )
  }

  /** Starts the process; resolves once it answers or waits for an address, rejects with the reason where it can't. */
  async #start(plan: StartPlan, early?: Early): Promise<void> {
    const { program, runDir } = this.#options
    program.file?.toStart()
    const { child, pair } = spawned(plan, program.environment, runDir)
    const began = this.#clock.now()
    let reason: string | undefined
    let isReady = false
    const channel = new Channel(pair, {
      ...CHANNEL,
      ...(this.#kind.messagesMax !== undefined && { messagesMax: this.#kind.messagesMax }),
      clock: this.#clock,
      heard: (value) => {
        const word = this.#kind.word(value)
        if (word.kind === 'ask') return this.#answer(channel, word.id, word.what, word.of)
        if (word.kind === 'failed') reason = word.reason
        else this.#take(word.figures, child.pid ?? 0)
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
      this.#kind.ended?.()
      reason ??= how
      this.#wake()
      if (isReady) this.#restartLater(reason, began)
    }
    this.#onEnd(child, ended)
    channel.send(this.#kind.start(plan.become ?? null, early?.keptDir ?? null))
    if (early !== undefined) await early.isGiven
    await this.#until(() => isReady || reason !== undefined || this.#child !== child, HANGING)
    if (!isReady) {
      channel.close()
      child.kill('SIGKILL')
      throw new Error(reason ?? `the ${this.name} process did not start within ${HANGING / 1000} s`)
    }
    if (this.#restarts > 0 && this.#child === child)
      this.#options.log.info({ pid: child.pid }, `the ${this.name} process answers again`)
  }

  #onEnd(child: ChildProcess, ended: (how: string) => void): void {
    child.on(
      'error',
      handlers.guard(
        'front process error',
        (error: Error) => ended(error.message),
        () => ended('it could not be started'),
      ),
    )
    // Once all that it said has been read.
    child.on(
      'close',
      handlers.guard(
        'front process end',
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
    this.#options.log.error({ reason, restarts: this.#restarts }, `the ${this.name} process ended; it is started again`)
    this.#startLater()
  }

  #startLater(): void {
    if (this.#isClosed) return
    const again = handlers.guard('front process restart', () => this.#restart())
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

  #order(order: ProcessOrder): void {
    this.#channel?.send(order)
  }

  /** Answers what the process asks, without it where that fails: it may ask again. */
  #answer(channel: Channel, id: number, what: string, of: Fields): void {
    const give = (given?: object): void =>
      channel.send({ kind: 'given', id, ...(given && { given }) } satisfies ProcessOrder)
    const answer = async (): Promise<void> => give(await this.#kind.answer?.(what, of))
    handlers.float('front process question', answer, () => give())
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
