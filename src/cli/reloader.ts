import type { LastReload, ReloadOptions, ReloadOutcome, ReloadReport } from '../kickback/index.ts'
import type { DatabaseName, Difference } from '../resolver/index.ts'
import { type BuildOrder, type Candidate, NO_SNAPSHOTS, type SnapshotPair } from './candidate.ts'
import { messageOf } from './command.ts'
import { type CurrentPair, decide, stampPair } from './decision.ts'
import type { Logger } from './logger.ts'
import type { BuildRules } from './reading.ts'
import type { Sources } from './sources.ts'

/** What a reloader works with. */
export interface ReloaderParts {
  readonly rules: BuildRules
  /** What is served now. */
  readonly current: () => CurrentPair
  readonly build: (order: BuildOrder) => Promise<Candidate>
  readonly sign: (message: Uint8Array) => Uint8Array
  /** Makes these bytes what is served; resolves when they are on disk too. */
  readonly publish: (pair: SnapshotPair, difference: Difference) => Promise<void>
  /** Called with each candidate that is not refused. */
  readonly accepted: (candidate: Candidate) => void
  readonly logger: Logger
  /** Milliseconds since 1970, for people. */
  readonly wallClock: () => number
}

/** Who asks for a reload, for the log. */
export type ReloadCause = 'start' | 'SIGHUP' | 'request' | `change of ${string}`

/** Turns what is on disk into what is served, one reload after the other. Keeps what is served on any error. */
export class Reloader {
  readonly #parts: ReloaderParts
  readonly #outcomes = new Map<ReloadOutcome, number>()
  #last: LastReload | undefined
  #running: Promise<unknown> = Promise.resolve()

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

  /** Reads, and publishes what changed; waits for reloads before it. Never rejects: what fails is refused. */
  reload(cause: ReloadCause, read: () => Promise<Sources>, options: ReloadOptions): Promise<ReloadReport> {
    const report = this.#running.then(() => this.#reload(cause, read, options))
    this.#running = report
    return report
  }

  async #reload(cause: ReloadCause, read: () => Promise<Sources>, options: ReloadOptions): Promise<ReloadReport> {
    const report = await this.#attempt(read, options).catch((error: unknown) => this.#failed(error))
    this.#outcomes.set(report.outcome, (this.#outcomes.get(report.outcome) ?? 0) + 1)
    if (report.outcome !== 'dry-run') this.#last = this.#told(report)
    this.#log(cause, report)
    return report
  }

  async #attempt(read: () => Promise<Sources>, { dryRun, force }: ReloadOptions): Promise<ReloadReport> {
    const { current, build, rules, publish, accepted, sign } = this.#parts
    const before = current()
    const candidate = await build({ sources: await read(), rules, before: bytesOf(before) })
    const decision = decide(candidate, before, force)
    const about = { databases: countsOf(candidate.difference), diagnostics: candidate.findings.map(({ text }) => text) }
    const generation = () => current().public?.generation ?? 0
    if (decision.kind === 'refused')
      return { outcome: 'refused', reason: decision.reason, ...about, generation: generation() }
    if (dryRun) return { outcome: 'dry-run', ...about, generation: generation() }
    accepted(candidate)
    if (decision.kind === 'unchanged') return { outcome: 'unchanged', ...about, generation: generation() }
    stampPair(decision.pair, before, candidate.newestInput, sign)
    await publish(decision.pair, candidate.difference)
    return { outcome: 'published', ...about, generation: generation() }
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
    if (outcome === 'refused') this.#parts.logger.error(fields, 'reload refused, the last good generation stays')
    else this.#parts.logger.info(fields, `reload ${outcome}`)
  }
}

function bytesOf(current: CurrentPair): SnapshotPair {
  return { ...NO_SNAPSHOTS, public: current.public?.bytes, shadow: current.shadow?.bytes }
}

function countsOf(difference: Difference): ReloadReport['databases'] {
  const counts = Object.entries(difference).map(([name, { before, after, added, removed, changed }]) => [
    name as DatabaseName,
    { before, after, added: added.length, removed: removed.length, changed: changed.length },
  ])
  return Object.fromEntries(counts)
}
