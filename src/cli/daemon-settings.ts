/** What the settings say to the daemons, in the types of the daemons. */
import { availableParallelism } from 'node:os'
import type { BootSettings } from '../boot/index.ts'
import { wholeFile } from '../config/index.ts'
import {
  type AccountSettings,
  type BuildRules,
  type MasterSettings,
  openPublicKey,
  type ProxySettings,
  SOURCE_NAMES,
  type SourceName,
  userNamed,
  type ZoneRules,
} from '../daemon/index.ts'
import { byteString } from '../resolver/index.ts'
import { formatHttpAddress, isUnspecified } from '../values/index.ts'
import type { Invocation } from './command.ts'
import { dnsSettings } from './dns-settings.ts'
import type { Settings } from './settings/table.ts'

/** The settings of a master. Throws SettingsError if keys of DNS are wrong or missing. */
export function masterSettings(given: Pick<Invocation, 'settings' | 'locations'>): MasterSettings {
  const { settings } = given
  const sources = Object.fromEntries(SOURCE_NAMES.map((name) => [name, settings[name]])) as Record<SourceName, string>
  const rules = buildRules(given)
  const policy = { allow: settings.allow }
  return {
    ...settings,
    policy,
    dnsProcesses: settings.dnsProcesses ?? usualProcesses(availableParallelism()),
    dns: dnsSettings(given),
    boot: settings.boot ? bootSettings(settings) : undefined,
    sources,
    rules,
  }
}

/** The most processes of DNS that a master has by itself. */
const USUAL_PROCESSES_MAX = 4

/** How many processes of DNS a master has by itself: the other half of the processors builds generations, and answers nodes. */
function usualProcesses(processors: number): number {
  return Math.max(1, Math.min(USUAL_PROCESSES_MAX, processors >> 1))
}

/** How machines get addresses and images. */
export function bootSettings({ bootListen: listen, bootImages: images, ...settings }: Settings): BootSettings {
  const {
    bootDhcp: server,
    bootNetworks: networks,
    bootDns: dns,
    bootLease: lease,
    bootTftp: tftp,
    bootBeside: beside,
    bootSharedConfig: sharedConfig,
  } = settings
  return { listen, images, sharedConfig, dhcp: { server, networks, dns, lease, tftp, beside } }
}

/** The settings of a proxy. Throws SettingsError if keys of DNS are wrong or missing, Error where the cluster's key can't be used. */
export function proxySettings(given: Pick<Invocation, 'settings' | 'locations'>): ProxySettings {
  const { master, key } = given.settings
  const masters = master.map(({ host, port }) => ({ host, port }))
  const trusted = key === null ? undefined : openPublicKey(key)
  const dnsProcesses = given.settings.dnsProcesses ?? 1
  return { ...given.settings, masters, dnsProcesses, dns: dnsSettings(given), key: trusted }
}

/** The rules by which a generation is built. */
export function buildRules({ settings, locations }: Pick<Invocation, 'settings' | 'locations'>): BuildRules {
  const { domain, users, groups, excludeUsers, excludeGroups, uids, gids, disabledUsers, skipBadLines } = settings
  const objectsUrl = settings.objectsUrl === null ? '' : formatHttpAddress(settings.objectsUrl)
  const filters = { users, groups, excludeUsers, excludeGroups, uids, gids }
  const accounts = accountSettings(settings)
  const at = (table: 'access' | 'passwords', key: string) => locations.get(`${table}.${key}`) ?? wholeFile('')
  const logins = settings.access.map((rule) => ({ ...rule, location: at('access', rule.key) }))
  const passwords = settings.passwords.map((rule) => ({ ...rule, location: at('passwords', rule.key) }))
  const who = { logins, passwords, ...filters, accounts, disabledUsers }
  return {
    domain,
    skipBadLines,
    boot: settings.boot,
    bootNetworks: settings.bootNetworks,
    imagesElsewhere: settings.bootImages !== null,
    imageReader: settings.boot ? imageReader(settings) : undefined,
    objectsUrl,
    zones: zoneRules(settings),
    ...who,
  }
}

/** Who reads the images for the boot endpoint of a daemon that root starts; undefined where that is who runs this program, or there is no such user. */
export function imageReader({ dnsUser }: Pick<Settings, 'dnsUser'>): BuildRules['imageReader'] {
  return process.geteuid?.() === 0 ? userNamed(dnsUser) : undefined
}

/** Where accounts come from. */
export function accountSettings(settings: Settings): AccountSettings {
  const { accountsSource: source, accountsServices: services, accountsLookups: lookups } = settings
  return { source, services, lookups, refresh: settings.accountsRefresh, deadline: settings.accountsDeadline }
}

function zoneRules({ dns, dnsTtl, dnsNegativeTtl, dnsNs, dnsRname, dnsReverseZones }: Settings): ZoneRules {
  const named = dns.map(({ address }) => address).filter((address) => !isUnspecified(address))
  return {
    ttl: dnsTtl,
    negativeTtl: dnsNegativeTtl,
    ns: dnsNs.map(({ name, addresses }) => ({ name: byteString(name), addresses })),
    own: named,
    rname: byteString(dnsRname ?? ''),
    cuts: dnsReverseZones,
  }
}
