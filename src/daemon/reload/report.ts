/** Parts of the report of a reload, in bounds: however much there is to say, it fits a reply. */
import type { Diagnostic } from '../../config/index.ts'
import type { DatabaseChange, ReloadReport } from '../../kickback/index.ts'
import { DATABASES, type DatabaseName, type Difference } from '../../resolver/index.ts'

/** How many errors of a refused reload are remembered. */
const ERRORS = 10

/** The first errors, without the lines of the files: a user who may ask for the status may not be allowed to read the files. */
export function firstErrors(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return errors.slice(0, ERRORS).map(({ excerpt, related, ...rest }) => {
    return { ...rest, related: related.map(({ excerpt, ...other }) => other) }
  })
}

/** The changes of each database: all counts, and the first names. */
export function changesOf(difference: Difference): ReloadReport['databases'] {
  const changes = Object.entries(difference).map(([name, { isEmptied, moved, renumbered, ...told }]) => {
    const gone = DATABASES[name as DatabaseName].loss.moved?.what === 'address' ? { moved } : {}
    return [name, { ...told, ...positive(gone), ...positive({ renumbered }) }]
  })
  return Object.fromEntries(changes) as Partial<Record<DatabaseName, DatabaseChange>>
}

/** Counts without those of nothing. */
function positive(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

/** How many records of each database are told one by one, where somebody wants them: with all databases they fit a reply. */
export const RECORDS_TOLD = 2000
