/** The bound on the diagnostics of a reload: however much there is to say, a thread hands it on at once, and it fits a reply. */
import type { Diagnostic } from '../../config/index.ts'

/** How many diagnostics are handed on at most. */
const DIAGNOSTICS_MAX = 1000

/** Diagnostics within the bound. */
interface BoundedDiagnostics {
  readonly diagnostics: readonly Diagnostic[]
  /** How many more there were. */
  readonly omitted: number
}

/** The diagnostics within the bound, in their order; if there are too many, errors come first. `omitted` were left out before. */
export function bounded(diagnostics: readonly Diagnostic[], omitted = 0): BoundedDiagnostics {
  if (diagnostics.length <= DIAGNOSTICS_MAX) return { diagnostics, omitted }
  const sorted = ['error', 'warning', 'note'].flatMap((wanted) => diagnostics.filter((one) => one.severity === wanted))
  const shown = new Set(sorted.slice(0, DIAGNOSTICS_MAX))
  return {
    diagnostics: diagnostics.filter((one) => shown.has(one)),
    omitted: omitted + diagnostics.length - shown.size,
  }
}
