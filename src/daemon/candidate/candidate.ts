/** A candidate: the snapshots that would result from the sources, and the diagnostics about them. */
import { allMasters, type Cluster, type Diagnostic, hasErrors } from '../../config/index.ts'
import {
  buildPublic,
  buildShadow,
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
import { type Logins, resolveLogins } from './logins.ts'
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
}

const NOTHING_BOOTS: ReturnType<typeof bootDiagnostics> = { diagnostics: [], images: [] }

/** No generation. */
export const NO_SNAPSHOTS: SnapshotPair = { public: undefined, shadow: undefined }

/** Reads, checks, builds and compares. Never throws for what the sources hold. */
export function buildCandidate(
  { sources, rules, before, today, detail }: BuildOrder,
  addressesOf: AddressesOf,
): Candidate {
  const known = { addressesOf, before: () => addressesOfMaster(before.public) }
  const reading = readCluster(sources, rules, known, today)
  const logins = resolveLogins(rules.logins, reading)
  const passwords = resolvePasswords(rules.passwords ?? [], reading)
  const made = hasErrors(reading.diagnostics) ? undefined : buildSnapshots({ ...reading, ...logins }, sources, rules)
  const zones = made?.public && new Zones(Snapshot.open(made.public))
  const boot = rules.boot ? bootDiagnostics(reading.cluster, sources.config) : NOTHING_BOOTS
  const diagnostics = [
    ...reading.diagnostics,
    ...boot.diagnostics,
    ...logins.diagnostics,
    ...passwords.diagnostics,
    ...masterDiagnostics(reading.cluster, sources.config),
    ...zoneDiagnostics(zones, reading.cluster, sources.config),
  ]
  const built = hasErrors(diagnostics) ? undefined : made
  return {
    built,
    difference: built === undefined ? {} : pairDifference(before, built, detail),
    delta: delta(before.public, built?.public),
    granted: built?.shadow && builtPasswords(passwords.combinations, reading.accounts),
    ...{ diagnostics, images: rules.imagesElsewhere ? [] : boot.images },
    errors: diagnostics.filter(({ severity }) => severity === 'error').length,
    omitted: 0,
    inputTimes: SOURCE_NAMES.map((name) => sources[name].time),
    interfaceAddresses: reading.interfaceAddresses,
    followedInterface: reading.followedInterface,
    masters: allMasters(reading.cluster.masters),
    port: portOf(reading),
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

function buildSnapshots(reading: Reading & Pick<Logins, 'rules'>, sources: Sources, rules: BuildRules): SnapshotPair {
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

function pairDifference(before: SnapshotPair, after: SnapshotPair, detail?: DifferenceDetail): Difference {
  return { ...difference(before.public, after.public, detail), ...difference(before.shadow, after.shadow, detail) }
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
