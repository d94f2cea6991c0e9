/** What is wrong with the zones of a snapshot: faults that DNS, or a secondary, would meet when it serves them. */
import { type Address, foldCase, formatAddress } from '../../values/index.ts'
import { hosts } from '../databases/hosts.ts'
import type { ByteString, ReverseCut } from '../records/entries.ts'
import { isWide, ZONES_OF_RANGE_MAX } from './cut.ts'
import { isDomainName, NAME_TEXT_MAX } from './domain-name.ts'
import { SERVICE } from './forward.ts'
import { masters, nameServers } from './settings.ts'
import type { Zones } from './zones.ts'

/** One fault. */
export interface ZoneProblem {
  readonly severity: 'error' | 'warning'
  /** A stable code. */
  readonly code:
    | 'dns-name-too-long'
    | 'domain-is-reverse-zone'
    | 'name-server-without-address'
    | 'many-addresses'
    | 'many-reverse-zones'
  readonly message: string
}

/** The most records of one type at a name that BIND takes unless it is told otherwise (max-records-per-type, since 9.18.28). */
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
  const longest = hosts.reduce((most, name) => (name.length > most.length ? name : most), '')
  return hosts.length === 0 ? problems : [...problems, tooLong('name of a host', longest, hosts.length - 1)]
}

function longHostNames(zones: Zones): ByteString[] {
  if (zones.snapshot.domain.length <= ROOMY_DOMAIN && !zones.snapshot.hasDottedHosts) return []
  const found: ByteString[] = []
  for (const { record } of zones.snapshot.records('hosts')) {
    for (const name of hosts.decode(record).names) {
      const absolute = zones.absolute(name)
      if (absolute.length > NAME_TEXT_MAX) found.push(absolute)
    }
  }
  return found
}

function tooLong(what: string, name: ByteString, others: number): ZoneProblem {
  const more = others === 0 ? '' : `, as would ${others} others`
  const message = `the ${what} would be "${name.slice(0, 30)}...", which has ${name.length} bytes${more}; a DNS name can have ${NAME_TEXT_MAX}: use a shorter domain`
  return { severity: 'error', code: 'dns-name-too-long', message }
}

/** A domain that is the name of a reverse zone too: one name can't be two zones. */
function twofoldZone({ forward, reverse }: Zones): ZoneProblem[] {
  if (!reverse.some(({ origin }) => origin === forward?.origin)) return []
  const message = `the domain ${forward?.origin} is the reverse zone of the cluster's addresses: use another domain`
  return [{ severity: 'error', code: 'domain-is-reverse-zone', message }]
}

/** Name servers that lie in our own zone, where nobody finds an address of them. */
function serversWithoutAddress(zones: Zones): ZoneProblem[] {
  return nameServers(zones.snapshot, zones.settings).flatMap(({ name }): ZoneProblem[] => {
    const labels = foldCase(name).split('.')
    const held = zones.holding(labels)
    const records = held?.zone.at(labels.slice(0, held.below)) ?? []
    if (held === undefined || !isDomainName(name) || records.some(({ type }) => type === 'A' || type === 'AAAA'))
      return []
    const message = `the name server ${name} is in our domain and has no address: add a host line, or write dns.ns as NAME=ADDRESS`
    return [{ severity: 'warning', code: 'name-server-without-address', message }]
  })
}

/** Hosts with more addresses than every secondary takes. Only a long record can have so many. */
function crowdedNames(zones: Zones): ZoneProblem[] {
  const problems: ZoneProblem[] = []
  for (const { record } of zones.snapshot.records('hosts')) {
    if (record.length <= 4 * ADDRESSES_MAX) continue
    const { names, addresses } = hosts.decode(record)
    const inet = addresses.filter(({ family }) => family === 4).length
    const most = Math.max(inet, addresses.length - inet)
    if (most <= ADDRESSES_MAX) continue
    const message = `"${names[0]}" has ${most} addresses: BIND as a secondary takes at most ${ADDRESSES_MAX} for a name, and refuses the zone (max-records-per-type)`
    problems.push({ severity: 'warning', code: 'many-addresses', message })
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
    const [from, to] = [first, last].map((address) => formatAddress(address))
    const message = `the range ${from} to ${to} would need more than ${ZONES_OF_RANGE_MAX} reverse zones, so it gets wider ones, which change if the range changes: name the zones in dns.reverse_zones`
    return { severity: 'warning', code: 'many-reverse-zones', message }
  })
}

function isInside({ family, bytes }: Address, cut: ReverseCut): boolean {
  return family === cut.family && cut.prefix.every((octet, i) => bytes[i] === octet)
}
