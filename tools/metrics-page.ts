/** The tables of metrics in docs/metrics.md. */
import { METRIC_GROUPS } from '../src/daemon/metrics/tables/metrics.ts'
import type { Made } from './made.ts'
import { table } from './markdown.ts'

function metricsTables(): string {
  const groups = Object.entries(METRIC_GROUPS).map(([title, rows]) => {
    const lines = rows.map(([type, name, help, labels]) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ])
    return `### ${title}\n\n${table(['metric', 'type', 'labels', 'what it tells'], lines)}`
  })
  return `\n${groups.join('\n')}\n`
}

/** The part of the page. */
export const METRICS_PAGE: readonly Made[] = [{ path: 'docs/metrics.md', part: 'metrics', text: metricsTables }]
