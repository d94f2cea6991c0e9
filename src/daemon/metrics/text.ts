/** The text of metrics, as Prometheus reads it: the one file that knows prom-client. */
import { Counter, Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
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

function register(
  registry: Registry<OpenMetricsContentType>,
  [type, name, help, labelNames, read]: MetricRow,
  reading: Reading,
): void {
  const samples = read(reading)
  if (samples.length === 0) return
  const metric = new TYPES[type]({ name: `kickback_${name}`, help, labelNames, registers: [registry] })
  for (const [value, labels = {}] of samples) metric.inc(labels, value)
}
