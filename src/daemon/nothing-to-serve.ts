/** Why a master cannot start: no source is good, and no generation of before is there. */
import { formatDiagnostics } from '../config/index.ts'
import type { ReloadReport } from '../kickback/index.ts'

/** A master that cannot start: there is nothing good to serve. The message has the diagnostics as `formatDiagnostics` writes them. */
export class NothingToServeError extends Error {
  override readonly name = 'NothingToServeError'
}

/** What is told of it: the diagnostics, or else the reason. */
export function nothingToServe({ diagnostics, reason = '' }: ReloadReport): string {
  const why = diagnostics.length === 0 ? `: ${reason}` : ''
  return `${formatDiagnostics(diagnostics)}kickback: there is nothing to serve${why}`
}
