import type { Address } from '../config/index.ts'
import { byteString, recordAddress, type ZoneSettings } from '../resolver/index.ts'
import type { Settings } from './settings.ts'

/** What zones need besides the snapshot. `port` is the kickback service's, `own` the address that nodes know us by. */
export function zoneSettings(settings: Settings, port: number, own: Address | undefined): ZoneSettings {
  const { dns, dnsTtl, dnsNegativeTtl, dnsNs, dnsRname } = settings
  const named = dns.map(({ address }) => address).filter(({ bytes }) => bytes.some((byte) => byte !== 0))
  const addresses = named.length > 0 || own === undefined ? named : [own]
  return {
    ttl: dnsTtl,
    negativeTtl: dnsNegativeTtl,
    ns: dnsNs.map(({ name, addresses }) => ({ name: byteString(name), addresses: addresses.map(recordAddress) })),
    own: addresses.map(recordAddress),
    rname: byteString(dnsRname ?? ''),
    port,
  }
}
