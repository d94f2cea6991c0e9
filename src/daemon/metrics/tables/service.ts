/** Metrics of the service to nodes and programs. */
import { labelled, type MetricRow, one } from '../samples.ts'

/** Questions, connections, and what waits. */
export const SERVICE_METRICS: readonly MetricRow[] = [
  ['gauge', 'connections', 'Connections that are open.', [], ({ report }) => one(report.connections)],
  ['gauge', 'subscribers', 'Connections that follow generations.', [], ({ report }) => one(report.subscribers)],
  [
    'counter',
    'questions_total',
    'Questions by operation.',
    ['operation'],
    ({ report }) => labelled('operation', report.operations),
  ],
  [
    'counter',
    'refused_total',
    'Connections turned away or ended for breaking a limit.',
    [],
    ({ report }) => one(report.refused),
  ],
  ['counter', 'denied_total', 'Connections from addresses that may not ask.', [], ({ report }) => one(report.denied)],
  ['gauge', 'kept_bytes', 'Bytes of requests that wait for an answer.', [], ({ report }) => one(report.kept)],
  ['gauge', 'unread_bytes', 'Bytes of answers that wait for clients to read.', [], ({ report }) => one(report.unread)],
  [
    'counter',
    'http_restarts_total',
    'How often the HTTP process was started again.',
    [],
    ({ report }) => one(report.http_process?.restarts),
  ],
  [
    'counter',
    'http_handler_failures_total',
    'Unexpected errors in handlers of the HTTP process since it was started.',
    ['handler'],
    ({ report }) => labelled('handler', report.http_process?.failures),
  ],
  [
    'counter',
    'handler_failures_total',
    'Unexpected errors in handlers of sockets, timers, watchers and threads.',
    ['handler'],
    ({ failures }) => labelled('handler', failures),
  ],
]
