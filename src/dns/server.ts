/** The DNS front end: an authoritative server for the cluster's zones, answered from the snapshot. */

import type { Snapshot } from '../resolver/index.ts'
import {
  type Address,
  type Endpoint,
  type HostPort,
  interfaceAddresses,
  isUnspecified,
  listenError,
  machineAddresses,
  systemErrorCode,
  Turns,
} from '../values/index.ts'
import { BatchSockets } from './batch/batch-sockets.ts'
import { loadPackets, type Packets } from './batch/packets.ts'
import type { DnsCounters } from './counters.ts'
import { AddressLooks, LocalSockets } from './local-sockets.ts'
import { Service, type ServiceOptions } from './service.ts'
import { type Arrival, HandoverReceiver, HandoverSender } from './share/handover.ts'
import { handoverSecretOf, type Share } from './share/share.ts'
import { SocketErrors } from './socket-errors.ts'
import { listenTcp, type TcpListener, unreadReplies } from './tcp.ts'
import { GUEST_KINDS, type GuestKind, TcpConnections } from './tcp-connections.ts'
import { listenUdp } from './udp.ts'

/** What a server is made of. */
interface DnsOptions extends Omit<ServiceOptions, 'batch' | 'handOver'> {
  /** What carries packets many at a time: by default what this machine has; undefined for nothing. */
  readonly packets?: Packets | undefined
}

/** A server that answers. */
export interface DnsServer {
  /** Where it answers, UDP and TCP alike, with the ports that the system chose. */
  readonly endpoints: readonly HostPort[]
  /** Where it does not answer yet, because this machine does not have the address. */
  readonly missing: readonly HostPort[]
  readonly counters: Readonly<DnsCounters>
  /** Answers from this snapshot from now on, or a little later: what must be worked out of a large one is before. */
  serve(snapshot: Snapshot): void
  /** Opens what is missing and can be had now. Rejects if an endpoint can't be had though its address is there. */
  openMissing(): Promise<void>
  /** Where the first of several servers takes what others hand over; 0 for nowhere. */
  readonly handover: number
  /** Another one of several is told where that is now. */
  handOverTo(port: number): void
  /** Ends all sockets. */
  close(): Promise<void>
}

/**
 * Starts a server. An address that this machine does not have yet is missing and may come later; rejects if an endpoint can't be
 * had for another reason: then none is kept.
 */
export async function createDnsServer(options: DnsOptions): Promise<DnsServer> {
  const server = new Server(options)
  try {
    await server.openMissing()
  } catch (error) {
    await server.close()
    throw error
  }
  return server
}

class Server implements DnsServer {
  readonly endpoints: Endpoint[] = []
  missing: readonly Endpoint[]
  readonly #options: DnsOptions
  readonly #service: Service
  readonly #batch: BatchSockets | undefined
  readonly #share: Share | undefined
  readonly #sender: HandoverSender | undefined
  #receiver: HandoverReceiver | undefined
  readonly #udp: { close(): unknown }[] = []
  readonly #tcp: TcpListener[] = []
  #isClosed = false

  /** The TCP connections of all listeners. */
  readonly #connections = new TcpConnections({
    opened: () => void this.#service.counters.connections++,
    closed: () => void this.#service.counters.connections--,
    refused: () => void this.#service.counters.connectionsRefused++,
  })

  readonly #unread = unreadReplies()
  readonly #turns: Turns<GuestKind>
  readonly #errors: SocketErrors

  constructor(options: DnsOptions) {
    this.#options = options
    this.#turns = new Turns(options.clock, GUEST_KINDS)
    const packets = 'packets' in options ? options.packets : loadPackets(options.log)
    this.#batch = packets && new BatchSockets(packets)
    const { share } = options
    if (share !== undefined && packets === undefined)
      throw new Error('several servers at one address want packets.node')
    this.#share = share
    this.#sender = share === undefined || share.isFirst ? undefined : new HandoverSender(handoverSecretOf(share))
    const sender = this.#sender
    const handOver = sender && ((request: Buffer, arrival: Arrival) => sender.send(request, arrival))
    this.#service = new Service({ ...options, batch: this.#batch, handOver })
    this.#errors = new SocketErrors(options.log, options.clock)
    const { listen } = options.settings
    this.missing = listen.filter((endpoint) => !isCovered(endpoint, listen))
  }

  get counters(): DnsCounters {
    return this.#service.counted
  }

  serve(snapshot: Snapshot): void {
    this.#service.serve(snapshot)
  }

  get handover(): number {
    return this.#receiver?.port ?? 0
  }

  handOverTo(port: number): void {
    if (this.#sender !== undefined) this.#sender.port = port
  }

  /** A request of another server is answered by the socket of this one at the same address. */
  #taken(request: Buffer, place: string, peer: Buffer): void {
    const found = this.#batch?.at(place, peer)
    if (found !== undefined) this.#service.handed(request, found.from, (reply) => found.socket.send(peer, reply))
  }

  async openMissing(): Promise<void> {
    if (this.#share?.isFirst === true && this.#receiver === undefined) {
      const take = (...parts: [Buffer, string, Buffer]): void => this.#taken(...parts)
      this.#receiver = await HandoverReceiver.open(handoverSecretOf(this.#share), take)
    }
    for (const endpoint of this.missing) {
      if (!(await this.#isHad(endpoint))) continue
      this.missing = this.missing.filter((other) => other !== endpoint)
    }
    this.#findOwn()
  }

  /** Whether an endpoint is open now; an address that is not here is the one reason for which it may not be. */
  async #isHad(endpoint: Endpoint): Promise<boolean> {
    try {
      await this.#listen(endpoint)
      return true
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRNOTAVAIL') throw listenError(error, endpoint)
      return false
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#service.close()
    for (const socket of this.#udp.splice(0)) socket.close()
    this.#batch?.close()
    this.#sender?.close()
    this.#receiver?.close()
    this.#receiver = undefined
    await Promise.all(this.#tcp.splice(0).map((listener) => listener.close()))
  }

  /** Opens an endpoint for both transports, on one port. */
  async #listen({ address, host, port }: Endpoint): Promise<void> {
    const service = this.#service
    const onError = (error: Error) => this.#errors.tell(error, host)
    const { clock } = this.#options
    if (this.#sender !== undefined) {
      this.#udp.push(await this.#listenUdp({ address, host, port }, onError))
      this.endpoints.push({ address, host, port })
      return
    }
    const tcp = await listenTcp(
      { host, port },
      {
        handler: service,
        connections: this.#connections,
        unread: this.#unread,
        turns: this.#turns,
        clock,
        onError,
      },
    )
    const endpoint = { address, host, port: tcp.port }
    try {
      this.#udp.push(await this.#listenUdp(endpoint, onError))
    } catch (error) {
      await tcp.close()
      throw error
    }
    this.#tcp.push(tcp)
    this.endpoints.push(endpoint)
    // The end may have come meanwhile, and waits for no socket that it does not know.
    if (this.#isClosed) await this.close()
  }

  /** Has the service know at which addresses it is reached now. */
  #findOwn(): void {
    this.#service.exclude(this.endpoints, machineAddresses())
  }

  async #listenUdp(endpoint: Endpoint, onError: (error: Error) => void): Promise<{ close(): unknown }> {
    const { address, port } = endpoint
    if (this.#batch !== undefined) return this.#listenBatch(this.#batch, endpoint, onError)
    if (!isUnspecified(address)) return listenUdp(endpoint, this.#service, onError)
    const { settings, log, clock } = this.#options
    const named = settings.listen.filter((other) => isCovered(other, [endpoint])).map(({ host }) => host)
    const sockets = new LocalSockets({
      addresses: () => [...hostsOf(address.family), ...named],
      port,
      handler: this.#service,
      log,
      errors: this.#errors,
      clock,
      onLook: () => this.#findOwn(),
    })
    await sockets.follow()
    return sockets
  }

  /** One socket has all addresses of a wildcard, those that come later too. */
  #listenBatch(batch: BatchSockets, endpoint: Endpoint, onError: (error: Error) => void): { close(): unknown } {
    const socket = batch.listen(endpoint, this.#service, { isShared: this.#share !== undefined, onError })
    if (!isUnspecified(endpoint.address)) return socket
    const looks = new AddressLooks(this.#options.clock, () => this.#findOwn())
    return { close: () => [socket, looks].map((each) => each.close()) }
  }
}

/** The machine's addresses of a family, as sockets take them. */
function hostsOf(family: Address['family']): string[] {
  return interfaceAddresses().flatMap(({ address, host }) => (address.family === family ? [host] : []))
}

/** Whether an endpoint is part of one of the wildcards, which then answers for it. */
function isCovered({ address, port }: Endpoint, listen: readonly Endpoint[]): boolean {
  if (isUnspecified(address)) return false
  return listen.some(
    (other) =>
      isUnspecified(other.address) && other.address.family === address.family && other.port === port && port !== 0,
  )
}
