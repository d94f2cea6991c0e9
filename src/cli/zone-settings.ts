import type { Address } from '../config/index.ts'
import { recordAddress, type ZoneSettings } from '../resolver/index.ts'
import type { Settings } from './settings.ts'

/** How long names may be kept by who asked, in seconds. */
const TTL = 30
/** How long absent names may be kept, in seconds. */
const NEGATIVE_TTL = 5

/** What zones need besides the snapshot. `port` is the kickback service's, `own` the address that nodes know us by. */
export function zoneSettings({ dns }: Pick<Settings, 'dns'>, port: number, own: Address | undefined): ZoneSettings {
  const named = dns.map(({ address }) => address).filter(({ bytes }) => bytes.some((byte) => byte !== 0))
  const addresses = named.length > 0 || own === undefined ? named : [own]
  return { ttl: TTL, negativeTtl: NEGATIVE_TTL, ns: [], own: addresses.map(recordAddress), rname: '', port }
}
