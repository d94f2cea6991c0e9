/** The DNS front end: what the command line may use of it. */
export type { DnsCounters } from './counters.ts'
export { createDnsServer, type DnsOptions, type DnsServer } from './server.ts'
export type { DnsEndpoint, DnsSettings, Secondary, TsigKey } from './settings.ts'
