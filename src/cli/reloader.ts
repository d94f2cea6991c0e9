import type { LastReload, ReloadOptions, ReloadOutcome, ReloadReport } from '../kickback/index.ts'
import type { DatabaseName, Difference } from '../resolver/index.ts'
import type { Log } from '../values/index.ts'
import { type BuildOrder, type Candidate, NO_SNAPSHOTS, type SnapshotPair } from './candidate.ts'
import { messageOf } from './command.ts'
import { type CurrentPair, type Decision, decide } from './decision.ts'
import type { StampOrder } from './generations/lineage.ts'
import type { BuildRules } from './reading.ts'
import type { Sources } from './sources.ts'

/** What a reloader works with. */
export interface ReloaderParts {
  readonly rules: BuildRules
  /** What is served now. */
  readonly current: () => CurrentPair
  readonly build: (order: BuildOrder) => Promise<Candidate>
  /** Gives new bytes their number and signature, in place. */
  readonly stamp: (pair: SnapshotPair, order: StampOrder) => void
  /** Makes these bytes what is served; resolves when they are on disk too. */
  readonly publish: (pair: SnapshotPair, difference: Difference) => Promise<void>
  /** Called with each candidate, dry runs aside, and whether it was not refused. */
  readonly judged: (candidate: Candidate, isAccepted: boolean) => void
  readonly logger: Log
  /** Milliseconds since 1970, for people. */
  readonly wallClock: () => number
}

/** How many names of records a report gives of each kind of change. */
const NAMES = 10

/** Who asks for a reload, for the log. */
export type ReloadCause = 'start' | 'SIGHUP' | 'request' | `change of ${string}`

/** Turns what is on disk into what is served, one reload after the other. Keeps what is served on any error. */
export class Reloader {
  readonly #parts: ReloaderParts
  readonly #outcomes = new Map<ReloadOutcome, number>()
  #last: LastReload | undefined
  #running: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(parts: ReloaderParts) {
    this.#parts = parts
  }

  /** How the last reload ended, dry runs aside. */
  get last(): LastReload | undefined {
    return this.#last
  }

  /** Reloads since the start by outcome. */
  get outcomes(): ReadonlyMap<ReloadOutcome, number> {
    return this.#outcomes
  }

  /** Lets the reload that runs come to its end, but publishes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  /** Reads, and publishes what changed; waits for reloads before it. Never rejects: what fails is refused. */
  reload(cause: ReloadCause, read: () => Promise<Sources>, options: ReloadOptions): Promise<ReloadReport> {
    const report = this.#running.then(() => this.#reload(cause, read, options))
    this.#running = report
    return report
  }

  /** Does something else between two reloads. Rejects as `task` does. */
  between(task: () => Promise<void>): Promise<void> {
    const done = this.#running.then(() => (this.#isClosed ? undefined : task()))
    this.#running = done.catch(() => undefined)
    return done
  }

  async #reload(cause: ReloadCause, read: () => Promise<Sources>, options: ReloadOptions): Promise<ReloadReport> {
    const report = await this.#attempt(cause, read, options).catch((error: unknown) => this.#failed(error))
    this.#outcomes.set(report.outcome, (this.#outcomes.get(report.outcome) ?? 0) + 1)
    if (report.outcome !== 'dry-run') this.#last = this.#told(report)
    this.#log(cause, report)
    return report
  }

  async #attempt(
    cause: ReloadCause,
    read: () => Promise<Sources>,
    { dryRun, force }: ReloadOptions,
  ): Promise<ReloadReport> {
    const { current, build, rules, judged } = this.#parts
    const before = current()
    this.#refuseWhenClosed()
    const candidate = await build({ sources: await read(), rules, before: bytesOf(before) })
    this.#refuseWhenClosed()
    const decision = decide(candidate, before, force)
    const isAccepted = decision.kind !== 'refused'
    if (!dryRun) judged(candidate, isAccepted)
    const order = { inputTimes: candidate.inputTimes, isForced: force, cause: force ? `${cause}, forced` : cause }
    const outcome = dryRun && isAccepted ? 'dry-run' : await this.#carryOut(decision, candidate, order)
    return {
      outcome,
      generation: current().public?.generation ?? 0,
      ...(!isAccepted && { reason: decision.reason }),
      databases: changesOf(candidate.difference),
      diagnostics: candidate.findings.map(({ text }) => text),
    }
  }

  async #carryOut(decision: Decision, candidate: Candidate, order: StampOrder): Promise<ReloadOutcome> {
    if (decision.kind !== 'publish') return decision.kind
    this.#parts.stamp(decision.pair, order)
    await this.#parts.publish(decision.pair, candidate.difference)
    return 'published'
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new Error('the daemon ends')
  }

  #failed(error: unknown): ReloadReport {
    const generation = this.#parts.current().public?.generation ?? 0
    return { outcome: 'refused', reason: messageOf(error), generation, databases: {}, diagnostics: [] }
  }

  #told({ outcome, reason }: ReloadReport): LastReload {
    const time = Math.floor(this.#parts.wallClock() / 1000)
    return { outcome, time, ...(reason !== undefined && { reason }) }
  }

  /** A reload is one line. */
  #log(cause: ReloadCause, { outcome, generation, reason, databases }: ReloadReport): void {
    const changes = Object.entries(databases).map(([name, { added, removed, changed }]) => [
      name,
      `+${added}-${removed}~${changed}`,
    ])
    const fields = { cause, generation, ...Object.fromEntries(changes), ...(reason !== undefined && { reason }) }
    const rest = generation === 0 ? 'there is no last good generation' : 'the last good generation stays'
    if (outcome === 'refused') this.#parts.logger.error(fields, `reload refused, ${rest}`)
    else this.#parts.logger.info(fields, `reload ${outcome}`)
  }
}

function bytesOf(current: CurrentPair): SnapshotPair {
  return { ...NO_SNAPSHOTS, public: current.public?.bytes, shadow: current.shadow?.bytes }
}

/** The changes of each database: all counts, and the first names. */
function changesOf(difference: Difference): ReloadReport['databases'] {
  const changes = Object.entries(difference).map(([name, { before, after, added, removed, changed }]) => [
    name as DatabaseName,
    {
      before,
      after,
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      names: { added: added.slice(0, NAMES), removed: removed.slice(0, NAMES), changed: changed.slice(0, NAMES) },
    },
  ])
  return Object.fromEntries(changes)
}
