/** What a daemon tells of itself: the reports of STATUS and RELOAD. */
import type { DatabaseName } from '../resolver/index.ts'

/** What a reload did with one database, in records. */
export interface DatabaseChange {
  readonly before: number
  readonly after: number
  readonly added: number
  readonly removed: number
  readonly changed: number
}

/** How a reload ended. `refused` keeps what was served before. */
export type ReloadOutcome = 'published' | 'unchanged' | 'refused' | 'dry-run'

/** The report of RELOAD. */
export interface ReloadReport {
  readonly outcome: ReloadOutcome
  /** The generation that is served after it. */
  readonly generation: number
  /** Why it was refused. */
  readonly reason?: string
  /** The databases whose records changed, or would. */
  readonly databases: { readonly [D in DatabaseName]?: DatabaseChange }
  /** Errors, warnings and notes, each as `FILE:LINE:COL: severity: message [code]`. */
  readonly diagnostics: readonly string[]
}

/** The last reload, as STATUS tells it. */
export interface LastReload {
  readonly outcome: ReloadOutcome
  /** When, in seconds since 1970. */
  readonly time: number
  readonly reason?: string
}

/** A proxy's sight of its masters. */
export interface Following {
  /** The master that is followed, or was last; HOST:PORT. */
  readonly master: string
  readonly state: 'following' | 'searching'
  /** For how many seconds it has been so. */
  readonly seconds: number
  /** Why no master is followed, or why the last generation was not taken. */
  readonly reason?: string
}

/** A node that told which generation it holds. */
export interface NodeReport {
  readonly address: string
  readonly software: string
  readonly generation: number
  readonly behind: boolean
}

/** The report of STATUS. */
export interface StatusReport {
  readonly role: 'master' | 'proxy'
  readonly software: string
  readonly pid: number
  /** Seconds since the start. */
  readonly uptime: number
  /** The current public generation and its digest in hex; absent before the first. */
  readonly generation?: number
  readonly digest?: string
  readonly signed?: boolean
  /** Records of each database that is there. */
  readonly counts: { readonly [D in DatabaseName]?: number }
  readonly connections: number
  readonly subscribers: number
  /** Connections that were turned away or ended for breaking a limit. */
  readonly refused: number
  /** Questions since the start, and a second over the last ten. */
  readonly questions: number
  readonly rate: number
  /** Questions since the start by operation. */
  readonly operations: { readonly [operation: string]: number }
  readonly reload?: LastReload
  readonly following?: Following
  /** The nodes that told their generation, on the private socket alone; else how many there are and how many are behind. */
  readonly nodes?: readonly NodeReport[]
  readonly told: number
  readonly behind: number
}
