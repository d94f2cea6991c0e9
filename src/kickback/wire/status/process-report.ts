/** What the report of STATUS tells of the processes of a daemon that answer HTTP. */

/** The process that answers HTTP. */
export interface HttpProcessReport {
  readonly pid: number
  readonly listening: readonly string[]
  readonly restarts: number
  readonly failures: { readonly [handler: string]: number }
}

/** The process that answers nodes that boot. */
export interface BootProcessReport extends HttpProcessReport {
  readonly missing: readonly { readonly place: string; readonly reason: string }[]
}
