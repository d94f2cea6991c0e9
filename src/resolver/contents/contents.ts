/** Everything that was read to what a snapshot holds. The same sources give the same contents, on every machine. */

import type { Cluster } from '../../config/index.ts'
import type { Address } from '../../values/index.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { PublicContents, ShadowContents } from '../databases/contents.ts'
import type { HostEntry } from '../databases/hosts.ts'
import { DATABASE_NAMES, DATABASES, type DatabaseName } from '../databases/table.ts'
import { HOST_KINDS, LAYOUT } from '../layout.ts'
import type { LoginRule } from '../logins/rules.ts'
import { byteString, type ZoneSettings } from '../records/entries.ts'
import { etherEntries } from './ethers.ts'
import { hostEntries } from './hosts.ts'
import { netgroupEntries, withFileNetgroups } from './netgroups.ts'
import { nameMakers, patternEntries } from './nodenames.ts'
import { mastersEntries, rangeEntries } from './ranges.ts'

/** What a snapshot is made from. */
export interface Sources {
  readonly cluster: Cluster
  /**
   * The addresses of the master's private interface, at most one of each family: the config's, else the system's; none if
   * unknown.
   */
  readonly interfaceAddresses: readonly Address[]
  /** The cluster's domain, without a final dot; empty for none. */
  readonly domain: string
  /** What decides the zones of DNS besides names and addresses. */
  readonly zones: ZoneSettings
  /** The URL at which nodes fetch bodies first; none unless set. */
  readonly objects?: string
  /** Who may log in on which nodes; everybody everywhere unless set. */
  readonly logins?: readonly LoginRule[]
  readonly accounts: Accounts
  /** Whether `accounts` are complete. If not, an account that is not among them is asked of the daemon. */
  readonly accountsComplete: boolean
}

/** The contents of the public snapshot. */
export function publicContents(sources: Sources): PublicContents {
  const { cluster, interfaceAddresses, accounts } = sources
  const makers = nameMakers(cluster)
  const names = { cluster, interfaceAddresses, makers }
  const domain = byteString(sources.domain)
  const hosts = hostEntries(names)
  return {
    inputs: inputsOf(sources),
    domain,
    zones: zonesOf(sources.zones, hosts),
    objects: byteString(sources.objects ?? ''),
    logins: sources.logins ?? [],
    patterns: patternEntries(makers),
    ranges: rangeEntries(names),
    masterorder: mastersEntries(names),
    passwd: accounts.passwd,
    group: accounts.group,
    // Of a user whose groups are not all listed, some are worse than none: they would be taken for all.
    initgroups: sources.accountsComplete ? accounts.initgroups : [],
    hosts,
    ethers: etherEntries(names),
    netgroup: withFileNetgroups(netgroupEntries(cluster, makers, domain), accounts.netgroups),
    ...accounts.files,
    complete: completeDatabases(sources.accountsComplete),
  }
}

/** The settings of zones without what decides nothing: two masters that are named need not agree on where they answer DNS. */
function zonesOf(zones: ZoneSettings, hosts: readonly HostEntry[]): ZoneSettings {
  const isNamed = zones.ns.length > 0 || hosts.some(({ kind }) => kind === HOST_KINDS.MASTER)
  return isNamed ? { ...zones, own: [] } : zones
}

/** The contents of the shadow snapshot. They come from a file, which has all. */
export function shadowContents(sources: Sources): ShadowContents {
  return { inputs: inputsOf(sources), shadow: sources.accounts.shadow, complete: true }
}

function completeDatabases(accounts: boolean): ReadonlySet<DatabaseName> {
  return new Set(DATABASE_NAMES.filter((name) => accounts || DATABASES[name].complete === 'always'))
}

/** The rules that the contents were made by. No paths and no times: two masters with equal files agree. */
function inputsOf({ domain, accounts }: Sources): ReadonlyMap<string, string> {
  const list = (names: readonly string[]): string => [...new Set(names)].sort().join(',')
  const { excludeUsers = [], excludeGroups = [] } = accounts.also
  return new Map([
    ['layout', String(LAYOUT)],
    ['domain', domain],
    ['uid_min', String(accounts.uidMin)],
    ['uid_max', String(accounts.uidMax)],
    ['gid_min', String(accounts.gidMin)],
    ['gid_max', String(accounts.gidMax)],
    ['also_users', list(accounts.also.users)],
    ['also_groups', list(accounts.also.groups)],
    ['disabled_users', accounts.disabledUsers],
    // What is not set is not there: as it was before there were these settings.
    ...(excludeUsers.length > 0 ? [['exclude_users', list(excludeUsers)] as const] : []),
    ...(excludeGroups.length > 0 ? [['exclude_groups', list(excludeGroups)] as const] : []),
  ])
}
