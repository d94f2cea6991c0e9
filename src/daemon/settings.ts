/** The settings of the daemons, resolved: nothing is text that still has to be read. */

import type { KeyObject } from 'node:crypto'
import type { BootSettings } from '../boot/index.ts'
import type { DnsSettings } from '../dns/index.ts'
import type { Place } from '../kickback/index.ts'
import type { AccessPolicy } from '../resolver/index.ts'
import { type Endpoint, type HostPort, type HttpAddress, type Log, QueryLog } from '../values/index.ts'
import type { BuildRules } from './candidate/reading.ts'
import type { SourcePaths } from './sources/source-file.ts'

/** The settings of both daemons. */
interface DaemonSettings {
  /** Where sockets and published snapshots are. */
  readonly runDir: string
  /** Where the last good snapshot is kept, and what a master needs over a restart. */
  readonly stateDir: string
  readonly dns: DnsSettings
  /** Whose queries are logged. */
  readonly logQueries: 'off' | 'dns' | 'kickback' | 'all'
  /** How many processes answer DNS. */
  readonly dnsProcesses: number
  /** The name of the user that DNS and HTTP run as, where the daemon is root. */
  readonly dnsUser: string
  /** Where HTTP is answered: the page, and metrics; null for nowhere. */
  readonly http: HostPort | null
}

/** The log of the queries of nodes and programs, where it is wanted. */
export function queryLogOf({ logQueries }: Pick<DaemonSettings, 'logQueries'>, log: Log): QueryLog | undefined {
  return logQueries === 'kickback' || logQueries === 'all' ? new QueryLog({ log }) : undefined
}

/** The settings of a master. */
export interface MasterSettings extends DaemonSettings {
  readonly sources: SourcePaths
  readonly rules: BuildRules
  /** Where the kickback protocol is answered over TCP; empty for loopback and the address that nodes know us by. */
  readonly listen: readonly Endpoint[]
  /** Where objects are given by HTTP; empty for nowhere. */
  readonly objects: readonly Endpoint[]
  /** The same over TLS; empty for the addresses that nodes know us by, and the next port, where `listen` is empty too. */
  readonly listenTls: readonly Endpoint[]
  /** How machines get addresses and images; undefined where they do not get them here. */
  readonly boot?: BootSettings | undefined
  /** How machines are asked whether they are there, that do not follow. */
  readonly ping: 'arp' | 'off'
  /** Who may ask besides those that the snapshot knows. */
  readonly policy: AccessPolicy
}

/** The settings of a proxy. */
export interface ProxySettings extends DaemonSettings {
  /** The masters to follow, first choice first; at least one. */
  readonly masters: readonly Place[]
  /** The cluster's public key; undefined to believe any master. */
  readonly key: KeyObject | undefined
  /** Whether this node asks for a certificate. */
  readonly certificate: boolean
  /** Where sshd has its keys; null: masters are told of none. */
  readonly hostKeys: string | null
  /** For how long this machine may have shadow entries while no master is in step with it, in seconds. */
  readonly shadowMaxAge: number
  /** The HTTP server from which this node fetches bodies; null for the one of the generation. */
  readonly objectsUrl: HttpAddress | null
  /** The login.defs(5) of this node. */
  readonly loginDefs: string
  /** This node's own account files. */
  readonly passwd: string
  readonly group: string
  /** The accounts to take whatever their ids. */
  readonly users: readonly string[]
  readonly groups: readonly string[]
}
