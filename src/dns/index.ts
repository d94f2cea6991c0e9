/** The DNS front end: what the command line may use of it. */

export { loadPackets } from './batch/packets.ts'
export { type DnsCounters, newCounters } from './counters.ts'
export { ownServers } from './forward/own-servers.ts'
export { secondarySerials } from './secondary-serials.ts'
export { createDnsServer, type DnsServer } from './server.ts'
export type { DnsSettings, Secondary, TsigKey } from './settings.ts'
export { SHARE_SECRET_SIZE, type Share } from './share/share.ts'
