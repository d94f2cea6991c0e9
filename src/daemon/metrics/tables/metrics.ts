/** Every metric, in the order of the pages. */
import type { MetricRow } from '../samples.ts'
import { DNS_METRICS } from './dns.ts'
import { GENERATION_METRICS } from './generation.ts'
import { OBJECT_METRICS } from './objects.ts'
import { SERVICE_METRICS } from './service.ts'

/** Every metric. */
export const METRICS: readonly MetricRow[] = [
  ...GENERATION_METRICS,
  ...SERVICE_METRICS,
  ...OBJECT_METRICS,
  ...DNS_METRICS,
]
