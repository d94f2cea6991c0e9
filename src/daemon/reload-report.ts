/** Parts of the report of a reload, in bounds: however much there is to say, it fits a reply. */
import type { Diagnostic } from '../config/index.ts'
import type { ReloadReport } from '../kickback/index.ts'
import type { DatabaseName, Difference } from '../resolver/index.ts'

/** How many names of records a report gives of each kind of change. */
const NAMES = 10
/** How many diagnostics a report has at most. */
const DIAGNOSTICS_MAX = 1000
/** How many errors of a refused reload are remembered. */
const ERRORS = 10

/** The diagnostics of a report, and how many are left out. If there are too many, errors come first. */
export function shortened(diagnostics: readonly Diagnostic[]): Pick<ReloadReport, 'diagnostics' | 'omitted'> {
  if (diagnostics.length <= DIAGNOSTICS_MAX) return { diagnostics }
  const sorted = ['error', 'warning', 'note'].flatMap((wanted) => diagnostics.filter((one) => one.severity === wanted))
  const shown = new Set(sorted.slice(0, DIAGNOSTICS_MAX))
  return { diagnostics: diagnostics.filter((one) => shown.has(one)), omitted: diagnostics.length - shown.size }
}

/** The first errors, without the lines of the files: a user who may ask for the status may not be allowed to read the files. */
export function firstErrors(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return errors.slice(0, ERRORS).map(({ excerpt, related, ...rest }) => {
    return { ...rest, related: related.map(({ excerpt, ...other }) => other) }
  })
}

/** The changes of each database: all counts, and the first names. */
export function changesOf(difference: Difference): ReloadReport['databases'] {
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
