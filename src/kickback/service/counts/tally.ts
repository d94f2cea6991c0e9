/** What was answered by one kind of door, and whom it turned away. To count takes no memory: it is done at each question. */
import { type Asker, DATABASE_NAMES, type DatabaseName } from '../../../resolver/index.ts'
import { Durations, type QueryLog } from '../../../values/index.ts'
import { ERRORS, type ErrorCode, type OperationName, STATUSES } from '../../wire/protocol.ts'
import { ENDING_WORDS, type Ending } from './endings.ts'
import type { DoorCounts, ServiceCounts } from './service-counts.ts'

/** The names of doors: Unix sockets, TCP, and TCP that begins with TLS. */
export type DoorName = 'unix' | 'private' | 'admin' | 'tcp' | 'tls'

/** The name of a door. */
export function doorName(kind: Asker['via'], isSecure: boolean): DoorName {
  if (kind === 'network') return isSecure ? 'tls' : 'tcp'
  return kind === 'local' ? 'unix' : kind
}

/** The words for statuses, in the order of their numbers (STATUSES), the least first. */
const STATUS_WORDS = ['tryagain', 'unavail', 'notfound', 'success'] as const
const DATABASE_INDEX: ReadonlyMap<string, number> = new Map(DATABASE_NAMES.map((name, index) => [name, index]))
const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[]
const ERROR_INDEX: ReadonlyMap<string, number> = new Map(ERROR_CODES.map((code, index) => [code, index]))
/** The steps of the time that look-ups take, in seconds. */
const LOOKUP_STEPS = [0.00001, 0.00003, 0.0001, 0.001, 0.01, 0.1, 1]

/** The operations that ask a database, and which one. */
const ASKED: { readonly [O in OperationName]?: (request: object) => string } = {
  LOOKUP: databaseOf,
  ENUMERATE: databaseOf,
  INNETGR: () => 'netgroup' satisfies DatabaseName,
}

function databaseOf(request: object): string {
  return (request as { readonly db: string }).db
}

/** The database that a question of this operation asks; undefined if it asks none. */
export function askedDatabase(operation: OperationName, request: object): string | undefined {
  return ASKED[operation]?.(request)
}

/** The counts of one kind of door. */
export class Tally {
  readonly #answers = new Float64Array(DATABASE_NAMES.length * STATUS_WORDS.length)
  readonly #refusals = new Float64Array(ERROR_CODES.length)
  readonly #endings = new Map<Ending, number>(ENDING_WORDS.map((word) => [word, 0]))
  readonly #lookups: Durations
  readonly queries: QueryLog | undefined

  /** `lookups` counts how long look-ups took: doors may share one. `queries` is the log of queries; undefined where there is none. */
  constructor(lookups: Durations = new Durations(LOOKUP_STEPS), queries?: QueryLog) {
    this.#lookups = lookups
    this.queries = queries
  }

  /** A question for this database, or for none, got this answer. */
  answered(asked: string | undefined, answer: object): void {
    const { status = STATUSES.SUCCESS, error } = answer as { readonly status?: number; readonly error?: string }
    if (error !== undefined) this.refused(error)
    const database = asked === undefined ? undefined : DATABASE_INDEX.get(asked)
    if (database === undefined) return
    const index = database * STATUS_WORDS.length + status - STATUSES.TRYAGAIN
    this.#answers[index] = (this.#answers[index] ?? 0) + 1
  }

  /** A question was refused with this error code. */
  refused(error: string): void {
    const index = ERROR_INDEX.get(error)
    if (index !== undefined) this.#refusals[index] = (this.#refusals[index] ?? 0) + 1
  }

  /** A look-up took so many milliseconds, from its turn to its answer. */
  took(ms: number): void {
    this.#lookups.count(ms)
  }

  /** A connection was turned away, or ended for what it did. */
  ended(ending: Ending): void {
    this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1)
  }

  /** What was counted since the start. */
  get all(): Pick<DoorCounts, 'answers' | 'refusals' | 'endings'> {
    const answers = DATABASE_NAMES.flatMap((database, row) => {
      return STATUS_WORDS.map((status, column) => {
        return { database, status, count: this.#answers[row * STATUS_WORDS.length + column] ?? 0 }
      })
    })
    const refusals = ERROR_CODES.map((code, index) => [code, this.#refusals[index] ?? 0] as const)
    return {
      answers: answers.filter(({ count }) => count > 0),
      refusals: Object.fromEntries(refusals.filter(([, count]) => count > 0)),
      endings: Object.fromEntries(this.#endings),
    }
  }
}

/** A door, as far as it is counted. */
interface CountedDoor {
  readonly name: DoorName
  readonly sessions: ReadonlySet<unknown>
  readonly denied: number
}

/** The tallies of all doors of a service: one for each name. */
export class Tallies {
  readonly #lookups = new Durations(LOOKUP_STEPS)
  readonly #tallies = new Map<DoorName, Tally>()
  readonly #queries: QueryLog | undefined

  constructor(queries: QueryLog | undefined) {
    this.#queries = queries
  }

  /** That of the doors with this name. */
  of(name: DoorName): Tally {
    const tally = this.#tallies.get(name) ?? new Tally(this.#lookups, this.#queries)
    this.#tallies.set(name, tally)
    return tally
  }

  /** What all of them counted; `open` are the doors that are open now. */
  all(open: readonly CountedDoor[]): Pick<ServiceCounts, 'doors' | 'lookups'> {
    const doors = [...this.#tallies].map(([name, tally]): [DoorName, DoorCounts] => {
      const named = open.filter((door) => door.name === name)
      const connections = named.reduce((sum, { sessions }) => sum + sessions.size, 0)
      return [name, { connections, denied: named.reduce((sum, { denied }) => sum + denied, 0), ...tally.all }]
    })
    return { doors: Object.fromEntries(doors), lookups: this.#lookups.all }
  }
}
