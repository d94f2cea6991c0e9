/** Snapshots of configurations and settings, for the tests of the front end. */

import { networkInterfaces } from 'node:os'
import { parseConfig } from '../../src/config/index.ts'
import { createDnsServer, type DnsServer, type DnsSettings } from '../../src/dns/index.ts'
import { readAccounts } from '../../src/resolver/accounts/accounts.ts'
import type { PublicContents } from '../../src/resolver/databases/contents.ts'
import {
  buildPublic,
  publicContents,
  Snapshot,
  stamp,
  USUAL_ZONES,
  type ZoneSettings,
} from '../../src/resolver/index.ts'
import { background, type Endpoint, type Log, wallClock } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'

/** A log that says nothing. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** What the tests say of a snapshot besides its configuration. */
export type SnapshotSettings = { readonly domain?: string } & Partial<ZoneSettings>

/** The contents of a configuration's text, without accounts, with the usual settings of zones but for those that are given. */
export function contentsOf(config: string, { domain = 'cluster.internal', ...more }: SnapshotSettings = {}) {
  const { cluster, diagnostics } = parseConfig(Buffer.from(config))
  const faults = diagnostics.filter((diagnostic) => diagnostic.severity === 'error')
  if (faults.length > 0) throw new Error(`the configuration of a test is wrong: ${JSON.stringify(faults)}`)
  const accounts = readAccounts({ passwd: undefined, group: undefined })
  const interfaceAddresses = cluster.interface?.addresses ?? []
  const sources = { cluster, interfaceAddresses, domain, accounts, accountsComplete: true }
  return publicContents({ ...sources, zones: { ...USUAL_ZONES, ...more } })
}

/** The snapshot of contents. */
export function snapshotWith(contents: PublicContents, generation = 1): Snapshot {
  const bytes = buildPublic(contents)
  stamp(bytes, { generation })
  return Snapshot.open(bytes)
}

/** The snapshot of a configuration's text. */
export function snapshotOf(config: string, generation = 1, settings: SnapshotSettings = {}): Snapshot {
  return snapshotWith(contentsOf(config, settings), generation)
}

/** An endpoint at an address. */
export function endpoint(host: string, port: number): Endpoint {
  return { address: ip(host), host, port }
}

/** Settings: one endpoint on loopback with a port that the system chooses, and nothing else. */
export function settingsOf(more: Partial<DnsSettings> = {}): DnsSettings {
  const access = { allow: [] }
  const listen = [endpoint('127.0.0.1', 0)]
  return {
    listen,
    secondaries: [],
    tsig: [],
    forward: [],
    fallthrough: [],
    forwardZones: [],
    access,
    ...more,
  }
}

/** What a server of a test is made with besides its settings. */
type ServerParts = Partial<Omit<Parameters<typeof createDnsServer>[0], 'settings' | 'snapshot'>>

/** The environment variable that has the servers of tests take packets one by one, as on a machine without the native part. */
export const ONE_BY_ONE = 'KICKBACK_TEST_PACKETS_ONE_BY_ONE'

/** A server on loopback. */
export function startServer(
  snapshot: Snapshot,
  more: Partial<DnsSettings> = {},
  parts: ServerParts = {},
): Promise<DnsServer> {
  const packets = process.env[ONE_BY_ONE] === undefined ? {} : { packets: undefined }
  const usual = { log: SILENT, clock: background, time: () => wallClock() / 1000, ...packets }
  return createDnsServer({ settings: settingsOf(more), snapshot, ...usual, ...parts })
}

/** An address of this machine that is not loopback; undefined where it has none. */
export function outsideAddress(): string | undefined {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  return own.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
}
