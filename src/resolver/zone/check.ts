/** What is wrong with the zones of a snapshot: faults that DNS, or a secondary, would meet when it serves them. */
import type { CodeRow } from '../../config/index.ts'
import { type Address, counted, foldCase, formatAddress } from '../../values/index.ts'
import { hosts } from '../databases/hosts.ts'
import type { ByteString, ReverseCut } from '../records/entries.ts'
import { masters, nameServers } from './apex.ts'
import { isWide, ZONES_OF_RANGE_MAX } from './cut.ts'
import { isDomainName, NAME_TEXT_MAX } from './domain-name.ts'
import { SERVICE } from './forward.ts'
import type { Zones } from './zones.ts'

/** The severity and the meaning of a fault of the zones. */
export const ZONE_CODES = {
  'dns-name-too-long': {
    severity: 'error',
    meaning:
      'A name would be longer than DNS allows (253 bytes with the domain): that of a host or companion, a name server, the mailbox, or the service record.',
  },
  'domain-is-reverse-zone': {
    severity: 'error',
    meaning: 'The domain is the name of a reverse zone of the cluster’s addresses: one name cannot be two zones.',
  },
  'name-server-without-address': {
    severity: 'warning',
    meaning: 'A name server of the setting `dns.ns` lies in the domain of the cluster, which has no address for it.',
  },
  'many-addresses': {
    severity: 'warning',
    meaning:
      'A name has more than 100 addresses of one family: BIND as a secondary refuses the zone unless its max-records-per-type is raised.',
  },
  'many-reverse-zones': {
    severity: 'warning',
    meaning:
      'A range would be very many reverse zones. It has fewer and wider ones, which change when the ends of the range do: name them in the setting `dns.reverse_zones`.',
  },
} as const satisfies Record<string, CodeRow>

/** One fault of the zones. */
export interface ZoneProblem {
  readonly code: keyof typeof ZONE_CODES
  readonly message: string
  /**
   * The host, by its first name, or the first address of the range, that it is about; undefined where no line alone is at
   * fault.
   */
  readonly about?: { readonly host: ByteString } | { readonly range: Address }
}

/** The most records of one type at a name that BIND takes by default (max-records-per-type, since 9.18.28). */
const ADDRESSES_MAX = 100
/** A label has 63 bytes: with a domain of so many bytes no name of a host is too long. */
const ROOMY_DOMAIN = NAME_TEXT_MAX - 64

/** The faults, those of generated names first. */
export function zoneProblems(zones: Zones): ZoneProblem[] {
  return [
    ...longNames(zones),
    ...twofoldZone(zones),
    ...serversWithoutAddress(zones),
    ...crowdedNames(zones),
    ...wideRanges(zones),
  ]
}

/** Names that are longer than DNS allows: those of the zones themselves, and of hosts, nodes and companions. */
function longNames(zones: Zones): ZoneProblem[] {
  const { snapshot, settings, authority } = zones
  const generated = [
    ['mailbox of the zones', authority.rname],
    ...nameServers(snapshot, settings).map(({ name }) => ['name server', name] as const),
    ...(masters(snapshot).length > 0 ? [['name of the service', zones.absoluteBelow(SERVICE)] as const] : []),
  ] as const
  const problems = generated.filter(([, name]) => !isDomainName(name)).map(([what, name]) => tooLong(what, name, 0))
  const hosts = longHostNames(zones)
  const [first] = hosts
  if (first === undefined) return problems
  const longest = hosts.reduce((most, name) => (name.absolute.length > most.absolute.length ? name : most), first)
  return [...problems, { ...tooLong('name of a host', longest.absolute, hosts.length - 1), about: longest }]
}

/** Names of hosts that would be too long, each with the first name of its host. */
function longHostNames(zones: Zones): { readonly absolute: ByteString; readonly host: ByteString }[] {
  if (zones.snapshot.domain.length <= ROOMY_DOMAIN && !zones.snapshot.hasDottedHosts) return []
  const found: { readonly absolute: ByteString; readonly host: ByteString }[] = []
  for (const { record } of zones.snapshot.records('hosts')) {
    const { names } = hosts.decode(record)
    for (const name of names) {
      const absolute = zones.absolute(name)
      if (absolute.length > NAME_TEXT_MAX) found.push({ absolute, host: names[0] ?? name })
    }
  }
  return found
}

function tooLong(what: string, name: ByteString, others: number): ZoneProblem {
  const more = others === 0 ? '' : `, as would ${counted(others, 'other')}`
  const message = `the ${what} would be "${name.slice(0, 30)}...", which has ${name.length} bytes${more}; a DNS name can have ${NAME_TEXT_MAX}: use a shorter domain`
  return { code: 'dns-name-too-long', message }
}

/** A domain that is the name of a reverse zone too: one name can't be two zones. */
function twofoldZone({ forward, reverse }: Zones): ZoneProblem[] {
  if (!reverse.some(({ origin }) => origin === forward?.origin)) return []
  const message = `the domain ${forward?.origin} is the reverse zone of the cluster's addresses: use another domain`
  return [{ code: 'domain-is-reverse-zone', message }]
}

/** Name servers in a zone of the cluster that have no address there. */
function serversWithoutAddress(zones: Zones): ZoneProblem[] {
  return nameServers(zones.snapshot, zones.settings).flatMap(({ name }): ZoneProblem[] => {
    const labels = foldCase(name).split('.')
    const held = zones.holding(labels)
    const records = held?.zone.at(labels.slice(0, held.below)) ?? []
    if (held === undefined || !isDomainName(name) || records.some(({ type }) => type === 'A' || type === 'AAAA'))
      return []
    const message = `the name server ${name} is in our domain and has no address: add a host line, or write dns.ns as NAME=ADDRESS`
    return [{ code: 'name-server-without-address', message }]
  })
}

/** Hosts with more addresses than some secondaries take. Only a long record can have so many. */
function crowdedNames(zones: Zones): ZoneProblem[] {
  const problems: ZoneProblem[] = []
  for (const { record } of zones.snapshot.records('hosts')) {
    if (record.length <= 4 * ADDRESSES_MAX) continue
    const { names, addresses } = hosts.decode(record)
    const inet = addresses.filter(({ family }) => family === 4).length
    const most = Math.max(inet, addresses.length - inet)
    if (most <= ADDRESSES_MAX) continue
    const message = `"${names[0]}" has ${most} addresses: BIND as a secondary takes at most ${ADDRESSES_MAX} for a name, and refuses the zone (max-records-per-type)`
    problems.push({ code: 'many-addresses', message, about: { host: names[0] ?? '' } })
  }
  return problems
}

/** Ranges that would be very many reverse zones: their cuts are wider, and move with the ends of the range. */
function wideRanges({ snapshot, settings }: Zones): ZoneProblem[] {
  const wide = snapshot.ranges().filter((range) => isWide(range))
  const unnamed = wide.filter(
    ({ first, last }) => !settings.cuts.some((cut) => isInside(first, cut) && isInside(last, cut)),
  )
  return unnamed.map(({ first, last }): ZoneProblem => {
    const [from, to] = [first, last].map(formatAddress)
    const message = `the range ${from} to ${to} would need more than ${ZONES_OF_RANGE_MAX} reverse zones, so it gets wider ones, which change if the range changes: name the zones in dns.reverse_zones`
    return { code: 'many-reverse-zones', message, about: { range: first } }
  })
}

function isInside({ family, bytes }: Address, cut: ReverseCut): boolean {
  return family === cut.family && cut.prefix.every((octet, i) => bytes[i] === octet)
}
