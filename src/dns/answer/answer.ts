/** What the answer to a question is, as data (RFC 1034, 4.3.2; RFC 2308). */

import type { AuthorityData, ByteString, RecordData, Zones } from '../../resolver/index.ts'
import { foldCase } from '../../values/index.ts'
import { RCODE, TYPE } from '../wire/dns2.ts'

/** An answer from a zone or a short name. */
export interface Answer {
  readonly rcode: number
  /** The records that were asked for; the question's name owns them. */
  readonly records: readonly RecordData[]
  readonly ttl: number
  /** If there are none: what says so, the SOA record of the zone. */
  readonly denial: Denial | undefined
  /** Whether to keep the answer ready: names of the zone are, names that anybody can invent are not. */
  readonly lasting: boolean
  /** Whether a name that does not exist may exist elsewhere: it is outside the ranges of the cluster in a reverse zone. */
  readonly foreign: boolean
}

/** Addresses of a name that an answer mentions (RFC 1034, 4.3.2; RFC 2782): they save a question. */
export interface Mentioned {
  readonly name: ByteString
  readonly addresses: readonly RecordData[]
}

/** The SOA record of a negative answer, and its zone; undefined for a name in no zone of the cluster. */
export interface Denial {
  readonly origin: ByteString | undefined
  /** How many labels of the name stand before those of the zone. */
  readonly below: number
  readonly soa: AuthorityData
  readonly ttl: number
}

/** The types whose negative answers are kept ready, besides records. */
const LASTING: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.PTR, TYPE.SOA, TYPE.NS, TYPE.SRV])

/** The answer of our zones, or of a short name; undefined if the name is neither. */
export function answerFor(zones: Zones, labels: readonly ByteString[], type: number): Answer | undefined {
  const held = zones.holding(labels)
  if (held !== undefined) {
    const below = labels.slice(0, held.below)
    const found = held.zone.at(below)
    if (found !== undefined) return selected(zones, found, type, held.below, held.zone.origin)
    return { ...denied(zones, RCODE.NXDOMAIN, held.below, held.zone.origin), foreign: !held.zone.isOurs(below) }
  }
  const found = SHORT_NAME_TYPES.has(type) ? shortName(zones, labels) : undefined
  // A short name is in no zone of ours: its own name stands as the zone's, so that a negative answer can be understood.
  return found && selected(zones, found, type, 0, undefined)
}

/** A short name may also be a top-level domain, as `dev` is: kickback answers only its addresses. */
const SHORT_NAME_TYPES: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.ANY])

/** The addresses of a name that is one of our hosts' without the domain; undefined for all other names. */
export function shortName(zones: Zones, labels: readonly ByteString[]): readonly RecordData[] | undefined {
  const [label] = labels
  return labels.length === 1 && label !== undefined ? zones.shortName(label) : undefined
}

/** The records of the asked type; for ANY those of one type (RFC 8482, 4.1). */
function selected(
  zones: Zones,
  found: readonly RecordData[],
  type: number,
  below: number,
  origin: ByteString | undefined,
): Answer {
  const wanted = type === TYPE.ANY && found[0] !== undefined ? TYPE[found[0].type] : type
  const records = found.filter((data) => TYPE[data.type] === wanted)
  const lasting = LASTING.has(type)
  if (records.length === 0) return { ...denied(zones, RCODE.NOERROR, below, origin), lasting }
  return { rcode: RCODE.NOERROR, records, ttl: zones.settings.ttl, denial: undefined, lasting, foreign: false }
}

function denied(zones: Zones, rcode: number, below: number, origin: ByteString | undefined): Answer {
  const { ttl, negativeTtl } = zones.settings
  const denial = { origin, below, soa: zones.authority, ttl: Math.min(ttl, negativeTtl) }
  return { rcode, records: [], ttl, denial, lasting: false, foreign: false }
}

/** The names that NS and SRV records mention and that our zones have addresses of. */
export function mentionedIn(records: readonly RecordData[], zones: Zones): readonly Mentioned[] {
  const names = records.flatMap((data) => (data.type === 'NS' || data.type === 'SRV' ? [data.target] : []))
  return [...new Set(names)].flatMap((name) => {
    const labels = foldCase(name).split('.')
    const held = zones.holding(labels)
    const found = held?.zone.at(labels.slice(0, held.below)) ?? []
    const addresses = found.filter(({ type }) => type === 'A' || type === 'AAAA')
    return addresses.length === 0 ? [] : [{ name, addresses }]
  })
}
