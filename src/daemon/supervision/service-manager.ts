/** The service manager (systemd) as a daemon notifies it: readiness, reloads, its state in words, and that its loop still turns. */
import { fstatSync, writeSync } from 'node:fs'
import {
  type Clock,
  chores,
  handlers,
  type Log,
  messageOf,
  monotonicMicroseconds,
  systemErrorCode,
} from '../../values/index.ts'

/** The environment of a daemon, as process.env. */
type Environment = Readonly<Record<string, string | undefined>>

/** What a service manager asked a daemon for. */
interface Order {
  /** Sends one notification (sd_notify(3)). Throws as write(2) does. */
  readonly send: (text: string) => void
  /** Within which time it wants a sign of life, in milliseconds; undefined if it wants none. */
  readonly watchdog: number | undefined
}

/** What a service manager is notified with. */
interface ServiceManagerParts extends Order {
  /** CLOCK_MONOTONIC, in microseconds. */
  readonly microseconds: () => bigint
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
}

/** The variables by which the launcher and systemd tell what they want (sd_notify(3), sd_watchdog_enabled(3)). */
export const NOTIFY_VARIABLES = ['KICKBACK_NOTIFY_FD', 'NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const

/** What to do where systemd can't be notified. */
const NO_LAUNCHER =
  'systemd waits for a notification, and there is no launcher here that can send it: install kickback for this machine again, or set Type=simple and WatchdogSec=0 in a drop-in of the unit'
/** How often the state in words is looked at, in milliseconds: it is told where it changed. */
const LOOK = 10_000
/** How long until a notification is tried again that the manager had no room for, in milliseconds. */
const RETRY = 100
/** How many notifications wait at the most: of a manager that reads none only the newest matter. */
const WAITING_MAX = 16

/**
 * The service manager of this process, by the descriptor that the launcher left; undefined where there is none. Warns where systemd
 * waits for a notification that can't be sent.
 */
export function serviceManager(
  environment: Environment,
  pid: number,
  log: Pick<Log, 'warn'>,
): ServiceManager | undefined {
  const { KICKBACK_NOTIFY_FD, NOTIFY_SOCKET = '' } = environment
  const fd = KICKBACK_NOTIFY_FD === undefined ? undefined : socketDescriptor(KICKBACK_NOTIFY_FD)
  if (fd === undefined) {
    if (NOTIFY_SOCKET !== '') log.warn({}, NO_LAUNCHER)
    return undefined
  }
  const send = (text: string): void => {
    writeSync(fd, text)
  }
  const watchdog = watchdogOf(environment, pid)
  return new ServiceManager({ send, watchdog, microseconds: monotonicMicroseconds, clock: chores, log })
}

function socketDescriptor(text: string): number | undefined {
  const fd = Number(text)
  try {
    return Number.isInteger(fd) && fstatSync(fd).isSocket() ? fd : undefined
  } catch {
    return undefined
  }
}

/** Within which time systemd wants a sign of life of this process, in milliseconds. */
function watchdogOf({ WATCHDOG_USEC, WATCHDOG_PID }: Environment, pid: number): number | undefined {
  const ms = Number(WATCHDOG_USEC) / 1000
  const isForUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid
  return isForUs && Number.isFinite(ms) && ms > 0 ? ms : undefined
}

/** Notifies the service manager. Nothing that fails here throws: a daemon answers with or without it. */
export class ServiceManager {
  readonly #parts: ServiceManagerParts
  readonly #waiting: string[] = []
  /** The daemon's state in words; undefined before it is ready. */
  #state: (() => string) | undefined
  #isReloading = false
  #isStopping = false
  #isDeaf = false
  #status = ''
  #cancelRetry: (() => void) | undefined
  #cancelBeat: (() => void) | undefined

  constructor(parts: ServiceManagerParts) {
    this.#parts = parts
  }

  /** The daemon is ready. From now on `state` is told whenever it changes, and the watchdog is kept quiet from this loop. */
  ready(state: () => string): void {
    this.#state = state
    this.#send('READY=1', ...this.#news(state()))
    this.#beat()
  }

  /** What the daemon does before it is ready, in words. */
  starting(state: string): void {
    this.#send(...this.#news(state))
  }

  /** A reload begins, or has ended. Before the daemon is ready there is none. */
  reloading(isReloading: boolean): void {
    if (this.#state === undefined || this.#isStopping || isReloading === this.#isReloading) return
    this.#isReloading = isReloading
    if (isReloading) this.#send('RELOADING=1', `MONOTONIC_USEC=${this.#parts.microseconds()}`)
    else this.#send('READY=1', ...this.#news(this.#state()))
  }

  /** The daemon ends. */
  stopping(): void {
    this.#isStopping = true
    this.#cancelBeat?.()
    this.#send('STOPPING=1')
  }

  /** The sign of life comes from the loop that answers: one that hangs is missed. */
  #beat(): void {
    const { clock, watchdog } = this.#parts
    const beat = (): void => {
      this.#beat()
      // What waits already is a sign of life too, once the manager reads it.
      if (this.#waiting.length > 0) return
      // Apart: a state that cannot be told is no loop that hangs.
      if (watchdog !== undefined) this.#send('WATCHDOG=1')
      this.#send(...this.#news(this.#state?.() ?? ''))
    }
    const period = watchdog === undefined ? LOOK : Math.min(LOOK, watchdog / 3)
    this.#cancelBeat?.()
    this.#cancelBeat = clock.after(
      period,
      handlers.guard('service manager beat', beat, () => this.#beat()),
    )
  }

  /** The state in words, if it is another than the one told last. */
  #news(state: string): string[] {
    const text = state.replaceAll('\n', ' ')
    if (text === this.#status) return []
    this.#status = text
    return [`STATUS=${text}`]
  }

  #send(...lines: readonly string[]): void {
    if (lines.length === 0) return
    if (this.#waiting.length === WAITING_MAX) this.#waiting.shift()
    this.#waiting.push(lines.join('\n'))
    this.#flush()
  }

  #flush(): void {
    this.#cancelRetry?.()
    for (let [text] = this.#waiting; text !== undefined; [text] = this.#waiting) {
      const error = this.#failure(text)
      if (systemErrorCode(error) === 'EAGAIN') {
        const retry = handlers.guard('service manager retry', () => this.#flush())
        this.#cancelRetry = this.#parts.clock.after(RETRY, retry)
        return
      }
      this.#told(error)
      this.#waiting.shift()
    }
  }

  /** A manager that can't be notified is logged once. */
  #told(error: unknown): void {
    const isNews = error !== undefined && !this.#isDeaf
    this.#isDeaf = error !== undefined
    if (isNews) this.#parts.log.warn({ reason: messageOf(error) }, 'cannot notify the service manager')
  }

  #failure(text: string): unknown {
    try {
      this.#parts.send(text)
      return undefined
    } catch (error) {
      return error
    }
  }
}
