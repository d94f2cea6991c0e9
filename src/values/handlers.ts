/**
 * The handlers of all that comes from outside: sockets, timers, watchers, threads, child processes, signals, and promises that
 * nobody waits for. Node ends the process where one of them throws; here a throw costs what its row in the list says.
 */
import { type Clock, monotonic } from './clock.ts'
import { HANDLERS, type HandlerName } from './handler-list.ts'
import type { Log } from './log.ts'

/** How often the failures of one handler are logged at most, in milliseconds. */
const LOG_EVERY = 10_000

/** What is known of the failures of one handler. */
interface Failures {
  count: number
  /** How many of them were not logged. */
  unlogged: number
  /** When one was logged last, on the clock. */
  logged: number
}

/** Runs handlers, and keeps what they throw away from the top level. One for each process. */
export class Handlers {
  readonly #clock: Clock
  readonly #failures = new Map<HandlerName, Failures>()
  #log: Pick<Log, 'error'> | undefined
  #trial: ((name: HandlerName) => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Has failures logged there from now on. */
  logTo(log: Pick<Log, 'error'> | undefined): void {
    this.#log = log
  }

  /** Has `trial` called before each handler as if it were the handler's first line: for tests, which let it throw. */
  tryWith(trial: ((name: HandlerName) => void) | undefined): void {
    this.#trial = trial
  }

  /** How often each handler failed since the start; those that never did are not in it. */
  get failures(): ReadonlyMap<HandlerName, number> {
    return new Map([...this.#failures].map(([name, { count }]) => [name, count]))
  }

  /**
   * The handler as it is to be registered: what `run` throws, or what its promise rejects with, is counted and logged. Then
   * `onThrow` gives up what the handler worked on, as the packet or the connection.
   */
  guard<Arguments extends readonly unknown[]>(
    name: HandlerName,
    run: (...args: Arguments) => unknown,
    onThrow?: (error: unknown, ...args: Arguments) => void,
  ): (...args: Arguments) => void {
    return (...args) => {
      try {
        this.#trial?.(name)
        const result = run(...args)
        if (result instanceof Promise) result.catch((error: unknown) => this.#failed(name, error, onThrow, args))
      } catch (error) {
        this.#failed(name, error, onThrow, args)
      }
    }
  }

  /** Lets a promise go on that nobody waits for. What it rejects with is counted and logged; then `onThrow` is called. */
  float(name: HandlerName, promise: () => Promise<unknown>, onThrow?: (error: unknown) => void): void {
    this.guard(name, promise, onThrow)()
  }

  #failed<Arguments extends readonly unknown[]>(
    name: HandlerName,
    error: unknown,
    onThrow: ((error: unknown, ...args: Arguments) => void) | undefined,
    args: Arguments,
  ): void {
    this.#count(name, error)
    try {
      onThrow?.(error, ...args)
    } catch (another) {
      this.#count(name, another)
    }
  }

  #count(name: HandlerName, error: unknown): void {
    const failures = this.#failures.get(name) ?? { count: 0, unlogged: 0, logged: Number.NEGATIVE_INFINITY }
    this.#failures.set(name, failures)
    failures.count++
    const now = this.#clock.now()
    if (this.#log === undefined || now - failures.logged < LOG_EVERY) {
      failures.unlogged++
      return
    }
    const { unlogged } = failures
    Object.assign(failures, { logged: now, unlogged: 0 })
    this.#tell(name, error, unlogged)
  }

  /** A log that throws is one more thing that must end nothing. */
  #tell(name: HandlerName, error: unknown, unlogged: number): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const fields = { handler: name, cost: HANDLERS[name], stack, ...(unlogged > 0 && { unlogged }) }
    try {
      this.#log?.error(fields, 'unexpected error in a handler')
    } catch {
      // There is nowhere to say it; the count says it.
    }
  }
}

/** The handlers of this process. */
export const handlers = new Handlers(monotonic)
