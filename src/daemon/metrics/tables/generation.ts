/** Metrics of what is served, and of how it came to be. */
import { flag, labelled, type MetricRow, one } from '../samples.ts'

/** Generations, records, reloads, nodes. */
export const GENERATION_METRICS: readonly MetricRow[] = [
  ['gauge', 'generation', 'The generation that is served.', [], ({ report }) => [[report.generation ?? 0]]],
  ['gauge', 'records', 'Records of each database.', ['database'], ({ report }) => labelled('database', report.records)],
  [
    'gauge',
    'nodes_reported',
    'Nodes that reported which generation they have.',
    [],
    ({ report }) => one(report.reported),
  ],
  ['gauge', 'nodes_behind', 'Nodes that have another generation.', [], ({ report }) => one(report.behind)],
  [
    'gauge',
    'nodes_other_ids',
    'Nodes with accounts of their own whose ids are not those of the cluster.',
    [],
    ({ report }) => one(report.other_ids),
  ],
  [
    'gauge',
    'conflict',
    'Whether this master serves no nodes because another master has other content.',
    [],
    (reading) => flag(reading, reading.report.conflict !== undefined),
  ],
  [
    'gauge',
    'pinned',
    'Whether the content of an earlier generation is pinned: changes of the sources are not served.',
    [],
    (reading) => flag(reading, reading.report.pinned !== undefined),
  ],
  [
    'gauge',
    'unwritten',
    'Whether what is served is not in all files: the module may answer from an older generation.',
    [],
    (reading) => flag(reading, reading.report.unwritten !== undefined),
  ],
  [
    'gauge',
    'reload_refused',
    'Whether the last reload was refused.',
    [],
    (reading) => flag(reading, reading.report.reload?.outcome === 'refused'),
  ],
  ['counter', 'reloads_total', 'Reloads by outcome.', ['outcome'], ({ reloads }) => labelled('outcome', reloads)],
]
