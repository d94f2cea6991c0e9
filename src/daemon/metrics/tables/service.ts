/** Metrics of the service to nodes and programs. */
import type { ServiceCounts } from '../../../kickback/index.ts'
import type { Reading } from '../reading.ts'
import { labelled, type MetricRow, one, type Sample } from '../samples.ts'

type DoorCounts = ServiceCounts['doors'][string]

/** Response codes of DNS (RFC 1035, RFC 2136) as statuses of the name service. Others are `unavail`. */
const RCODE_STATUSES = ['success', 'unavail', 'tryagain', 'notfound'] as const

/** Questions, answers, connections, and what waits. */
export const SERVICE_METRICS: readonly MetricRow[] = [
  [
    'counter',
    'kickback_questions_total',
    'Questions by operation.',
    ['operation'],
    ({ report }) => labelled('operation', report.operations),
  ],
  [
    'counter',
    'kickback_answers_total',
    'Answers by database, door and status. Replies of DNS are told as door dns, database hosts.',
    ['database', 'door', 'status'],
    (reading) => [...answers(reading), ...dnsAnswers(reading)],
  ],
  [
    'counter',
    'kickback_questions_refused_total',
    'Questions that were refused, by door and error code.',
    ['door', 'error'],
    ofDoors(({ refusals }) => labelled('error', refusals)),
  ],
  [
    'histogram',
    'kickback_lookup_seconds',
    'How long look-ups took, from their turn to their answer; the network, and the wait for the turn, are not in it.',
    [],
    ({ service }) => service?.lookups,
  ],
  [
    'gauge',
    'kickback_connections',
    'Connections that are open.',
    ['door'],
    ofDoors(({ connections }) => one(connections)),
  ],
  [
    'gauge',
    'kickback_subscribers',
    'Connections that follow generations.',
    [],
    ({ report }) => one(report.subscribers),
  ],
  [
    'counter',
    'kickback_refused_total',
    'Connections turned away because there were too many, or ended for what they did, by door and reason.',
    ['door', 'reason'],
    ofDoors(({ endings }) => labelled('reason', endings)),
  ],
  [
    'counter',
    'kickback_denied_total',
    'Connections from addresses that may not ask.',
    ['door'],
    ofDoors(({ denied }) => one(denied)),
  ],
  ['gauge', 'kickback_kept_bytes', 'Bytes of requests that wait for an answer.', [], ({ report }) => one(report.kept)],
  [
    'gauge',
    'kickback_unread_bytes',
    'Bytes of answers that wait for clients to read.',
    [],
    ({ report }) => one(report.unread),
  ],
  [
    'counter',
    'kickback_http_restarts_total',
    'How often the HTTP process was started again.',
    [],
    ({ report }) => one(report.http_process?.restarts),
  ],
  [
    'counter',
    'kickback_http_handler_failures_total',
    'Unexpected errors in handlers of the HTTP process since it was started.',
    ['handler'],
    ({ report }) => labelled('handler', report.http_process?.failures),
  ],
]

/** The samples of each door, with its name. */
function ofDoors(read: (counts: DoorCounts) => readonly Sample[]): (reading: Reading) => readonly Sample[] {
  return ({ service }) =>
    Object.entries(service?.doors ?? {}).flatMap(([door, counts]) =>
      read(counts).map(([value, labels]): Sample => [value, { door, ...labels }]),
    )
}

function answers({ service }: Reading): readonly Sample[] {
  return Object.entries(service?.doors ?? {}).flatMap(([door, counts]) =>
    counts.answers.map(({ database, status, count }): Sample => [count, { database, door, status }]),
  )
}

function dnsAnswers({ dns }: Reading): readonly Sample[] {
  const counts = new Map<string, number>()
  for (const [rcode, count] of (dns?.replies ?? []).entries()) {
    const status = RCODE_STATUSES[rcode] ?? 'unavail'
    if (count > 0) counts.set(status, (counts.get(status) ?? 0) + count)
  }
  return [...counts].map(([status, count]) => [count, { database: 'hosts', door: 'dns', status }])
}
