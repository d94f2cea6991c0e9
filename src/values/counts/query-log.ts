/** The log of single queries: at a bounded rate, since anybody who may ask can cause its lines. What is left out is counted, and told. */
import { background, type Clock } from '../clock.ts'
import { handlers } from '../handlers.ts'
import type { Log } from '../log.ts'

/** What a log of queries is made of. */
interface QueryLogParts {
  readonly log: Pick<Log, 'info'>
  readonly clock?: Clock
}

/** How many lines there are in a second, and how many at once after a time with fewer. */
export const [LINES_PER_SECOND, LINES_AT_ONCE] = [50, 200]
/** How long queries that are left out are counted before that is told, in milliseconds. */
export const TOLD_AFTER = 10_000
const SECOND = 1000

/** Logs queries. Where it is off there is none of these, and it costs nothing. */
export class QueryLog {
  readonly #log: Pick<Log, 'info'>
  readonly #clock: Clock
  #tokens = LINES_AT_ONCE
  #time: number
  #leftOut = 0

  constructor({ log, clock = background }: QueryLogParts) {
    this.#log = log
    this.#clock = clock
    this.#time = clock.now()
  }

  /** Milliseconds on its clock, for how long a query takes. */
  now(): number {
    return this.#clock.now()
  }

  /** A query was answered. `fields` are only made where there is a line for them. */
  tell(fields: () => object): void {
    if (this.#mayTell()) this.#log.info(fields(), 'query')
    else if (this.#leftOut++ === 0) this.#tellLater()
  }

  #mayTell(): boolean {
    const now = this.#clock.now()
    const more = ((now - this.#time) / SECOND) * LINES_PER_SECOND
    this.#tokens = Math.min(LINES_AT_ONCE, this.#tokens + more)
    this.#time = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  #tellLater(): void {
    const tell = (): void => {
      const queries = this.#leftOut
      this.#leftOut = 0
      this.#log.info({ queries, seconds: TOLD_AFTER / SECOND }, 'queries were left out of the log')
    }
    const failed = (): void => {
      this.#leftOut = 0
    }
    this.#clock.after(TOLD_AFTER, handlers.guard('queries left out', tell, failed))
  }
}
