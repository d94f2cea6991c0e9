/** The metrics of booting: rows of the table of metrics. */
import { type MetricRow, one } from '../samples.ts'

/** Metrics of a master that boots nodes. */
export const BOOT_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_boot_up',
    'Whether this master gives boot scripts and images at all of its addresses. At an address that is missing no node boots.',
    [],
    ({ report: { boot_process: boot } }) => one(boot && Number(boot.pid !== 0 && boot.missing.length === 0)),
  ],
]
