/** Errors of sockets in the log: a reply to an address that a forged request names may be one, and so they may come without end. */
import { type Clock, type Log, LogBound } from '../values/index.ts'

/** Logs the errors of all sockets of a server. */
export class SocketErrors {
  readonly #log: Pick<Log, 'warn'>
  readonly #bound: LogBound

  constructor(log: Pick<Log, 'warn'>, clock: Pick<Clock, 'now'>) {
    this.#log = log
    this.#bound = new LogBound(clock)
  }

  /** An error of the socket at an address. */
  tell(error: Error, host: string): void {
    const times = this.#bound.times()
    if (times !== undefined) this.#log.warn({ err: error, host, times }, 'DNS socket')
  }
}
