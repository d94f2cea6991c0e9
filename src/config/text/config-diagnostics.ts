/** The diagnostics of a configuration, as they are found, and the lines that they cost. */
import { CODES, type DiagnosticCode } from './codes.ts'
import { DiagnosticList, type NotedSpan } from './diagnostic-list.ts'
import type { SourceText } from './source-text.ts'
import type { Span } from './span.ts'

/** Further parts of a report. */
interface ReportDetails {
  readonly related?: readonly NotedSpan[]
  /** The lines to leave out because of an error, if it is not the line of its span. */
  readonly leaveOut?: readonly number[]
}

/** One side of a clash of two entries. */
export interface Claimant {
  /** The span that makes the claim; undefined if no line makes it (a default). */
  readonly span: Span | undefined
  /** The owner, for messages: `host pdu1`. */
  readonly owner: string
  /** The lines that make the claim. */
  readonly lines: readonly number[]
  /** Its weight: of two that clash, the one with less weight is left out. */
  readonly weight: Weight
}

/** From a single device to a whole range of nodes; `fixed` is a claim that no line can remove. */
export const WEIGHTS = { host: 0, hostrange: 1, master: 2, nodename: 3, iprange: 4, fixed: 5 } as const
/** One of WEIGHTS. */
export type Weight = (typeof WEIGHTS)[keyof typeof WEIGHTS]

/** Collects diagnostics, and the numbers of the lines that must be left out because of errors. */
export class ConfigDiagnostics extends DiagnosticList<DiagnosticCode> {
  readonly leftOut = new Set<number>()

  constructor(text: SourceText) {
    super(text, CODES)
  }

  /** Adds a diagnostic; an error also leaves its line out. */
  report(code: DiagnosticCode, span: Span, message: string, details: ReportDetails = {}): void {
    this.add(code, span, message, details.related)
    if (CODES[code].severity !== 'error') return
    for (const line of details.leaveOut ?? [span.line]) this.leftOut.add(line)
  }

  /**
   * Adds an error about two entries that can't both be; the later one in the file is told first.
   * Returns the one that stays: the weightier, else the earlier.
   */
  clash<C extends Claimant>(code: DiagnosticCode, one: C, other: C, message: (later: C, earlier: C) => string): C {
    const [earlier, later] = (one.span?.start ?? -1) <= (other.span?.start ?? -1) ? [one, other] : [other, one]
    const stays = later.weight > earlier.weight ? later : earlier
    const leaves = stays === later ? earlier : later
    if (later.span === undefined) return stays
    const related = earlier.span === undefined ? [] : [{ span: earlier.span, message: `${earlier.owner} is here` }]
    this.report(code, later.span, message(later, earlier), { related, leaveOut: leaves.lines })
    return stays
  }
}
