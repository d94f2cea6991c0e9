/** The apex of the zones of a snapshot: their servers, their authority, and the records at the top of each. */
import type { Address } from '../../values/index.ts'
import type { HostEntry } from '../databases/hosts.ts'
import { HOST_KINDS } from '../layout.ts'
import type { ByteString, NameServer, ZoneSettings } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { AuthorityData, RecordData } from './record.ts'

/** How often a secondary asks, how soon again after silence, when it gives up; seconds. NOTIFY comes much sooner. */
const SECONDARY_TIMES = { refresh: 300, retry: 60, expire: 1209600 } as const

/** The masters that the snapshot has records of, in order. */
export function masters(snapshot: Snapshot): HostEntry[] {
  const single = masterNamed(snapshot, 'master')
  if (single !== undefined) return [single]
  const found: HostEntry[] = []
  for (let i = 0; ; i++) {
    const master = masterNamed(snapshot, `master${i}`)
    if (master === undefined) return found
    found.push(master)
  }
}

function masterNamed(snapshot: Snapshot, name: ByteString): HostEntry | undefined {
  const entry = snapshot.find('hosts', { name })
  return entry?.kind === HOST_KINDS.MASTER ? entry : undefined
}

/** The absolute name of a host: a name with a dot of its own is that already. */
export function absoluteName(snapshot: Snapshot, name: ByteString): ByteString {
  return name.includes('.') || snapshot.domain === '' ? name : `${name}.${snapshot.domain}`
}

/** The servers of the zones; there is always one. */
export function nameServers(snapshot: Snapshot, settings: ZoneSettings): readonly [NameServer, ...NameServer[]] {
  const [first, ...others] = settings.ns
  if (first !== undefined) return [first, ...others]
  const [master, ...further] = masters(snapshot).map(({ names: [name = ''], addresses }) => ({
    name: absoluteName(snapshot, name),
    addresses,
  }))
  if (master !== undefined) return [master, ...further]
  if (settings.own.length > 0) return [{ name: absoluteName(snapshot, 'ns'), addresses: settings.own }]
  return [{ name: 'localhost', addresses: [] }]
}

/** The records at the top of every zone. */
export interface Apex {
  readonly authority: AuthorityData
  /** All of them, the start of authority first. */
  readonly records: readonly RecordData[]
}

/** The apex of every zone of a snapshot. */
export function apexOf(snapshot: Snapshot, settings: ZoneSettings): Apex {
  const servers = nameServers(snapshot, settings)
  const authority: AuthorityData = {
    type: 'SOA',
    mname: servers[0].name,
    rname: settings.rname === '' ? absoluteName(snapshot, 'hostmaster') : settings.rname,
    serial: serialOf(snapshot),
    ...SECONDARY_TIMES,
    minimum: settings.negativeTtl,
  }
  return { authority, records: [authority, ...servers.map(({ name }): RecordData => ({ type: 'NS', target: name }))] }
}

/** The same apex in another generation. */
export function renewedApex({ authority, records }: Apex, snapshot: Snapshot): Apex {
  const renewed = { ...authority, serial: serialOf(snapshot) }
  return { authority: renewed, records: [renewed, ...records.slice(1)] }
}

/** The serial of every zone: the generation modulo 2^32 (RFC 1982). */
function serialOf({ generation }: Snapshot): number {
  return generation % 2 ** 32
}

/** What zones are made of, besides their apex. */
export interface ZoneContent {
  readonly snapshot: Snapshot
  readonly settings: ZoneSettings
  /** Whether an absolute name is one of NamesBetween. */
  readonly isBetween: (name: ByteString) => boolean
}

/** Addresses as records. */
export function addressRecords(addresses: readonly Address[]): RecordData[] {
  return addresses.map(({ family, bytes }) => ({ type: family === 4 ? 'A' : 'AAAA', address: bytes }))
}
