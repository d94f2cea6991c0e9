/** Metrics of what is served, of how it came to be, and of the other masters. */
import { flag, labelled, type MetricRow, one } from '../samples.ts'

/** Generations, records, reloads, masters. */
export const GENERATION_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_build_info',
    'Always 1: the role of the daemon, and its version.',
    ['role', 'software'],
    ({ report: { role, software } }) => (role === undefined || software === undefined ? [] : [[1, { role, software }]]),
  ],
  ['gauge', 'kickback_generation', 'The generation that is served.', [], ({ report }) => [[report.generation ?? 0]]],
  [
    'gauge',
    'kickback_source_timestamp_seconds',
    'When the newest source of what is served was written, in seconds since 1970.',
    [],
    ({ report: { written } }) => one(written === 0 ? undefined : written),
  ],
  [
    'gauge',
    'kickback_records',
    'Records of each database.',
    ['database'],
    ({ report }) => labelled('database', report.records),
  ],
  [
    'gauge',
    'kickback_unwritten',
    'Whether what is served is not in all files: the module may answer from an older generation.',
    [],
    (reading) => flag(reading, reading.report.unwritten !== undefined),
  ],
  [
    'gauge',
    'kickback_passwords_damaged',
    'Whether a damaged file of which password hashes nodes were given lies in the state dir.',
    [],
    (reading) => flag(reading, reading.report.passwords_damaged !== undefined),
  ],
  [
    'gauge',
    'kickback_pinned',
    'Whether the content of an earlier generation is pinned: changes of the sources are not served.',
    [],
    (reading) => flag(reading, reading.report.pinned !== undefined),
  ],
  [
    'counter',
    'kickback_reloads_total',
    'Reloads by outcome.',
    ['outcome'],
    ({ reloads }) => labelled('outcome', reloads),
  ],
  [
    'gauge',
    'kickback_reload_refused',
    'Whether the last reload was refused.',
    [],
    (reading) => flag(reading, reading.report.reload?.outcome === 'refused'),
  ],
  [
    'gauge',
    'kickback_reload_timestamp_seconds',
    'When the last reload was, in seconds since 1970.',
    [],
    ({ report }) => one(report.reload?.time),
  ],
  [
    'gauge',
    'kickback_conflict',
    'Whether this master serves no nodes because another master has other content.',
    [],
    (reading) => flag(reading, reading.report.conflict !== undefined),
  ],
  [
    'gauge',
    'kickback_other_master_state',
    'Always 1: how each other master of the configuration answers this one.',
    ['master', 'state'],
    ({ report: { masters = [] } }) => masters.map(({ master, state }) => [1, { master, state }]),
  ],
  [
    'gauge',
    'kickback_other_keys',
    'Machines that reported in the last two minutes that they believe another key than that of this master.',
    [],
    ({ report }) => one(report.other_keys?.length),
  ],
  [
    'gauge',
    'kickback_trust_list',
    'The number of the trust list that this daemon holds.',
    [],
    ({ report }) => one(report.trust?.number),
  ],
]
