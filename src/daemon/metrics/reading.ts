/** What the metrics of one scrape are made from: all that a daemon knows of itself at one time, as plain data. */
import type { DnsCounters } from '../../dns/index.ts'
import type { StatusReport } from '../../kickback/index.ts'
import { handlers } from '../../values/index.ts'

/** What a daemon knows at one time. Each value can be sent to another process as JSON or msgpack. */
export interface Reading {
  /** What of the report of STATUS there is: DNS alone has a generation and nothing more. */
  readonly report: Partial<StatusReport>
  /** What DNS has done; null if DNS is off. */
  readonly dns: Readonly<DnsCounters> | null
  /** Reloads since the start by outcome; empty if there is nothing to reload. */
  readonly reloads: { readonly [outcome: string]: number }
  /** Unexpected errors by handler. */
  readonly failures: { readonly [handler: string]: number }
}

/** What a reading is made from. */
export interface MetricsSources {
  readonly report: () => Reading['report']
  /** Undefined if DNS is off. */
  readonly dns: () => Promise<Readonly<DnsCounters> | undefined> | undefined
  readonly reloads: () => ReadonlyMap<string, number>
}

/** Asks each source once. */
export async function readMetrics({ report, dns, reloads }: MetricsSources): Promise<Reading> {
  return {
    report: report(),
    dns: (await dns()) ?? null,
    reloads: Object.fromEntries(reloads()),
    failures: Object.fromEntries(handlers.failures),
  }
}
