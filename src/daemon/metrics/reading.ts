/** What the metrics of one scrape are made from: all that a daemon knows of itself at one time, as plain data. */
import type { DnsCounters } from '../../dns/index.ts'
import type { ServiceCounts, StatusReport } from '../../kickback/index.ts'
import { handlers } from '../../values/index.ts'
import { type ProcessFigures, processFigures } from '../memory/process-figures.ts'
import type { LoopDelay, LoopFigures } from './loop-delay.ts'

/** What a daemon knows at one time. Each value can be sent to another process as JSON or msgpack. */
export interface Reading {
  /** What of the report of STATUS there is: DNS alone has a generation and nothing more. */
  readonly report: Partial<StatusReport>
  /** What the service has counted; null where there is none. */
  readonly service: ServiceCounts | null
  /** What DNS has done; null if DNS is off. */
  readonly dns: Readonly<DnsCounters> | null
  /** Reloads since the start by outcome; empty if there is nothing to reload. */
  readonly reloads: { readonly [outcome: string]: number }
  /** Until when the certificate of a master is good, in seconds since 1970; null where there is none. */
  readonly certificateUntil: number | null
  /** Unexpected errors by handler. */
  readonly failures: { readonly [handler: string]: number }
  /** What the process uses. */
  readonly usage: ProcessFigures
  readonly loop: LoopFigures
}

/** What a reading is made from. */
export interface MetricsSources {
  readonly report: () => Reading['report']
  /** None unless set. */
  readonly service?: () => Promise<ServiceCounts>
  /** Undefined if DNS is off. */
  readonly dns: () => Promise<Readonly<DnsCounters> | undefined> | undefined
  readonly reloads: () => ReadonlyMap<string, number>
  /** Milliseconds since 1970; none unless set. */
  readonly certificateUntil?: () => number | undefined
  readonly loop: LoopDelay
}

const SECOND = 1000

/** Asks each source once. */
export async function readMetrics(sources: MetricsSources): Promise<Reading> {
  const { report, service, dns, reloads, certificateUntil, loop } = sources
  const until = certificateUntil?.()
  return {
    loop: loop.scraped(),
    usage: processFigures(),
    report: report(),
    service: (await service?.()) ?? null,
    dns: (await dns()) ?? null,
    reloads: Object.fromEntries(reloads()),
    certificateUntil: until === undefined ? null : until / SECOND,
    failures: Object.fromEntries(handlers.failures),
  }
}
