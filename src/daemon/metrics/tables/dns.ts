/** Metrics of DNS. */
import type { DnsCounters } from '../../../dns/index.ts'
import type { Reading } from '../reading.ts'
import { labelled, type MetricRow, one, type Sample } from '../samples.ts'

/** What DNS has done, and the process that does it. */
export const DNS_METRICS: readonly MetricRow[] = [
  ['counter', 'kickback_dns_requests_total', 'DNS requests by transport.', ['transport'], of(requests)],
  ['counter', 'kickback_dns_replies_total', 'DNS replies by response code.', ['rcode'], of(replies)],
  [
    'counter',
    'kickback_dns_ready_total',
    'DNS replies that were ready, and so cost no work.',
    [],
    ({ dns }) => one(dns?.ready),
  ],
  [
    'counter',
    'kickback_dns_batched_total',
    'DNS replies that were ready and were sent by the native part, many a system call.',
    [],
    ({ dns }) => one(dns?.batched),
  ],
  [
    'counter',
    'kickback_dns_dropped_total',
    'DNS messages that are not requests, and got no reply.',
    [],
    ({ dns }) => one(dns?.dropped),
  ],
  ['counter', 'kickback_dns_forwarded_total', 'DNS questions for other servers.', [], ({ dns }) => one(dns?.forwarded)],
  [
    'counter',
    'kickback_dns_unanswered_total',
    'DNS questions for other servers that got no answer.',
    [],
    ({ dns }) => one(dns?.unanswered),
  ],
  [
    'counter',
    'kickback_dns_denied_total',
    'DNS requests by UDP from addresses that may not ask, refused or left without a reply.',
    ['outcome'],
    of(denied),
  ],
  [
    'counter',
    'kickback_dns_shortened_total',
    'DNS replies by UDP that were cut because their address got too many long ones.',
    [],
    ({ dns }) => one(dns?.shortened),
  ],
  [
    'counter',
    'kickback_dns_unsent_total',
    'DNS replies by UDP that were dropped because the system did not take them.',
    [],
    ({ dns }) => one(dns?.unsent),
  ],
  [
    'counter',
    'kickback_dns_transfers_total',
    'Transfers of zones: whole (axfr), incremental (ixfr), and those that were refused.',
    ['kind'],
    of(({ axfr, ixfr, transfersRefused }) => labelled('kind', { axfr, ixfr, refused: transfersRefused })),
  ],
  [
    'counter',
    'kickback_dns_notifications_total',
    'Notifications of secondaries: sent, acknowledged, and given up without an acknowledgement.',
    ['outcome'],
    of(({ notified, acknowledged, unacknowledged }) =>
      labelled('outcome', { sent: notified, acknowledged, unacknowledged }),
    ),
  ],
  [
    'gauge',
    'kickback_dns_connections',
    'DNS connections by TCP that are open.',
    [],
    ({ dns }) => one(dns?.connections),
  ],
  [
    'gauge',
    'kickback_dns_process_up',
    'Whether there is a DNS process; without one DNS is not answered.',
    [],
    ({ report: { dns_process: dns } }) => one(dns === undefined ? undefined : Number(dns.pid > 0)),
  ],
  [
    'counter',
    'kickback_dns_restarts_total',
    'How often the DNS process was started again.',
    [],
    ({ report }) => one(report.dns_process?.restarts),
  ],
  [
    'gauge',
    'kickback_dns_generation',
    'The generation that the DNS process answers from.',
    [],
    ({ report }) => one(report.dns_process?.generation),
  ],
  [
    'counter',
    'kickback_dns_handler_failures_total',
    'Unexpected errors in handlers of the DNS process since it was started.',
    ['handler'],
    ({ report }) => labelled('handler', report.dns_process?.failures),
  ],
  [
    'counter',
    'kickback_dns_connections_refused_total',
    'DNS connections turned away, or closed to make room.',
    [],
    ({ dns }) => one(dns?.connectionsRefused),
  ],
]

/** The samples of the counters, where DNS is on. */
function of(read: (counters: Readonly<DnsCounters>) => readonly Sample[]): (reading: Reading) => readonly Sample[] {
  return ({ dns }) => (dns === null ? [] : read(dns))
}

function requests({ udp, tcp }: Readonly<DnsCounters>): readonly Sample[] {
  return labelled('transport', { udp, tcp })
}

/** Of the sixteen codes those that were sent. */
function replies(counters: Readonly<DnsCounters>): readonly Sample[] {
  const sent = counters.replies.map((count, rcode): Sample => [count, { rcode: String(rcode) }])
  return sent.filter(([count]) => count > 0)
}

function denied({ refused, limited }: Readonly<DnsCounters>): readonly Sample[] {
  return labelled('outcome', { refused: refused - limited, silent: limited })
}
