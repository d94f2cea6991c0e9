/**
 * Names that are special by standard: public servers do not know them, and are not asked. They are the reverse zones of
 * private networks (RFC 6303, RFC 7793), `localhost`, `test` and `invalid` (RFC 6761), `local` (RFC 6762), `onion` (RFC 7686),
 * `home.arpa` (RFC 8375), `resolver.arpa` (RFC 9462) and `service.arpa` (RFC 9665).
 */
import type { AuthorityData, ByteString, RecordData } from '../../resolver/index.ts'
import { RCODE, TYPE } from '../wire/dns2.ts'
import type { Answer } from './answer.ts'
import { isAmong, isWithin } from './names-above.ts'

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** The zones of RFC 6303, 4, and those that were added since (RFC 7793: 100.64.0.0/10). */
const REVERSE: readonly ByteString[] = [
  ...['0', '10', '127', '254.169', '168.192', '2.0.192', '100.51.198', '113.0.203', '255.255.255.255'].map(inAddr),
  ...range(16, 31).map((octet) => inAddr(`${octet}.172`)),
  ...range(64, 127).map((octet) => inAddr(`${octet}.100`)),
  `${'0.'.repeat(32)}ip6.arpa`,
  `1.${'0.'.repeat(31)}ip6.arpa`,
  ...['d.f', '8.e.f', '9.e.f', 'a.e.f', 'b.e.f', '8.b.d.0.1.0.0.2'].map((nibbles) => `${nibbles}.ip6.arpa`),
]

function inAddr(octets: string): ByteString {
  return `${octets}.in-addr.arpa`
}

const LOCALHOST = 'localhost'
/** Its delegation can be asked for: validating resolvers have to learn that it is not signed (RFC 8375, 4). */
const HOME = 'home.arpa'

const ZONES: ReadonlySet<ByteString> = new Set([
  ...REVERSE,
  ...[LOCALHOST, 'test', 'invalid', 'local', 'onion', HOME, 'resolver.arpa', 'service.arpa'],
])

/** The reverse zones of networks that sites number by themselves (RFC 1918, RFC 6598, RFC 4193). */
const PRIVATE: ReadonlySet<ByteString> = new Set([
  ...['10', '168.192'].map(inAddr),
  ...range(16, 31).map((octet) => inAddr(`${octet}.172`)),
  ...range(64, 127).map((octet) => inAddr(`${octet}.100`)),
  'd.f.ip6.arpa',
])

/** Whether a name is the reverse name of a private network, or below one: a site may well serve it. */
export function isPrivateReverse(labels: readonly ByteString[]): boolean {
  return isWithin(PRIVATE, labels)
}

/** How long such an answer may be kept (RFC 6303, 3), in seconds. */
const TTL = 10800

/** What `localhost` and all names below it are (RFC 6761, 6.3). */
const LOOPBACK: readonly RecordData[] = [
  { type: 'A', address: Uint8Array.of(127, 0, 0, 1) },
  { type: 'AAAA', address: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) },
]

/** The answer for a name that is special, mostly that it does not exist; undefined for all other names. */
export function specialAnswer(labels: readonly ByteString[], type: number): Answer | undefined {
  const below = labels.findIndex((_, i) => isAmong(ZONES, labels.slice(i)))
  if (below < 0) return undefined
  const origin = labels.slice(below).join('.')
  if (origin === HOME && below === 0 && type === TYPE.DS) return undefined
  const isLoopback = origin === LOCALHOST
  const records = isLoopback ? LOOPBACK.filter((data) => TYPE[data.type] === type) : []
  const rcode = below === 0 || isLoopback ? RCODE.NOERROR : RCODE.NXDOMAIN
  const denial = records.length > 0 ? undefined : { origin: undefined, below, soa: emptyAuthority(origin), ttl: TTL }
  return { rcode, records, ttl: TTL, denial, lasting: false, foreign: false }
}

/** Whether a name is one of this machine itself. */
export function isLocalhost(labels: readonly ByteString[]): boolean {
  return labels.at(-1) === LOCALHOST
}

/** The SOA of an empty zone (RFC 6303, 3). */
function emptyAuthority(origin: ByteString): AuthorityData {
  const times = { serial: 1, refresh: 3600, retry: 1200, expire: 604800, minimum: TTL }
  return { type: 'SOA', mname: origin, rname: 'nobody.invalid', ...times }
}
