/** All sockets of a server that answer in C, and what they answer from: one table for each generation, counts for all together. */
import type { HostPort } from '../../values/index.ts'
import type { DnsCounters } from '../counters.ts'
import type { Peer } from '../settings.ts'
import { placeOf } from '../share/handover.ts'
import type { UdpHandler } from '../udp.ts'
import { BatchSocket, portOf } from './batch-socket.ts'
import { NativeReady } from './native-ready.ts'
import type { NativeTable, Packets } from './packets.ts'

/** The counts that C keeps (struct door_counts): replies, batches, replies that were not taken, then one for each response code. */
const COUNTS = 19
const CODES = 3

/** The sockets of a server. */
export class BatchSockets {
  readonly #packets: Packets
  readonly #counts = new Float64Array(COUNTS)
  readonly #sockets = new Set<BatchSocket>()
  #ready: NativeReady | undefined
  #isSeen = false

  constructor(packets: Packets) {
    this.#packets = packets
  }

  /** Where the answers of a generation are kept ready. */
  newReady(): NativeReady {
    return new NativeReady(this.#packets)
  }

  /**
   * From now on the sockets answer from this table, and the one before is released. With undefined they answer nothing by themselves, nor if `isSeen`: then each
   * request goes to the handler, so that it can be logged.
   */
  serve(ready: NativeReady | undefined, isSeen = false): void {
    const before = this.#ready
    if (before === ready && this.#isSeen === isSeen) return
    this.#ready = ready
    this.#isSeen = isSeen
    for (const socket of this.#sockets) socket.serve(this.#table)
    if (before !== ready) before?.release()
  }

  /** The table that the sockets answer from by themselves; undefined for none. */
  get #table(): NativeTable | undefined {
    return this.#isSeen ? undefined : this.#ready?.table
  }

  /** Opens a socket. Throws where the address can't be had. */
  listen(
    endpoint: HostPort,
    handler: UdpHandler,
    { isShared, onError }: { readonly isShared: boolean; readonly onError: (error: Error) => void },
  ): BatchSocket {
    const [packets, counts] = [this.#packets, this.#counts]
    const socket = new BatchSocket({ packets, endpoint, isShared, handler, onError, counts })
    this.#sockets.add(socket)
    socket.serve(this.#table)
    return socket
  }

  /** The socket at a place, and where in text a peer asks from; undefined where there is none, or the peer is none. */
  at(place: string, peer: Uint8Array): { readonly socket: BatchSocket; readonly from: Peer } | undefined {
    const socket = [...this.#sockets].find(({ endpoint }) => placeOf(endpoint) === place)
    const address = this.#packets.from(peer)
    return socket && address !== undefined ? { socket, from: { address, port: portOf(peer) } } : undefined
  }

  /** Ends all sockets. */
  close(): void {
    for (const socket of this.#sockets) socket.close()
    this.#sockets.clear()
  }

  /** Counts with those of C among them. */
  counted(counters: DnsCounters): DnsCounters {
    const [answered = 0, batches = 0, unsent = 0] = this.#counts
    return {
      ...counters,
      udp: counters.udp + answered,
      ready: counters.ready + answered,
      unsent: counters.unsent + unsent,
      replies: counters.replies.map((count, code) => count + (this.#counts[CODES + code] ?? 0)),
      batched: answered,
      batches,
    }
  }
}
