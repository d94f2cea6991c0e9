/** What a daemon tells the page of itself: counts for everybody, and the same with names for those who may see them. */
import { diagnosticHeadline } from '../../config/index.ts'
import {
  type LastReload,
  type NodeStateSets,
  type StatusReport,
  WARNINGS,
  type Warning,
  warningsOf,
} from '../../kickback/index.ts'
import type { PageCounts, PageDetails, PageLine, PageReload, PageWarning } from '../../page/index.ts'
import { printable } from '../../values/index.ts'

/** What a view is made from. */
export interface PageParts {
  readonly report: () => StatusReport
  readonly reloads: () => ReadonlyMap<string, number>
  /** How the nodes stand, on a master. */
  readonly standing?: () => Promise<NodeStateSets | undefined>
  /** The report as `kickback status` prints it. */
  readonly told: (report: StatusReport) => string
}

/** How many reloads are remembered, and how many lines and characters of one are told. */
const RELOADS_MAX = 8
const ERRORS_MAX = 20
const TEXT_MAX = 600
const LINES_MAX = 200
/** How wide the column of labels is, in characters. */
const LABELS = 13

/** The view of one daemon. */
export class PageView {
  readonly #parts: PageParts
  #reloads: readonly LastReload[] = []

  constructor(parts: PageParts) {
    this.#parts = parts
  }

  /** The counts. */
  async counts(): Promise<PageCounts> {
    const report = this.#report()
    const { role, software, uptime, generation = 0, written = 0, records, following, reload } = report
    const sets = await this.#parts.standing?.()
    return {
      ...{ role, software, uptime, generation, written, records },
      ...(sets && { nodes: nodesOf(sets) }),
      ...(following && { following: { state: following.state, ...ageOf(following.age) } }),
      ...(reload && { reload: { outcome: reload.outcome, time: reload.time } }),
      reloads: Object.fromEntries(this.#parts.reloads()),
      attention: [...new Set(warningsOf(report).map(({ code }) => WARNINGS[code].meaning))],
    }
  }

  /** The totals of questions by door. */
  get totals(): { readonly [door: string]: number } {
    const { questions, objects } = this.#parts.report()
    const requests = Object.values(objects?.requests ?? {}).reduce((sum, one) => sum + one, 0)
    return { kickback: questions, ...(objects && { objects: requests }) }
  }

  /** All that there is to tell. */
  async details(): Promise<PageDetails> {
    const report = this.#report()
    const sets = await this.#parts.standing?.()
    return {
      warnings: warningsOf(report).slice(0, LINES_MAX).map(warningOf),
      lines: linesOf(this.#parts.told(report)),
      reloads: this.#reloads.map(reloadOf),
      ...(sets && { map: { all: sets.all, behind: sets.behind, states: sets.sets } }),
    }
  }

  /** The report; the last reload is remembered. */
  #report(): StatusReport {
    const report = this.#parts.report()
    const { reload } = report
    const [last] = this.#reloads
    const isNew = reload !== undefined && (last?.time !== reload.time || last.outcome !== reload.outcome)
    if (isNew) this.#reloads = [reload, ...this.#reloads].slice(0, RELOADS_MAX)
    return report
  }
}

function nodesOf(sets: NodeStateSets): NonNullable<PageCounts['nodes']> {
  const { nodes: all, behindCount: behind, counts: states, pinged, devices } = sets
  return { all, behind, states, pinged: pinged.up, devices: { up: devices.up, off: devices.off } }
}

function ageOf(age: number | undefined): { readonly age?: number } {
  return age === undefined ? {} : { age }
}

function reloadOf({ outcome, time, reason = '', errors = [] }: LastReload): PageReload {
  return {
    ...{ outcome, time, reason: printable(reason, TEXT_MAX) },
    errors: errors.slice(0, ERRORS_MAX).map((error) => printable(diagnosticHeadline(error), TEXT_MAX)),
  }
}

function warningOf({ code, text, remedy = '' }: Warning): PageWarning {
  return { label: WARNINGS[code].label, text: printable(text, TEXT_MAX), remedy: printable(remedy, TEXT_MAX) }
}

/** The lines of a text as `kickback status` prints them: a label in a column of its own, and what it says. */
function linesOf(text: string): readonly PageLine[] {
  return text
    .split('\n')
    .slice(0, LINES_MAX)
    .map((line, i) => {
      const labels = i === 0 ? 0 : LABELS
      return { label: line.slice(0, labels).trim(), text: printable(line.slice(labels).trim(), TEXT_MAX) }
    })
}
