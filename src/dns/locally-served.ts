/** Reverse zones that are private by definition: the world's servers know nothing of them, and are not asked (RFC 6303). */
import type { AuthorityData, ByteString } from '../resolver/index.ts'
import type { Answer } from './answer.ts'
import { RCODE } from './dns2.ts'

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** The zones of RFC 6303, 4, and those that were added since (RFC 7793: 100.64.0.0/10). */
const ZONES: ReadonlySet<ByteString> = new Set([
  ...['0', '10', '127', '254.169', '168.192', '2.0.192', '100.51.198', '113.0.203', '255.255.255.255'].map(inAddr),
  ...range(16, 31).map((octet) => inAddr(`${octet}.172`)),
  ...range(64, 127).map((octet) => inAddr(`${octet}.100`)),
  `${'0.'.repeat(32)}ip6.arpa`,
  `1.${'0.'.repeat(31)}ip6.arpa`,
  ...['d.f', '8.e.f', '9.e.f', 'a.e.f', 'b.e.f', '8.b.d.0.1.0.0.2'].map((nibbles) => `${nibbles}.ip6.arpa`),
])

function inAddr(octets: string): ByteString {
  return `${octets}.in-addr.arpa`
}

/** How long such a no may be kept (RFC 6303, 3). */
const TTL = 10800

/** The no for a name in such a zone; undefined for all other names. */
export function locallyServed(labels: readonly ByteString[]): Answer | undefined {
  if (labels.at(-1) !== 'arpa') return undefined
  const below = labels.findIndex((_, i) => ZONES.has(labels.slice(i).join('.')))
  if (below < 0) return undefined
  const denial = { origin: undefined, below, soa: emptyAuthority(labels.slice(below).join('.')), ttl: TTL }
  const rcode = below === 0 ? RCODE.NOERROR : RCODE.NXDOMAIN
  return { rcode, records: [], ttl: TTL, denial, lasting: false, foreign: false }
}

/** The SOA of an empty zone (RFC 6303, 3). */
function emptyAuthority(origin: ByteString): AuthorityData {
  const times = { serial: 1, refresh: 3600, retry: 1200, expire: 604800, minimum: TTL }
  return { type: 'SOA', mname: origin, rname: 'nobody.invalid', ...times }
}
