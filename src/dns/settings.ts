/** The settings of the front end, resolved: nothing is undefined, nothing is text that still has to be read. */

import type { AccessPolicy, ByteString } from '../resolver/index.ts'
import type { Endpoint } from '../values/index.ts'

/** Where a request comes from: the address in text, as sockets give it. */
export interface Peer {
  readonly address: string
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
  readonly endpoint: Endpoint
  readonly key: TsigKey | undefined
}

/** The settings of the front end. */
export interface DnsSettings {
  /** Where to answer. A wildcard address means every address of the machine, also those that come later. */
  readonly listen: readonly Endpoint[]
  /** `dns.secondaries`. */
  readonly secondaries: readonly Secondary[]
  /** `dns.tsig`: all keys. */
  readonly tsig: readonly TsigKey[]
  /** `--forward`: the resolvers that other names are asked of, in order. */
  readonly forward: readonly Endpoint[]
  /** `dns.fallthrough`: the servers that names which our zones lack are asked of, in order. */
  readonly fallthrough: readonly Endpoint[]
  /** `dns.forward_zones`: zones of names that are special by standard which the resolvers of `forward` know nevertheless. */
  readonly forwardZones: readonly ByteString[]
  /** Who may ask besides those that the snapshot knows. */
  readonly access: AccessPolicy
  /** Whether queries are logged, at a bounded rate. */
  readonly logQueries?: boolean
}
