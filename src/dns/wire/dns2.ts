/**
 * The only file that imports dns2: its sockets, its constants, and its parser for messages that are rare. Its own
 * handling of queries is taken off the sockets, since it materialises whole messages, reads names with dots in a label as
 * two, caps no reply and bounds no connection.
 */
import type { Socket } from 'node:dgram'
import type { Server } from 'node:net'
import { Packet, TCPServer, UDPServer } from 'dns2'

/** Record types by name (RFC 1035 and later). dns2 has no DS, IXFR and TSIG, and calls OPT by what it is for. */
export const TYPE = {
  A: Packet.TYPE.A,
  NS: Packet.TYPE.NS,
  SOA: Packet.TYPE.SOA,
  PTR: Packet.TYPE.PTR,
  HINFO: Packet.TYPE.HINFO,
  TXT: Packet.TYPE.TXT,
  AAAA: Packet.TYPE.AAAA,
  SRV: Packet.TYPE.SRV,
  OPT: Packet.TYPE.EDNS,
  DS: 43,
  TSIG: 250,
  IXFR: 251,
  AXFR: Packet.TYPE.AXFR,
  ANY: Packet.TYPE.ANY,
} as const
/** Classes by name. */
export const CLASS = Packet.CLASS
/** Response codes by name; those above 15 need an OPT or TSIG record to be told in. */
export const RCODE = Packet.RCODE
/** Operation codes (RFC 1035, RFC 1996, RFC 2136). */
export const OPCODE = { QUERY: 0, NOTIFY: 4 } as const

/** Bytes that wait in the kernel for a busy process: a burst of a few ten thousand queries. */
const RECEIVE_BUFFER = 4 << 20

/**
 * A UDP socket that hands messages to nobody yet. Its look-up of a peer's address is synchronous: replies go to numeric
 * addresses alone, and the usual way costs a seventh of all queries.
 */
export function udpSocket(family: 4 | 6): Socket {
  const options = {
    type: `udp${family}`,
    ipv6Only: family === 6,
    recvBufferSize: RECEIVE_BUFFER,
    lookup: (host: string, _: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, host, family),
  }
  // dns2 passes this on to dgram, which takes an object; its own types know only the name.
  const socket = new UDPServer({ type: options as unknown as 'udp4' })
  socket.removeAllListeners('message')
  return socket
}

/** A TCP server that hands connections to nobody yet; they stay writable when the peer has said its last (half-open). */
export function tcpServer(): Server {
  const server = new TCPServer()
  server.removeAllListeners('connection')
  return server
}

/** What is read of a rare message: the serial of an IXFR request or of a peer's SOA, and whether all could be read. */
interface RareMessage {
  readonly rcode: number
  readonly serial: number | undefined
}

/** Reads a message of a rare kind. Undefined if it can't be read whole. */
export function parseRare(message: Uint8Array): RareMessage | undefined {
  try {
    const packet = Packet.parse(Buffer.from(message.buffer, message.byteOffset, message.length))
    const soa = [...packet.answers, ...packet.authorities].find((record) => record.type === Packet.TYPE.SOA)
    return { rcode: packet.header.rcode, serial: soa?.serial }
  } catch {
    return undefined
  }
}
