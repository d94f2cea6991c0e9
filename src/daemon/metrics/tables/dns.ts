/** Metrics of DNS. */
import type { DnsCounters } from '../../../dns/index.ts'
import type { Reading } from '../reading.ts'
import { labelled, type MetricRow, one, type Sample } from '../samples.ts'

/** What DNS has done, and the process that does it. */
export const DNS_METRICS: readonly MetricRow[] = [
  ['counter', 'dns_requests_total', 'DNS requests by transport.', ['transport'], of(requests)],
  ['counter', 'dns_replies_total', 'DNS replies by response code.', ['rcode'], of(replies)],
  ['counter', 'dns_forwarded_total', 'DNS questions for other servers.', [], ({ dns }) => one(dns?.forwarded)],
  [
    'counter',
    'dns_unanswered_total',
    'DNS questions for other servers that got no answer.',
    [],
    ({ dns }) => one(dns?.unanswered),
  ],
  [
    'counter',
    'dns_denied_total',
    'DNS requests by UDP from addresses that may not ask, refused or left without a reply.',
    ['outcome'],
    of(denied),
  ],
  [
    'counter',
    'dns_shortened_total',
    'DNS replies by UDP that were cut because their address got too many long ones.',
    [],
    ({ dns }) => one(dns?.shortened),
  ],
  [
    'counter',
    'dns_unsent_total',
    'DNS replies by UDP that were dropped because the system did not take them.',
    [],
    ({ dns }) => one(dns?.unsent),
  ],
  [
    'counter',
    'dns_restarts_total',
    'How often the DNS process was started again.',
    [],
    ({ report }) => one(report.dns_process?.restarts),
  ],
  [
    'gauge',
    'dns_generation',
    'The generation that the DNS process answers from.',
    [],
    ({ report }) => one(report.dns_process?.generation),
  ],
  [
    'counter',
    'dns_handler_failures_total',
    'Unexpected errors in handlers of the DNS process since it was started.',
    ['handler'],
    ({ report }) => labelled('handler', report.dns_process?.failures),
  ],
  [
    'counter',
    'dns_connections_refused_total',
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
