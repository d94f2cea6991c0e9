/** Metrics of booting. */
import { type MetricRow, one } from '../samples.ts'

/** How nodes that boot are answered, on a master that boots them. */
export const BOOT_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_boot_up',
    'Whether boot scripts and images are given at every address of this master; nodes at another one do not boot.',
    [],
    ({ report: { boot_process: boot } }) => one(boot && Number(boot.pid !== 0 && boot.missing.length === 0)),
  ],
]
