/** Counters of the front end since its start: for status and metrics. */

/** Counts, each since the start. */
export interface DnsCounters {
  /** Requests by transport. */
  udp: number
  tcp: number
  /** Replies by response code, 0 to 15; those of forwarded questions too. */
  readonly replies: number[]
  /** Replies that were ready. */
  ready: number
  /** Those among them that the native part gave by itself, and the batches of packets that held one. */
  batched: number
  batches: number
  /** Requests of askers that may not ask, and those among them that got no reply for being too many. */
  refused: number
  limited: number
  /** Messages that are not requests, and got no reply. */
  dropped: number
  /** Replies by UDP that were cut because their address got too many long ones, and those that the system did not take. */
  shortened: number
  unsent: number
  /** Questions that were forwarded, and those that got no answer. */
  forwarded: number
  unanswered: number
  /** Whole and incremental transfers of zones, and those that were refused. */
  axfr: number
  ixfr: number
  transfersRefused: number
  /** Notifications of secondaries: sent, acknowledged, given up. */
  notified: number
  acknowledged: number
  unacknowledged: number
  /** TCP connections that are open, and those that were turned away. */
  connections: number
  connectionsRefused: number
}

/** Counts of a server that has just started. */
export function newCounters(): DnsCounters {
  return {
    udp: 0,
    tcp: 0,
    replies: new Array<number>(16).fill(0),
    ready: 0,
    batched: 0,
    batches: 0,
    refused: 0,
    limited: 0,
    dropped: 0,
    shortened: 0,
    unsent: 0,
    forwarded: 0,
    unanswered: 0,
    axfr: 0,
    ixfr: 0,
    transfersRefused: 0,
    notified: 0,
    acknowledged: 0,
    unacknowledged: 0,
    connections: 0,
    connectionsRefused: 0,
  }
}

/** Counts a reply by the code in its header. */
export function countReply(counters: DnsCounters, reply: Uint8Array): void {
  const rcode = (reply[3] ?? 0) & 15
  counters.replies[rcode] = (counters.replies[rcode] ?? 0) + 1
}
