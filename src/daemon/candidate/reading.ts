/** The configuration and the accounts as a generation reads them. */
import type { FileReader, NamedNetwork } from '../../boot/index.ts'
import {
  type Cluster,
  type ConfigOutline,
  type Diagnostic,
  diagnosticAt,
  type ParsedConfig,
  type PrimaryInterface,
  parseConfig,
  SourceText,
  wholeFile,
} from '../../config/index.ts'
import {
  type Accounts,
  type DisabledUsers,
  FILE_DATABASE_NAMES,
  netgroupSizes,
  readAccounts,
  type ZoneSettings,
} from '../../resolver/index.ts'
import { type Address, formatAddress } from '../../values/index.ts'
import { type AccountRules, exportRules } from '../accounts/account-settings.ts'
import type { SourceContent, Sources } from '../sources/source.ts'
import { RELOAD_CODES } from './codes.ts'
import type { WrittenLogins } from './logins.ts'
import type { WrittenPasswords } from './passwords.ts'

/** The rules that the zones of a generation are made by, except for the port, which the configuration says. */
export type ZoneRules = Omit<ZoneSettings, 'port'>

/** The rules that decide, beside the sources, what a generation holds. Plain data. */
export interface BuildRules extends AccountRules {
  /** The domain of the cluster. */
  readonly domain: string
  /** What becomes of users whose account is locked or expired. */
  readonly disabledUsers: DisabledUsers
  /** Whether lines of the configuration that are in error are left out, instead of refusing the whole. */
  readonly skipBadLines: boolean
  readonly zones: ZoneRules
  /** The URL at which nodes fetch bodies of generations first; empty for none. */
  readonly objectsUrl: string
  /** Who may log in on which nodes, as the settings have it. */
  readonly logins: readonly WrittenLogins[]
  /** Whose password hashes go to which nodes, as the settings have it; none unless set. */
  readonly passwords?: readonly WrittenPasswords[]
  /** Whether kickback boots the nodes: then what they boot is looked at too. */
  readonly boot?: boolean
  /** The networks that get addresses by DHCP besides those of the interface lines. */
  readonly bootNetworks?: readonly NamedNetwork[]
  /** Whether another server gives the images: then the files need not be here. */
  readonly imagesElsewhere?: boolean
  /** Who is to read the images, where that is another user than that of this process. */
  readonly imageReader?: FileReader | undefined
}

/** What configuration and accounts say, read and checked. */
export interface Reading {
  readonly cluster: Cluster
  readonly accounts: Accounts
  /** The addresses of the master's private interface, the config's or the system's; none if unknown. */
  readonly interfaceAddresses: readonly Address[]
  /** Those that the configuration or the system tells now. */
  readonly told: readonly Address[]
  /** The interface whose addresses the system tells, because the configuration writes none; undefined if there is none such. */
  readonly followedInterface: string | undefined
  /** The same, where it belongs to the snapshot: what only this machine knows stays out where masters are named. */
  readonly sharedAddresses: readonly Address[]
  /** Those of the parser of the configuration first, where all sources were read that must be there. */
  readonly diagnostics: readonly Diagnostic[]
  /** How many the parser gave. */
  readonly ofParser: number
  readonly outline: ConfigOutline
  /** How many errors of the configuration are not among them. */
  readonly omittedErrors: number
  /** How many diagnostics of the configuration are not among them, errors or not. */
  readonly omitted: number
}

/** Tells the addresses of a network interface of this machine, at most one of each family. */
export type AddressesOf = (name: string) => readonly Address[]

/** What the machine and the generation before tell of the addresses of the master. */
interface KnownAddresses {
  readonly addressesOf: AddressesOf
  /** The master's addresses in the generation before. */
  readonly before: () => readonly Address[]
}

/**
 * Reads and checks the sources. Never throws: what is wrong is in the diagnostics. `today`, in days since 1970, decides what
 * has expired.
 */
export function readCluster(sources: Sources, rules: BuildRules, known: KnownAddresses, today: number): Reading {
  const { origin, bytes } = sources.config
  const parsed = parseConfig(bytes, { domain: rules.domain, file: origin })
  const accounts = accountsOf(sources, rules, today, netgroupSizes(parsed.cluster))
  const { cluster } = parsed
  const own = cluster.interface
  const written = own?.addresses ?? []
  const followed = written.length === 0 ? own : undefined
  const told = followed === undefined ? written : known.addressesOf(followed.name)
  const interfaceAddresses = isLost(followed, told, cluster) ? known.before() : told
  const sharedAddresses = cluster.masters.length === 0 ? interfaceAddresses : written
  const diagnostics = [
    ...unread(sources),
    ...configDiagnostics(parsed, rules.skipBadLines),
    ...(own !== undefined && told.length === 0 ? [noAddress(sources.config, own, interfaceAddresses)] : []),
    ...accounts.diagnostics,
  ]
  return {
    cluster,
    accounts,
    interfaceAddresses,
    told,
    followedInterface: followed?.name,
    sharedAddresses,
    diagnostics,
    ofParser: parsed.diagnostics.length,
    outline: parsed.outline,
    omitted: parsed.omitted,
    omittedErrors: rules.skipBadLines ? 0 : parsed.omittedErrors,
  }
}

/** The accounts, and what else is read with them; `madeNetgroups` are those of the configuration, each with the most triples that it has. Never throws. */
export function accountsOf(
  sources: Sources,
  rules: BuildRules,
  today: number,
  madeNetgroups: ReadonlyMap<string, number>,
): Accounts {
  return readAccounts(
    {
      passwd: sources.passwd.bytes,
      group: sources.group.bytes,
      shadow: contentOf(sources.shadow),
      loginDefs: contentOf(sources.loginDefs),
      netgroup: contentOf(sources.netgroup),
      ...Object.fromEntries(FILE_DATABASE_NAMES.map((name) => [name, contentOf(sources[name])])),
    },
    { ...exportRules(rules), madeNetgroups, disabledUsers: rules.disabledUsers, today },
    {
      passwd: sources.passwd.origin,
      group: sources.group.origin,
      shadow: sources.shadow.origin,
      loginDefs: sources.loginDefs.origin,
      netgroup: sources.netgroup.origin,
      ...Object.fromEntries(FILE_DATABASE_NAMES.map((name) => [name, sources[name].origin])),
    },
  )
}

/**
 * Whether the interface is one that is down, or not up yet, of the only master: it keeps the address that nodes know it by. Where
 * masters are named they have their own.
 */
function isLost(followed: PrimaryInterface | undefined, told: readonly Address[], { masters }: Cluster): boolean {
  return followed !== undefined && told.length === 0 && masters.length === 0
}

function contentOf({ state, bytes }: SourceContent): Uint8Array | undefined {
  return state === 'read' ? bytes : undefined
}

/** What to do where there is no configuration. */
const NO_CONFIG =
  ': there is no configuration; write it here, or name another file with --config; a node needs none: name its `master` in kickback.toml'

/** Sources that must be there: a missing passwd would otherwise be a cluster without users. */
function unread(sources: Sources): Diagnostic[] {
  const wanted: readonly SourceContent[] = [sources.config, sources.passwd, sources.group]
  const missing = wanted.filter(({ state }) => state !== 'read')
  const kept = [sources.loginDefs, sources.netgroup, ...FILE_DATABASE_NAMES.map((name) => sources[name])].filter(
    ({ state }) => state === 'unreadable',
  )
  return [...missing, ...kept].map((source) =>
    unreadableSource(
      source === sources.config && source.state === 'absent'
        ? { ...source, reason: `${source.reason}${NO_CONFIG}` }
        : source,
    ),
  )
}

/** A source that was not read, and why. */
export function unreadableSource({ origin, reason }: SourceContent): Diagnostic {
  return diagnosticAt(RELOAD_CODES, 'unreadable-file', wholeFile(origin), reason)
}

/** What the parser says. With `skipBadLines` an error is a warning: its line is left out. */
export function configDiagnostics({ diagnostics }: ParsedConfig, skipBadLines: boolean): readonly Diagnostic[] {
  if (!skipBadLines) return diagnostics
  return diagnostics.map((diagnostic) =>
    diagnostic.severity === 'error'
      ? { ...diagnostic, severity: 'warning', message: `${diagnostic.message}; left out` }
      : diagnostic,
  )
}

function noAddress(
  { origin, bytes }: SourceContent,
  { name, span }: PrimaryInterface,
  kept: readonly Address[],
): Diagnostic {
  const location = new SourceText(origin, bytes).locate(span)
  const rest =
    kept.length === 0 ? '' : `; the master keeps ${kept.map((address) => formatAddress(address)).join(' and ')}`
  const message = `interface ${name} has no address on this machine${rest}`
  return diagnosticAt(RELOAD_CODES, 'no-interface-address', location, message)
}
