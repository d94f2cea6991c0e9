/** The settings of the front end, resolved: nothing is undefined, nothing is text that still has to be read. */
import type { Address } from '../config/index.ts'
import {
  type AccessPolicy,
  type ByteString,
  layout,
  type NameServer,
  type RecordAddress,
  type ZoneSettings,
} from '../resolver/index.ts'

/** An address and port. `host` is the address in text, as sockets take it. */
export interface DnsEndpoint {
  readonly address: Address
  readonly host: string
  readonly port: number
}

/** A key that both ends of a transfer know (RFC 8945); hmac-sha256. */
export interface TsigKey {
  /** The name of the key: absolute, without the final dot. */
  readonly name: ByteString
  readonly secret: Uint8Array
}

/** A server that may copy the zones and is told of each generation. With a key it has to use it. */
export interface Secondary {
  readonly endpoint: DnsEndpoint
  readonly key: TsigKey | undefined
}

/** The settings of the front end. */
export interface DnsSettings {
  /** Where to answer. A wildcard address means every address of the machine, also those that come later. */
  readonly listen: readonly DnsEndpoint[]
  /** `dns.ttl`: how long records may be kept, in seconds. */
  readonly ttl: number
  /** `dns.negative_ttl`: how long the absence of a name may be kept, in seconds; the minimum of the SOA. */
  readonly negativeTtl: number
  /** `dns.ns`: the servers of the zones. Empty: the masters, else `ns.DOMAIN` at the addresses of `listen`. */
  readonly ns: readonly NameServer[]
  /** `dns.rname`: the mailbox of who is responsible, as a name; empty for `hostmaster.DOMAIN`. */
  readonly rname: ByteString
  /** The TCP port of the kickback service, which the SRV record tells. */
  readonly servicePort: number
  /** `dns.secondaries`. */
  readonly secondaries: readonly Secondary[]
  /** `dns.tsig`: all keys. */
  readonly tsig: readonly TsigKey[]
  /** `--forward`: the resolvers that other names are asked of, in order. */
  readonly forward: readonly DnsEndpoint[]
  /** `dns.fallthrough`: the servers that names which our zones lack are asked of, in order. */
  readonly fallthrough: readonly DnsEndpoint[]
  /** Who may ask besides those that the snapshot knows. */
  readonly access: AccessPolicy
}

/** The settings that one does not give: all but where to listen. */
export const DNS_DEFAULTS: DnsSettings = {
  listen: [],
  ttl: 30,
  negativeTtl: 5,
  ns: [],
  rname: '',
  servicePort: 3045,
  secondaries: [],
  tsig: [],
  forward: [],
  fallthrough: [],
  access: { allow: [] },
}

/** What the zones need of the settings. */
export function zoneSettings(settings: DnsSettings): ZoneSettings {
  const { ttl, negativeTtl, ns, rname, servicePort: port } = settings
  const own = settings.listen.filter(({ address }) => !isWildcard(address)).map(({ address }) => recorded(address))
  return { ttl, negativeTtl, ns, rname, port, own: own.filter(isFirst) }
}

/** Whether an address means every address: 0.0.0.0 or ::. */
export function isWildcard(address: Address): boolean {
  return address.bytes.every((byte) => byte === 0)
}

function recorded({ family, bytes }: Address): RecordAddress {
  return { family: family === 4 ? layout.FAMILIES.INET : layout.FAMILIES.INET6, bytes }
}

function isFirst(address: RecordAddress, i: number, all: readonly RecordAddress[]): boolean {
  return i === all.findIndex((other) => Buffer.compare(other.bytes, address.bytes) === 0)
}
