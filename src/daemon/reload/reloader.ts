/** Reloads, one at a time: sources are read, a candidate is built and decided on, and is published. */
import type { LastReload, ReloadOptions, ReloadOutcome, ReloadReport } from '../../kickback/index.ts'
import {
  type Delta,
  type Difference,
  type DifferenceDetail,
  differenceSteps,
  type Snapshot,
} from '../../resolver/index.ts'
import {
  background,
  type Clock,
  dayOf,
  handlers,
  inTurns,
  type Log,
  messageOf,
  type WallClock,
} from '../../values/index.ts'
import { imageDiagnostics } from '../candidate/boot.ts'
import {
  type BuildOrder,
  type Candidate,
  type LastBuild,
  NO_SNAPSHOTS,
  type SnapshotPair,
} from '../candidate/candidate.ts'
import { bounded } from '../candidate/diagnostic-bound.ts'
import type { BuildRules } from '../candidate/reading.ts'
import type { StampOrder } from '../generations/lineage.ts'
import { decide, followed } from '../judge/decision.ts'
import { type Choice, chooseSources, type Judgement } from '../judge/source-choice.ts'
import type { Origin } from '../pipeline.ts'
import type { Served } from '../served.ts'
import type { Sources } from '../sources/source.ts'
import { isStarved, StarvedError } from '../sources/starvation.ts'
import type { ContentStore } from '../sources/store-after-start.ts'
import type { Pin } from '../store/pin.ts'
import { goBack, type ReturnParts } from './earlier-generation.ts'
import { changesOf, firstErrors, RECORDS_TOLD } from './report.ts'

/** What a reloader works with. */
export interface ReloaderParts {
  readonly rules: BuildRules
  /** What is served now. */
  readonly current: () => Served
  readonly build: (order: BuildOrder) => Promise<Candidate>
  /** What makes one generation of another; nodes fetch earlier content whole unless set. */
  readonly deltaOf?: (before: Snapshot, after: Snapshot) => Promise<Delta>
  /** Gives new bytes their number and signature, in place. */
  readonly stamp: (pair: SnapshotPair, order: StampOrder) => void
  /** Makes these bytes what is served; resolves when they are on disk too. */
  readonly publish: (pair: SnapshotPair, from: Origin) => Promise<void>
  /** Called with each candidate, dry runs aside, and whether it was not refused: all of it, and its shadow entries, which are not held back by a pin. */
  readonly judged: (candidate: Candidate, isAccepted: boolean, isShadowAccepted: boolean) => void
  /** Called when a reload begins, and with false when it has ended, dry runs aside. */
  readonly reloading?: (isReloading: boolean) => void
  /** Where the last good contents of the sources are kept; nowhere unless given. */
  readonly kept?: ContentStore
  /** Earlier generations, and the pin of the one that was gone back to; without them nobody can go back. */
  readonly earlier?: { readonly read: ReturnParts['read']; readonly pin: Pin }
  readonly logger: Log
  /** Default: one that keeps no process alive. */
  readonly clock?: Clock
  /** Milliseconds since 1970, for people. */
  readonly wallClock: WallClock
  /** Lets others have their turn; `othersTurn` unless set. */
  readonly turn?: () => Promise<void>
}

/** How long until a reload is tried again that failed for want of file descriptors, in milliseconds. */
const RETRY = 2000

/** Who asks for a reload, for the log and the history. */
type ReloadCause = 'start' | 'SIGHUP' | 'request' | 'release' | `change of ${string}` | `back to generation ${number}`

/** The cause of a reload that is asked for. */
export function causeOf({ backTo, release }: ReloadOptions): ReloadCause {
  if (backTo !== undefined) return `back to generation ${backTo}`
  return release ? 'release' : 'request'
}

/** Turns what is on disk into what is served, one reload after the other. Keeps what is served on any error. */
export class Reloader {
  readonly #parts: ReloaderParts
  readonly #outcomes = new Map<ReloadOutcome, number>()
  #last: LastReload | undefined
  /** The last good content of each source, and whether it is what is served. */
  #good: Sources | undefined
  #isGoodServed = false
  /** The build of the last good contents, which the next one may follow. */
  #lastBuild: LastBuild | undefined
  #running: Promise<unknown> = Promise.resolve()
  #isClosed = false
  #cancelRetry: (() => void) | undefined

  constructor(parts: ReloaderParts) {
    this.#parts = parts
  }

  /** How the last reload ended. Dry runs do not count, nor do refused requests that say nothing of the files. */
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
    this.#cancelRetry?.()
    await this.#running
  }

  /** The last good content of each source, read at the first call where it was kept; undefined if there is none. */
  async good(): Promise<Sources | undefined> {
    this.#good ??= await this.#parts.kept?.read()
    return this.#good
  }

  /**
   * Reads, and publishes what changed; waits for reloads before it. Where content is pinned, what the sources say is judged, but not
   * published. Never rejects: what fails is refused.
   */
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
    this.#cancelRetry?.()
    if (!options.dryRun) this.#parts.reloading?.(true)
    // Refused, these leave everything as it was, and whoever asked was told: a wrong number is no reason for an alarm.
    const isAboutFiles = options.backTo === undefined && !(options.release && this.#pinned === undefined)
    const report = await this.#attempt(cause, read, options).catch((error: unknown) => {
      // Who was told that nothing was gone back to is not to find it done a moment later.
      if (isStarved(error) && !options.dryRun && options.backTo === undefined) this.#retryLater(cause, read, options)
      return this.#failed(error)
    })
    this.#outcomes.set(report.outcome, (this.#outcomes.get(report.outcome) ?? 0) + 1)
    const isLast = !options.dryRun && (isAboutFiles || report.outcome !== 'refused')
    if (isLast) this.#last = this.#lastReload(cause, report)
    this.#log(cause, report)
    if (!options.dryRun) this.#parts.reloading?.(false)
    return report
  }

  async #attempt(cause: ReloadCause, read: () => Promise<Sources>, options: ReloadOptions): Promise<ReloadReport> {
    const { dryRun, force, backTo, release = false } = options
    this.#refuseWhenClosed()
    if (backTo !== undefined) return this.#goBack(backTo, options)
    if (release && this.#pinned === undefined) throw new Error('nothing is pinned: what the sources say is served')
    const good = await this.good()
    const fresh = await read()
    refuseStarved(fresh)
    const isPinned = this.#pinned !== undefined && !release
    const judge = (sources: Sources): Promise<Judgement> => this.#judge(sources, options, isPinned)
    // A release is of all or nothing: what is bad now would be replaced by what somebody went back from.
    const choice = await chooseSources(fresh, release ? undefined : good, this.#isGoodServed, judge)
    const { candidate, decision } = choice
    const isAccepted = decision.kind !== 'refused'
    // What is pinned is not what a candidate says of this machine.
    if (!dryRun) this.#parts.judged(candidate, isAccepted && !isPinned, isAccepted)
    if (!dryRun && isAccepted && release) await this.#parts.earlier?.pin.release()
    const outcome =
      dryRun && isAccepted ? 'dry-run' : await this.#carryOut(choice, isPinned, { isForced: force, cause })
    if (!dryRun && isAccepted) await this.#keep(choice.sources, candidate.memory)
    const report = this.#report(choice, fresh, outcome)
    // For who looks, not for who waits until a user can log in: images may be on a file system that is slow, or dead.
    return dryRun ? withImages(report, choice.whole.candidate, this.#parts.rules) : report
  }

  /** The content of an earlier generation, in place of what the sources say. */
  async #goBack(generation: number, options: ReloadOptions): Promise<ReloadReport> {
    const { earlier, current, stamp, publish, wallClock } = this.#parts
    if (earlier === undefined) throw new Error('no generations are kept here')
    const report = await goBack(generation, options, {
      ...{ stamp, publish, read: earlier.read, served: current().public, time: Math.floor(wallClock() / 1000) },
      compare: (before, after) => this.#compare(before, after, options.records ? { records: RECORDS_TOLD } : {}),
      deltaOf: (before, after) => this.#deltaOf(before, after),
      pin: (content) => earlier.pin.set(content),
    })
    if (report.pinned !== undefined) this.#isGoodServed = false
    return { ...report, generation: current().public?.generation ?? 0 }
  }

  async #compare(before: Snapshot, after: Snapshot, detail: DifferenceDetail): Promise<Difference> {
    const difference = await inTurns(differenceSteps(before, after, detail), this.#parts.turn)
    this.#refuseWhenClosed()
    return difference
  }

  /** Nodes that have no delta fetch all: that is no reason not to go back. */
  async #deltaOf(before: Snapshot, after: Snapshot): Promise<Delta | undefined> {
    try {
      return await this.#parts.deltaOf?.(before, after)
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'no difference could be worked out: nodes fetch the whole snapshot')
      return undefined
    }
  }

  get #pinned(): number | undefined {
    return this.#parts.earlier?.pin.content?.generation
  }

  #report(choice: Choice, fresh: Sources, outcome: ReloadOutcome): ReloadReport {
    const { candidate, held } = choice
    const difference =
      outcome === 'published' ? followed(candidate.difference, this.#pinned !== undefined) : candidate.difference
    const reason = reasonOf(choice, fresh, outcome === 'published')
    return {
      outcome: reason === undefined ? outcome : 'refused',
      generation: this.#parts.current().public?.generation ?? 0,
      ...(reason !== undefined && { reason }),
      ...(held.size > 0 && outcome === 'published' && { part: true }),
      ...(this.#pinned !== undefined && { pinned: this.#pinned }),
      databases: changesOf(difference),
      ...diagnosticsOf(choice),
    }
  }

  /** What a machine without descriptors could not do is no fault of a file: it is done as soon as there are some. */
  #retryLater(cause: ReloadCause, read: () => Promise<Sources>, options: ReloadOptions): void {
    const { clock = background } = this.#parts
    if (this.#isClosed) return
    const again = handlers.guard('reload retry', () => this.reload(cause, read, options))
    this.#cancelRetry = clock.after(RETRY, again)
  }

  /** What would come of these sources. */
  async #judge(sources: Sources, { force, release, records }: ReloadOptions, isPinned: boolean): Promise<Judgement> {
    const { current, build, rules, wallClock } = this.#parts
    const before = current()
    const order = { sources, rules, today: dayOf(wallClock()), before: bytesOf(before), last: this.#lastBuild }
    const candidate = await build({ ...order, ...(records && { detail: { records: RECORDS_TOLD } }) })
    this.#refuseWhenClosed()
    const accepting = release ? '--release --force' : '--force'
    return { candidate, decision: decide(candidate, before, force, isPinned, accepting) }
  }

  async #keep(sources: Sources, memory: Uint8Array | undefined): Promise<void> {
    this.#lastBuild = memory && { sources, memory }
    this.#good = sources
    this.#isGoodServed = this.#pinned === undefined
    await this.#parts.kept?.keep(sources)
  }

  /** What is pinned keeps the time of its own content. */
  async #carryOut(
    { decision, candidate, sources }: Choice,
    isPinned: boolean,
    { isForced, cause }: Pick<StampOrder, 'isForced' | 'cause'>,
  ): Promise<ReloadOutcome> {
    if (decision.kind !== 'publish') return decision.kind
    const inputTimes = isPinned ? [] : candidate.inputTimes
    this.#parts.stamp(decision.pair, { inputTimes, isForced, cause: isForced ? `${cause}, forced` : cause })
    const difference = followed(candidate.difference, isPinned)
    await this.#parts.publish(decision.pair, {
      difference,
      delta: candidate.delta,
      ...(!isPinned && { config: sources.config }),
    })
    return 'published'
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new Error('the daemon ends')
  }

  #failed(error: unknown): ReloadReport {
    const generation = this.#parts.current().public?.generation ?? 0
    return { outcome: 'refused', reason: messageOf(error), generation, databases: {}, diagnostics: [] }
  }

  #lastReload(cause: ReloadCause, { outcome, reason, diagnostics }: ReloadReport): LastReload {
    const time = Math.floor(this.#parts.wallClock() / 1000)
    const errors = outcome === 'refused' ? firstErrors(diagnostics) : []
    return { outcome, time, cause, ...(reason !== undefined && { reason }), ...(errors.length > 0 && { errors }) }
  }

  /** A reload is one line. */
  #log(cause: ReloadCause, { outcome, generation, reason, part, pinned, databases }: ReloadReport): void {
    const changes = Object.entries(databases).map(([name, { added, removed, changed }]) => [
      name,
      `+${added}-${removed}~${changed}`,
    ])
    const more = { ...(pinned !== undefined && { pinned }), ...(reason !== undefined && { reason }) }
    const fields = { cause, generation, ...Object.fromEntries(changes), ...more }
    const rest = generation === 0 ? 'there is no last good generation' : 'the last good generation stays'
    if (part) this.#parts.logger.error(fields, 'reload refused in part; the rest is published')
    else if (outcome === 'refused') this.#parts.logger.error(fields, `reload refused, ${rest}`)
    else this.#parts.logger.info(fields, `reload ${outcome}`)
  }
}

/** Why a reload is refused, wholly or in part; undefined if it is not. */
function reasonOf({ decision, held }: Choice, fresh: Sources, isPublished: boolean): string | undefined {
  if (held.size === 0 || !isPublished) {
    const [first] = held.values()
    return decision.kind === 'refused' ? decision.reason : first
  }
  return [...held].map(([name, reason]) => `${fresh[name].origin} is not taken: ${reason}`).join('; ')
}

/** Throws if a source could not be read for want of descriptors: with it left out users would be. */
function refuseStarved(sources: Sources): void {
  const source = Object.values(sources).find(({ isStarved }) => isStarved)
  if (source !== undefined)
    throw new StarvedError(`can't read ${source.origin}: ${source.reason}; kickback tries again`)
}

function bytesOf(current: Served): SnapshotPair {
  return { ...NO_SNAPSHOTS, public: current.public?.bytes, shadow: current.shadow?.bytes }
}

/** A report that also tells which images cannot be sent. */
async function withImages(
  report: ReloadReport,
  { images }: Candidate,
  { imageReader }: Pick<BuildRules, 'imageReader'>,
): Promise<ReloadReport> {
  const found = await imageDiagnostics(images, imageReader)
  const { diagnostics, omitted } = bounded([...report.diagnostics, ...found], report.omitted)
  return { ...report, diagnostics, ...(omitted > 0 && { omitted }) }
}

/** The diagnostics of new content: errors, and what the loss limit refuses. */
function diagnosticsOf({ whole, decision }: Choice): Pick<ReloadReport, 'diagnostics' | 'omitted'> {
  const refusals = [whole.decision, decision].flatMap((one) => (one.kind === 'refused' ? one.errors : []))
  const all = new Set([...whole.candidate.diagnostics, ...refusals])
  const { diagnostics, omitted } = bounded([...all], whole.candidate.omitted)
  return { diagnostics, ...(omitted > 0 && { omitted }) }
}
