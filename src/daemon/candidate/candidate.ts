/** A candidate: the snapshots that would result from the sources, and the diagnostics about them. */
import { allMasters, type Cluster, type Diagnostic, hasErrors } from '../../config/index.ts'
import {
  buildPublic,
  buildShadow,
  DATABASE_NAMES,
  type Delta,
  type Difference,
  type DifferenceDetail,
  deltaOf,
  differenceOf,
  layout,
  publicContents,
  readAccounts,
  Snapshot,
  shadowContents,
  USUAL_ZONES,
  Zones,
} from '../../resolver/index.ts'
import type { Address } from '../../values/index.ts'
import { isPartial } from '../accounts/listing.ts'
import { SOURCE_NAMES, type SourceContent, type Sources } from '../sources/source.ts'
import { bootDiagnostics, type NamedImage } from './boot.ts'
import { asBytes, type BuildMemory } from './build-memory.ts'
import { type AccountsNamed, type Logins, resolveLogins } from './logins.ts'
import { masterDiagnostics } from './master-diagnostics.ts'
import type { MasterAddresses } from './own-masters.ts'
import { builtPasswords, type PasswordGrant, resolvePasswords } from './passwords.ts'
import { type AddressesOf, type BuildRules, type Reading, readCluster } from './reading.ts'
import { zoneDiagnostics } from './zone-diagnostics.ts'

/** The bytes of the two snapshots of a generation; undefined if there is none. */
export interface SnapshotPair {
  readonly public: Uint8Array | undefined
  /** Undefined if no shadow file could be read. */
  readonly shadow: Uint8Array | undefined
}

/** A generation that may be published. Plain data: it may come from another thread. */
export interface Candidate extends MasterAddresses {
  /** Not stamped yet. Undefined if a diagnostic is an error. */
  readonly built: SnapshotPair | undefined
  /** What is different from the generation before it; of a snapshot that there was not before, nothing. */
  readonly difference: Difference
  /** What makes the public snapshot of the one before it; undefined where one of them is not there. */
  readonly delta: Delta | undefined
  /** The shadow entries that each node gets, not stamped yet; undefined if that is not known: then what was known stays. */
  readonly granted?: readonly PasswordGrant[] | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** What the nodes are sent when they boot next; nothing where kickback does not boot them, or another server gives the images. */
  readonly images: readonly NamedImage[]
  /** How many of all diagnostics are errors, and how many are left out above. */
  readonly errors: number
  readonly omitted: number
  /** When the content of each source was written, in whole seconds since 1970; 0 if one was not read. */
  readonly inputTimes: readonly number[]
  /** The port of `server beonss`. */
  readonly port: number
  /** The interface whose addresses the system tells; undefined where the configuration writes them. */
  readonly followedInterface: string | undefined
  /** What the next build needs to follow this one; undefined where a whole one must. */
  readonly memory?: Uint8Array | undefined
  readonly work: BuildWork
}

/** Accounts that were read and built before all else, perhaps by the build before. Without rules of the settings that name accounts. */
export interface KeptAccounts {
  /** The sources with the account files empty. */
  readonly others: (sources: Sources) => Sources
  /** What was read of these, with what was said about the accounts, and which are not exported. */
  readonly reading: (reading: Reading) => Reading
  /** The snapshots that were made of these, with the accounts. */
  readonly snapshots: (made: SnapshotPair) => SnapshotPair
  /** The names of the accounts, for the rules of the settings, where they are not among what is read. */
  readonly names?: AccountsNamed
  /** What was done, where they are of the build before. */
  readonly work?: Omit<BuildWork, 'recordsMade'>
}

/** What was done for a candidate. */
export interface BuildWork {
  /** Why all of it was read and built; undefined if only what changed was. */
  readonly whole?: string
  /** Why all of the configuration was read, where it is the only one of the other sources that changed. */
  readonly wholeConfiguration?: string
  /** Why all of the account files were read. */
  readonly wholeAccounts?: string
  /** How many bytes of the sources were read as lines. */
  readonly bytesRead: number
  readonly recordsMade: number
  /** How many sections are those of before, and how many are those of before with some records changed. */
  readonly sectionsCopied: number
  readonly sectionsEdited: number
}

/** What a candidate is made from. */
export interface BuildOrder {
  readonly sources: Sources
  readonly rules: BuildRules
  /** The generation that it is compared with. */
  readonly before: SnapshotPair
  /** The day on which accounts are judged, in days since 1970. */
  readonly today: number
  /** How much of the difference is told. */
  readonly detail?: DifferenceDetail
  /** The build that made what is served: the sources, and what was remembered. Then only what changed is built. */
  readonly last?: LastBuild | undefined
  /** Called before tables are made of all lines of a source. It may throw: then nothing is built. */
  readonly beforeMuch?: () => void
}

/** A build that another one may follow. */
export interface LastBuild {
  readonly sources: Sources
  readonly memory: Uint8Array
}

/** The most bytes that a build reads as lines for which its thread stays: what they were made to is a few MiB of objects. */
const LITTLE_READ = 512 * 1024

/** Whether a candidate took so little memory that the next build may have its thread: it followed the build before, and read little. */
export function isLittle({ work }: Pick<Candidate, 'work'>): boolean {
  return work.whole === undefined && work.bytesRead <= LITTLE_READ
}

const NOTHING_BOOTS = { diagnostics: [], images: [], outline: undefined }

/** No generation. */
export const NO_SNAPSHOTS: SnapshotPair = { public: undefined, shadow: undefined }

/** Reads, checks, builds and compares all: the reference of builds that follow another one. `why` is told. Never throws for what the sources hold. */
export function buildCandidate(
  { sources, rules, before, today, detail }: BuildOrder,
  addressesOf: AddressesOf,
  why = 'a whole build was asked for',
  kept?: KeptAccounts,
): Candidate {
  const known = { addressesOf, before: () => addressesOfMaster(before.public) }
  const reading =
    kept?.reading(readCluster(kept.others(sources), rules, known, today)) ?? readCluster(sources, rules, known, today)
  const logins = resolveLogins(rules.logins, { ...reading, ...(kept?.names && { accounts: kept.names }) })
  const passwords = resolvePasswords(rules.passwords ?? [], reading)
  const own = hasErrors(reading.diagnostics) ? undefined : buildSnapshots({ ...reading, ...logins }, sources, rules)
  const made = own && (kept?.snapshots(own) ?? own)
  const zones = made?.public && new Zones(Snapshot.open(made.public))
  const boot = rules.boot ? bootDiagnostics(reading.cluster, sources.config, rules.bootNetworks) : NOTHING_BOOTS
  const diagnostics = [
    ...reading.diagnostics,
    ...boot.diagnostics,
    ...logins.diagnostics,
    ...passwords.diagnostics,
    ...masterDiagnostics(reading.cluster, sources.config),
    ...zoneDiagnostics(zones, reading.cluster, sources.config),
  ]
  const built = hasErrors(diagnostics) ? undefined : made
  const images = rules.imagesElsewhere ? [] : boot.images
  return {
    built,
    ...changesBetween(before, built ?? NO_SNAPSHOTS, detail),
    granted: built?.shadow && builtPasswords(passwords.combinations, reading.accounts),
    ...{ diagnostics, images },
    errors: diagnostics.filter(({ severity }) => severity === 'error').length + reading.omittedErrors,
    omitted: reading.omitted,
    inputTimes: SOURCE_NAMES.map((name) => sources[name].time),
    interfaceAddresses: reading.interfaceAddresses,
    followedInterface: reading.followedInterface,
    masters: allMasters(reading.cluster.masters),
    port: portOf(reading),
    ...(built &&
      reading.omitted === 0 && {
        memory: remembered(built, { ...{ reading, diagnostics, images, rules, today, sources }, boot: boot.outline }),
      }),
    work: { ...wholeWork(sources, kept?.work === undefined ? made : own), ...(kept?.work ?? { whole: why }) },
  }
}

/** What the next build needs; undefined where accounts are not complete, or it would be too much. */
function remembered(
  built: SnapshotPair,
  from: Pick<BuildMemory, 'diagnostics' | 'images' | 'boot' | 'rules' | 'today'> & {
    readonly reading: Reading
    readonly sources: Sources
  },
): Uint8Array | undefined {
  const { reading, sources, ...more } = from
  const { accounts, cluster } = reading
  if (built.public === undefined || !isComplete(sources, more.rules)) return undefined
  const { uidMin, uidMax, gidMin, gidMax, ids, unexported } = accounts
  return asBytes({
    ...more,
    digests: digestsOf(built.public, built.shadow),
    limits: { uidMin, uidMax, gidMin, gidMax, ...(ids && { ids }) },
    ...{ told: reading.told, interfaceAddresses: reading.interfaceAddresses },
    followedInterface: reading.followedInterface,
    ...{ masters: allMasters(cluster.masters), port: portOf(reading), unexported },
    ...{ ofParser: reading.ofParser, ofReading: reading.diagnostics.length, outline: reading.outline },
  })
}

/** What a whole build does: everything. */
export function wholeWork(sources: Sources, built: SnapshotPair | undefined): BuildWork {
  const snapshots = [built?.public, built?.shadow].flatMap((bytes) => (bytes === undefined ? [] : Snapshot.open(bytes)))
  const counts = snapshots.flatMap((one) => DATABASE_NAMES.map((name) => one.count(name)))
  return {
    bytesRead: SOURCE_NAMES.reduce((sum, name) => sum + sources[name].bytes.length, 0),
    recordsMade: counts.reduce((sum, count) => sum + count, 0),
    ...{ sectionsCopied: 0, sectionsEdited: 0 },
  }
}

/** The addresses of the master in a generation. */
function addressesOfMaster(bytes: Uint8Array | undefined): readonly Address[] {
  const master = bytes && Snapshot.open(bytes).find('hosts', { name: 'master' })
  return master?.kind === layout.HOST_KINDS.MASTER ? master.addresses : []
}

/** The port of `server beonss`; 0 where the configuration names none. */
function portOf({ cluster }: Pick<Reading, 'cluster'>): number {
  return cluster.servers.get('beonss') ?? 0
}

/** What is wrong with the masters and the zones that a configuration alone makes, which was read from `config`. */
export function clusterDiagnostics(cluster: Cluster, rules: BuildRules, config: SourceContent): Diagnostic[] {
  const none = new Uint8Array(0)
  const accounts = readAccounts({ passwd: none, group: none, shadow: none, loginDefs: none })
  const zones = { ...rules.zones, port: portOf({ cluster }) || USUAL_ZONES.port }
  const interfaceAddresses = cluster.interface?.addresses ?? []
  const from = { cluster, accounts, interfaceAddresses, domain: rules.domain, zones, accountsComplete: true }
  const made = new Zones(Snapshot.open(buildPublic(publicContents(from))))
  return [...masterDiagnostics(cluster, config), ...zoneDiagnostics(made, cluster, config)]
}

/** Files hold all accounts that there are, and so do listings that are whole: then their databases are complete. */
function isComplete({ passwd, group }: Sources, { accounts }: BuildRules): boolean {
  return accounts?.source !== 'nss' || !(isPartial(passwd.bytes) || isPartial(group.bytes))
}

/** The snapshots of what was read. */
export function buildSnapshots(
  reading: Pick<Reading, 'cluster' | 'accounts' | 'sharedAddresses'> & Pick<Logins, 'rules'>,
  sources: Sources,
  rules: BuildRules,
): SnapshotPair {
  const { cluster, accounts, sharedAddresses: interfaceAddresses, rules: logins } = reading
  const zones = { ...rules.zones, port: portOf(reading) || USUAL_ZONES.port }
  const { domain, objectsUrl: objects } = rules
  const accountsComplete = isComplete(sources, rules)
  const from = { cluster, accounts, interfaceAddresses, domain, zones, objects, logins, accountsComplete }
  return {
    public: buildPublic(publicContents(from)),
    shadow: sources.shadow.state === 'read' ? buildShadow(shadowContents(from)) : undefined,
  }
}

/** What differs between a generation and what was made of its successor. */
export function changesBetween(
  before: SnapshotPair,
  after: SnapshotPair,
  detail?: DifferenceDetail,
): Pick<Candidate, 'difference' | 'delta'> {
  return {
    difference: {
      ...difference(before.public, after.public, detail),
      ...difference(before.shadow, after.shadow, detail),
    },
    delta: delta(before.public, after.public),
  }
}

function delta(before: Uint8Array | undefined, after: Uint8Array | undefined): Delta | undefined {
  return before === undefined || after === undefined ? undefined : deltaOf(Snapshot.open(before), Snapshot.open(after))
}

function difference(
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
  detail?: DifferenceDetail,
): Difference {
  if (before === undefined || after === undefined) return {}
  return differenceOf(Snapshot.open(before), Snapshot.open(after), detail)
}

/** The digests of two snapshots, by which the next build knows them again. */
export function digestsOf(open: Uint8Array, shadow: Uint8Array | undefined): BuildMemory['digests'] {
  return { public: Snapshot.open(open).digest, shadow: shadow && Snapshot.open(shadow).digest }
}
