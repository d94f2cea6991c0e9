import { byteString, layout, recordAddress, type ZoneSettings } from '../resolver/index.ts'
import type { Settings } from './settings.ts'

/** The settings that decide what zones hold. */
export type ZoneRules = Pick<Settings, 'dns' | 'dnsTtl' | 'dnsNegativeTtl' | 'dnsNs' | 'dnsRname' | 'dnsReverseZones'>

/** The settings of zones as a snapshot holds them. `port` is the kickback service's. */
export function zoneSettings(rules: ZoneRules, port: number): ZoneSettings {
  const { dns, dnsTtl, dnsNegativeTtl, dnsNs, dnsRname, dnsReverseZones } = rules
  const named = dns.map(({ address }) => address).filter(({ bytes }) => bytes.some((byte) => byte !== 0))
  return {
    ttl: dnsTtl,
    negativeTtl: dnsNegativeTtl,
    ns: dnsNs.map(({ name, addresses }) => ({ name: byteString(name), addresses: addresses.map(recordAddress) })),
    own: named.map(recordAddress),
    rname: byteString(dnsRname ?? ''),
    port,
    cuts: dnsReverseZones.map(({ family, prefix }) => ({
      family: family === 4 ? layout.FAMILIES.INET : layout.FAMILIES.INET6,
      prefix,
    })),
  }
}
