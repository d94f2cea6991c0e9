/** Metrics of objects over HTTP. */
import { labelled, type MetricRow, one } from '../samples.ts'

/** What a master that gives objects does. */
export const OBJECT_METRICS: readonly MetricRow[] = [
  [
    'gauge',
    'kickback_objects_connections',
    'Connections for objects that are open.',
    [],
    ({ report }) => one(report.objects?.connections),
  ],
  [
    'gauge',
    'kickback_objects_waiting',
    'Requests for the head of objects that wait for news.',
    [],
    ({ report }) => one(report.objects?.waiting),
  ],
  [
    'counter',
    'kickback_objects_requests_total',
    'Requests for objects by what they ask for.',
    ['kind'],
    ({ report }) => labelled('kind', report.objects?.requests),
  ],
  [
    'counter',
    'kickback_objects_sent_bytes_total',
    'Bytes of objects and deltas that were sent.',
    [],
    ({ report }) => one(report.objects?.sent),
  ],
  [
    'counter',
    'kickback_objects_refused_total',
    'Connections for objects that were turned away because there were too many.',
    [],
    ({ report }) => one(report.objects?.refused),
  ],
  [
    'counter',
    'kickback_objects_denied_total',
    'Connections for objects from addresses that may not ask.',
    [],
    ({ report }) => one(report.objects?.denied),
  ],
]
