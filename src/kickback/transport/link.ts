/** A connection as the rest of this stage sees it: bytes both ways, and who is at the other end. No socket is known here. */
import { type Address, formatEndpoint, type HostPort } from '../../values/index.ts'

/** Where a service is to be found: a Unix socket, or an address with a TCP port. */
export type Place = { readonly path: string } | HostPort

/** The place in words, for messages. */
export function placeName(place: Place): string {
  return 'path' in place ? place.path : formatEndpoint(place)
}

/** The peer at the other end, known from the transport only: no message can change it. */
export type Peer = { readonly via: 'unix' } | TcpPeer

/** A peer at the other end of a connection by TCP. */
export interface TcpPeer {
  readonly via: 'tcp'
  readonly address: Address
  readonly port: number
  /** Of TLS: the certificate that it showed, in DER, whose key it has proved to have; nothing else of it is proved. */
  readonly tls?: { readonly certificate: Uint8Array | undefined }
}

/** From how many waiting bytes on a link reports when they are gone: Node's high-water mark of sockets. */
export const DRAINS_FROM = 64 * 1024

/** From how many bytes on a link keeps a buffer as it is: it copies smaller ones that are sent together. */
export const UNCOPIED_FROM = 16 * 1024

/** The calls of a link to its user. After `onClosed` there are none. */
export interface LinkEvents {
  /** The stream's next bytes. */
  onData(chunk: Buffer): void
  /** The peer sends nothing more, and may read on. The link stays until this end ends it too. */
  onEnded?(): void
  /** All that was queued has been handed to the kernel. Told only after DRAINS_FROM bytes or more have waited. */
  onDrained(): void
  /** The link is gone, for whatever reason. */
  onClosed(error: Error | undefined): void
}

/** A connection. Its user is not called before `listen`, and nothing is lost until then. */
export interface Link {
  readonly peer: Peer
  /** The address of this end, for TCP. */
  readonly localAddress: Address | undefined
  /** Bytes that were sent and that the kernel has not taken yet. */
  readonly queuedBytes: number
  /** Bytes that came and that were not given on, because the link is paused. */
  readonly unreadBytes: number
  listen(events: LinkEvents): void
  /** Queues bytes. There is no bound here: the user looks at `queuedBytes`. */
  send(bytes: Buffer): void
  /** Runs `sends`, hands what it sends to the kernel together, and gives its result back. Within another one it is a part of that. */
  together<T>(sends: () => T): T
  /** No more `onData` until `resume`; the peer is held back. */
  pause(): void
  resume(): void
  /** Sends what is queued, and then ends. */
  end(): void
  /** Sends these bytes and ends, without reading anything: in place of `listen`. */
  turnAway(bytes: Buffer): void
  /** Ends at once; what is queued is lost. */
  destroy(): void
}

/** A connection that was accepted and begins with TLS: nothing of it was read. */
export interface Newcomer extends Pick<Link, 'localAddress' | 'destroy'> {
  readonly peer: TcpPeer
  /** Begins the handshake. The link once it is done; rejects with TransportError if the other end fails it or goes. */
  secured(): Promise<Link>
  /** Calls `then` if the connection ends before there is a link. */
  onGone(then: () => void): void
}

/** A place that accepts links. */
export interface Listener {
  /** Where it is: the port is the real one where 0 was asked for. */
  readonly place: Place
  /** Accepts no more and resolves once no link is left; the links are for their user to end. */
  close(): Promise<void>
}
