/** The HTTP endpoint of metrics, read by Prometheus: the one file that knows prom-client. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Counter, Gauge, Registry } from 'prom-client'
import type { DnsCounters } from '../../dns/index.ts'
import type { StatusReport } from '../../kickback/index.ts'
import { type HostPort, handlers } from '../../values/index.ts'
import { Scrapes } from './scrapes.ts'

/** What metrics are read from, at each scrape. */
export interface MetricsSources {
  /** What of the report of STATUS there is: DNS alone has a generation and nothing more. */
  readonly report: () => Partial<StatusReport>
  /** Undefined if DNS is off. */
  readonly dns: () => Promise<Readonly<DnsCounters> | undefined> | undefined
  /** Reloads since the start by outcome; empty if there is nothing to reload. */
  readonly reloads: () => ReadonlyMap<string, number>
}

/** A scrape gets an answer in this time or none, in milliseconds. */
const PATIENCE = 5000
/** The most connections at once. For a new one the one makes room that has asked nothing for the longest: none keeps others out. */
const CONNECTIONS_MAX = 16

/** Serves metrics over HTTP for Prometheus. */
export class MetricsServer {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts to answer GET /metrics. Rejects if the address can't be had. */
  static async start({ host, port }: HostPort, sources: MetricsSources): Promise<MetricsServer> {
    const connections = new Connections()
    const scrapes = new Scrapes(() => metricsText(sources))
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      connections.touch(request.socket)
      if (request.method !== 'GET' || request.url !== '/metrics') {
        response.writeHead(404).end()
        return
      }
      response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(await scrapes.text())
    }
    const fail = (_: unknown, __: IncomingMessage, response: ServerResponse): void => void response.destroy()
    const server = createServer(
      { requestTimeout: PATIENCE, headersTimeout: PATIENCE },
      handlers.guard('metrics request', answer, fail),
    )
    const close = (_: unknown, socket: Socket): void => void socket.destroy()
    server.on(
      'connection',
      handlers.guard('metrics connection', (socket: Socket) => connections.take(socket), close),
    )
    const listening = once(server, 'listening')
    server.listen({ host, port, exclusive: true })
    await listening
    // As when no descriptor is left for a connection: the next scrape tries again.
    server.on(
      'error',
      handlers.guard('metrics listener error', () => {}),
    )
    return new MetricsServer(server)
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** The connections, those first that have asked nothing for the longest. */
class Connections {
  readonly #sockets = new Set<Socket>()

  take(socket: Socket): void {
    this.#sockets.add(socket)
    const leave = (): void => {
      this.#sockets.delete(socket)
    }
    socket.on('close', handlers.guard('metrics connection close', leave, leave))
    const [first] = this.#sockets
    if (this.#sockets.size > CONNECTIONS_MAX) first?.destroy()
  }

  touch(socket: Socket): void {
    if (this.#sockets.delete(socket)) this.#sockets.add(socket)
  }
}

/** One value, with its labels. */
type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>]

/** One metric: its type, name, help, label if it has one, and how its values are read. */
type MetricRow = readonly [
  type: typeof Gauge | typeof Counter,
  name: string,
  help: string,
  label: string | undefined,
  read: (reading: Reading) => readonly Sample[],
]

/** The data of one scrape: all that the sources report at one time. */
interface Reading {
  readonly report: Partial<StatusReport>
  readonly dns: Readonly<DnsCounters> | undefined
  readonly reloads: ReadonlyMap<string, number>
}

/** Every metric. */
const METRICS: readonly MetricRow[] = [
  [Gauge, 'generation', 'The generation that is served.', undefined, ({ report }) => [[report.generation ?? 0]]],
  [
    Gauge,
    'records',
    'Records of each database.',
    'database',
    ({ report }) => labelled('database', report.records ?? {}),
  ],
  [Gauge, 'connections', 'Connections that are open.', undefined, ({ report }) => one(report.connections)],
  [Gauge, 'subscribers', 'Connections that follow generations.', undefined, ({ report }) => one(report.subscribers)],
  [
    Gauge,
    'nodes_reported',
    'Nodes that reported which generation they have.',
    undefined,
    ({ report }) => one(report.reported),
  ],
  [Gauge, 'nodes_behind', 'Nodes that have another generation.', undefined, ({ report }) => one(report.behind)],
  [
    Gauge,
    'nodes_other_ids',
    'Nodes with accounts of their own whose ids are not those of the cluster.',
    undefined,
    ({ report }) => one(report.other_ids),
  ],
  [
    Gauge,
    'conflict',
    'Whether this master serves no nodes because another master has other content.',
    undefined,
    ({ report }) => flag(report, report.conflict !== undefined),
  ],
  [
    Gauge,
    'pinned',
    'Whether the content of an earlier generation is pinned: changes of the sources are not served.',
    undefined,
    ({ report }) => flag(report, report.pinned !== undefined),
  ],
  [
    Gauge,
    'unwritten',
    'Whether what is served is not in all files: the module may answer from an older generation.',
    undefined,
    ({ report }) => flag(report, report.unwritten !== undefined),
  ],
  [Gauge, 'reload_refused', 'Whether the last reload was refused.', undefined, ({ report }) => refused(report)],
  [
    Counter,
    'reloads_total',
    'Reloads by outcome.',
    'outcome',
    ({ reloads }) => labelled('outcome', Object.fromEntries(reloads)),
  ],
  [
    Counter,
    'questions_total',
    'Questions by operation.',
    'operation',
    ({ report }) => labelled('operation', report.operations ?? {}),
  ],
  [
    Counter,
    'refused_total',
    'Connections turned away or ended for breaking a limit.',
    undefined,
    ({ report }) => one(report.refused),
  ],
  [
    Counter,
    'denied_total',
    'Connections from addresses that may not ask.',
    undefined,
    ({ report }) => one(report.denied),
  ],
  [Gauge, 'kept_bytes', 'Bytes of requests that wait for an answer.', undefined, ({ report }) => one(report.kept)],
  [
    Gauge,
    'unread_bytes',
    'Bytes of answers that wait for clients to read.',
    undefined,
    ({ report }) => one(report.unread),
  ],
  [
    Gauge,
    'objects_connections',
    'Connections for objects that are open.',
    undefined,
    ({ report }) => one(report.objects?.connections),
  ],
  [
    Gauge,
    'objects_waiting',
    'Requests for the head of objects that wait for news.',
    undefined,
    ({ report }) => one(report.objects?.waiting),
  ],
  [
    Counter,
    'objects_requests_total',
    'Requests for objects by what they ask for.',
    'kind',
    ({ report }) => labelled('kind', report.objects?.requests ?? {}),
  ],
  [
    Counter,
    'objects_sent_bytes_total',
    'Bytes of objects and deltas that were sent.',
    undefined,
    ({ report }) => one(report.objects?.sent),
  ],
  [
    Counter,
    'objects_refused_total',
    'Connections for objects that were turned away because there were too many.',
    undefined,
    ({ report }) => one(report.objects?.refused),
  ],
  [
    Counter,
    'objects_denied_total',
    'Connections for objects from addresses that may not ask.',
    undefined,
    ({ report }) => one(report.objects?.denied),
  ],
  [
    Counter,
    'handler_failures_total',
    'Unexpected errors in handlers of sockets, timers, watchers and threads.',
    'handler',
    () => labelled('handler', Object.fromEntries(handlers.failures)),
  ],
  [Counter, 'dns_requests_total', 'DNS requests by transport.', 'transport', ({ dns }) => dnsRequests(dns)],
  [Counter, 'dns_replies_total', 'DNS replies by response code.', 'rcode', ({ dns }) => dnsReplies(dns)],
  [Counter, 'dns_forwarded_total', 'DNS questions for other servers.', undefined, ({ dns }) => one(dns?.forwarded)],
  [
    Counter,
    'dns_unanswered_total',
    'DNS questions for other servers that got no answer.',
    undefined,
    ({ dns }) => one(dns?.unanswered),
  ],
  [
    Counter,
    'dns_denied_total',
    'DNS requests by UDP from addresses that may not ask, refused or left without a reply.',
    'outcome',
    ({ dns }) => dnsDenied(dns),
  ],
  [
    Counter,
    'dns_shortened_total',
    'DNS replies by UDP that were cut because their address got too many long ones.',
    undefined,
    ({ dns }) => one(dns?.shortened),
  ],
  [
    Counter,
    'dns_unsent_total',
    'DNS replies by UDP that were dropped because the system did not take them.',
    undefined,
    ({ dns }) => one(dns?.unsent),
  ],
  [
    Counter,
    'dns_restarts_total',
    'How often the DNS process was started again.',
    undefined,
    ({ report }) => one(report.dns_process?.restarts),
  ],
  [
    Gauge,
    'dns_generation',
    'The generation that the DNS process answers from.',
    undefined,
    ({ report }) => one(report.dns_process?.generation),
  ],
  [
    Counter,
    'dns_handler_failures_total',
    'Unexpected errors in handlers of the DNS process since it was started.',
    'handler',
    ({ report }) => labelled('handler', report.dns_process?.failures ?? {}),
  ],
  [
    Counter,
    'dns_connections_refused_total',
    'DNS connections turned away, or closed to make room.',
    undefined,
    ({ dns }) => one(dns?.connectionsRefused),
  ],
]

/**
 * The metrics as Prometheus reads them, the sources asked once for all. What there is nothing to tell of is left out: in a registry that
 * stays, prom-client tells 0 of a metric without labels.
 */
async function metricsText({ report, dns, reloads }: MetricsSources): Promise<string> {
  const reading: Reading = { report: report(), dns: await dns(), reloads: reloads() }
  const registry = new Registry()
  for (const row of METRICS) register(registry, row, reading)
  return registry.metrics()
}

function register(registry: Registry, [type, name, help, label, read]: MetricRow, reading: Reading): void {
  const samples = read(reading)
  if (samples.length === 0) return
  const labelNames = label === undefined ? [] : [label]
  const metric = new type({ name: `kickback_${name}`, help, labelNames, registers: [registry] })
  for (const [value, labels = {}] of samples) metric.inc(labels, value)
}

/** 1 where something is so, of a daemon that could be so. */
function flag({ role }: Partial<StatusReport>, isSo: boolean): readonly Sample[] {
  return role === undefined ? [] : [[isSo ? 1 : 0]]
}

function refused(report: Partial<StatusReport>): readonly Sample[] {
  return flag(report, report.reload?.outcome === 'refused')
}

function dnsRequests(counters: Readonly<DnsCounters> | undefined): readonly Sample[] {
  return counters === undefined ? [] : labelled('transport', { udp: counters.udp, tcp: counters.tcp })
}

/** A single value, if there is one. */
function one(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [[value]]
}

function dnsDenied(counters: Readonly<DnsCounters> | undefined): readonly Sample[] {
  if (counters === undefined) return []
  const { refused, limited } = counters
  return labelled('outcome', { refused: refused - limited, silent: limited })
}

/** Of the sixteen codes those that were sent. */
function dnsReplies(counters: Readonly<DnsCounters> | undefined): readonly Sample[] {
  const sent = Array.from(counters?.replies ?? [], (count, rcode): Sample => [count, { rcode: String(rcode) }])
  return sent.filter(([count]) => count > 0)
}

function labelled(label: string, values: Readonly<Record<string, number | undefined>>): readonly Sample[] {
  return Object.entries(values).map(([name, value = 0]) => [value, { [label]: name }])
}
