/** Parts of the report of a reload, in bounds: however much there is to say, it fits a reply. */
import type { Diagnostic } from '../config/index.ts'
import type { ReloadReport } from '../kickback/index.ts'
import type { DatabaseName, Difference } from '../resolver/index.ts'

/** How many names of records a report gives of each kind of change. */
const NAMES = 10
/** How many diagnostics a report tells. */
const DIAGNOSTICS_MAX = 1000
/** How many errors of a refused reload are remembered. */
const ERRORS = 10

/** The diagnostics that a report tells, errors before all else where there are too many, and how many it leaves out. */
export function toldOf(diagnostics: readonly Diagnostic[]): Pick<ReloadReport, 'diagnostics' | 'untold'> {
  if (diagnostics.length <= DIAGNOSTICS_MAX) return { diagnostics }
  const gravest = ['error', 'warning', 'note'].flatMap((wanted) => diagnostics.filter((one) => one.severity === wanted))
  const told = new Set(gravest.slice(0, DIAGNOSTICS_MAX))
  return { diagnostics: diagnostics.filter((one) => told.has(one)), untold: diagnostics.length - told.size }
}

/** The first errors, without the lines that they stand in: whoever may ask for the status need not see the files. */
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
