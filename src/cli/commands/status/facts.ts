/** What the picture of `kickback status` is made of. */
import type { Diagnostic } from '../../../config/index.ts'
import type { NamedNode, StatusReport, Warning } from '../../../kickback/index.ts'
import type { Entry } from '../../terminal/entry.ts'

/** How the nodes of the configuration stand at a master, by name, in the order of their numbers. */
export interface Census {
  readonly configured: number
  readonly inStep: readonly string[]
  readonly behind: readonly string[]
  /** Those that do not follow this master. */
  readonly missing: readonly string[]
}

/** What this machine itself tells, beside its daemon. */
export interface LocalFacts {
  /** Accounts of its own files with other ids than in the cluster. */
  readonly ids: readonly Diagnostic[]
  /** The file that the module answers from; undefined if there is none. */
  readonly module: { readonly file: string; readonly generation: number } | undefined
}

/** All that is known. */
export interface Facts {
  readonly report: StatusReport
  /** The nodes that follow, where we may ask for them. */
  readonly nodes?: readonly NamedNode[] | undefined
  readonly census?: Census | undefined
  readonly local?: LocalFacts | undefined
  readonly warnings: readonly Warning[]
  /** Seconds since 1970. */
  readonly now: number
}

/** A part of the picture; no facts where it has nothing to tell. */
export type Section = (facts: Facts) => readonly Entry[]

/** A reason behind a colon, or nothing. */
export function reasonText(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`
}
