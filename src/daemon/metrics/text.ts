/** The text of metrics, as Prometheus reads it: the one file that knows prom-client. */
import { Counter, Gauge, type Metric, type OpenMetricsContentType, Registry } from 'prom-client'
import type { DurationCounts } from '../../values/index.ts'
import type { Reading } from './reading.ts'
import type { MetricRow } from './samples.ts'
import { METRICS } from './tables/metrics.ts'

const TYPES = { gauge: Gauge, counter: Counter } as const
/** The media types by format: of Prometheus, and of OpenMetrics 1.0. */
const MEDIA_TYPES = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const

/** How metrics are written. */
export type MetricsFormat = keyof typeof MEDIA_TYPES

/** The format for who accepts these media types, as an HTTP header says it: OpenMetrics only where it is named. */
export function metricsFormat(accept: string | undefined): MetricsFormat {
  return accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'text'
}

/** The media type of a format. */
export function metricsMediaType(format: MetricsFormat): string {
  return MEDIA_TYPES[format]
}

/**
 * The metrics of a reading. What there is nothing to tell of is left out: in a registry that stays, prom-client tells 0 of a metric
 * without labels.
 */
export function metricsText(reading: Reading, format: MetricsFormat = 'text'): Promise<string> {
  // Its types know one format for a registry, its code both.
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(MEDIA_TYPES[format] as OpenMetricsContentType)
  for (const row of METRICS) register(registry, row, reading)
  return registry.metrics()
}

function register(registry: Registry<OpenMetricsContentType>, row: MetricRow, reading: Reading): void {
  const [type, name, help, labelNames] = row
  if (type === 'histogram') {
    const counts = row[4](reading)
    if (counts) registry.registerMetric(histogram(name, help, counts))
    return
  }
  const samples = row[4](reading)
  if (samples.length === 0) return
  const metric = new TYPES[type]({ name, help, labelNames, registers: [registry] })
  for (const [value, labels = {}] of samples) metric.inc(labels, value)
}

/** A histogram whose durations were counted elsewhere: that of prom-client takes one duration after the other. */
function histogram(name: string, help: string, { bounds, counts, sum }: DurationCounts): Metric {
  const bucket = (le: string | number, value: number) => ({ metricName: `${name}_bucket`, labels: { le }, value })
  let all = 0
  const buckets = counts.map((count, step) => {
    all += count
    return bucket(bounds[step] ?? '+Inf', all)
  })
  const totals = [
    { metricName: `${name}_sum`, value: sum },
    { metricName: `${name}_count`, value: all },
  ]
  const type = 'histogram'
  // Of a metric a registry calls `get` alone.
  return {
    name,
    help,
    type,
    get: async () => ({ name, help, type, values: [...buckets, ...totals] }),
  } as unknown as Metric
}
