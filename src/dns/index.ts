/** The DNS front end: what the command line may use of it. */
export type { DnsCounters } from './counters.ts'
export { ownServers } from './forward/own-servers.ts'
export { secondarySerials } from './secondary-serials.ts'
export { createDnsServer, type DnsServer } from './server.ts'
export type { DnsSettings, Secondary, TsigKey } from './settings.ts'
