/** Endpoints: a numeric address with a TCP or UDP port. Names are never resolved. */
import { type Address, formatAddress, parseAddress } from './address.ts'

/** Where a socket is or is to be. */
export interface Endpoint {
  readonly address: Address
  /** The address in text, as sockets take it. */
  readonly host: string
  /** 0 lets the system choose, where one listens. */
  readonly port: number
}

/** The part of an endpoint that sockets take. */
export type HostPort = Pick<Endpoint, 'host' | 'port'>

/** The endpoint of an address and a port. */
export function endpointAt(address: Address, port: number): Endpoint {
  return { address, host: formatAddress(address), port }
}

const ENDPOINT = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/

/**
 * Reads `10.0.0.1:3045`, `[fd00::1]:3045`, `*:3045` (0.0.0.0) or `localhost:3045` (127.0.0.1). Where there is a usual port it
 * may be left out, and the brackets with it. Undefined for anything else.
 */
export function parseEndpoint(text: string, usualPort?: number): Endpoint | undefined {
  const [, bracketed, plain, written] = ENDPOINT.exec(text) ?? []
  const address = parseAddress(NAMED.get(bracketed ?? plain ?? text) ?? bracketed ?? plain ?? text)
  const port = written === undefined ? usualPort : Number(written)
  if (address === undefined || port === undefined || port > 65535) return undefined
  return endpointAt(address, port)
}

/** What people write for an address. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['localhost', '127.0.0.1'],
  ['*', '0.0.0.0'],
])

/** The endpoint as people write it: `10.0.0.1:3045`, `[fd00::1]:3045`. */
export function formatEndpoint({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
