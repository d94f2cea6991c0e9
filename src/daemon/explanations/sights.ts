/** What is served, and what the files say now where that is something else: a question is explained by both. */
import { type Diagnostic, diagnosticHeadline, hasErrors } from '../../config/index.ts'
import { DATABASE_NAMES, type EvidenceSources, FILE_DATABASE_NAMES, Snapshot } from '../../resolver/index.ts'
import { counted, hex } from '../../values/index.ts'
import { exportRules } from '../accounts/account-settings.ts'
import { buildCandidate, type Candidate, type SnapshotPair } from '../candidate/candidate.ts'
import type { AddressesOf, BuildRules } from '../candidate/reading.ts'
import { lossDiagnostics } from '../judge/decision.ts'
import type { SourceContent, Sources } from '../sources/source.ts'
import type { PinnedContent } from '../store/pin.ts'

/** A snapshot, and what it was made from as far as that is at hand. */
export interface Sight {
  readonly snapshot: Snapshot
  readonly sources: EvidenceSources | undefined
}

/**
 * What is served: made from the `files` as they are, from the last good contents of the files, which are `kept`, or from a
 * configuration that is `pinned`; `unknown` where none of these makes what is served.
 */
export interface ServedSight extends Sight {
  readonly basis: 'files' | 'kept' | 'pinned' | 'unknown'
}

/** Why what the files say is not served. */
export const NOT_SERVED = {
  refused: 'The files have an error.',
  'loss-limit': 'The loss limit refuses what the files say.',
  pinned: 'An earlier generation is pinned.',
  'not-reloaded': 'The service has not read the files since they changed, or it was started with other settings.',
  'nothing-served': 'There is no snapshot on this machine.',
} as const

/** What the files say, where that is not what is served. */
export interface FilesSight {
  /** What would be served, without the lines that have an error; undefined if no snapshot comes of the files at all. */
  readonly sight: Sight | undefined
  readonly code: keyof typeof NOT_SERVED
  /** Why it is not served, in a sentence. */
  readonly reason: string
  /** The errors of the files, if there are any. */
  readonly errors: readonly Diagnostic[]
}

/** Both sights of a master. */
export interface Sights {
  readonly served: ServedSight | undefined
  readonly files: FilesSight | undefined
}

/** What a master's sights are made from. */
export interface SightsOrder {
  readonly served: SnapshotPair
  /** The files as they are. */
  readonly fresh: Sources
  /** Their last good contents; undefined where nobody kept them, or we may not read them. */
  readonly kept: Sources | undefined
  readonly pinned:
    | (Pick<PinnedContent, 'generation' | 'digest'> & { readonly config: SourceContent | undefined })
    | undefined
  readonly rules: BuildRules
  /** Days since 1970. */
  readonly today: number
  readonly addressesOf: AddressesOf
}

/** The sights of a master. Builds what the files say, and where that is not what is served, what was kept of them. */
export function sightsOf(order: SightsOrder): Sights {
  const { served, fresh, addressesOf } = order
  const built = buildCandidate(buildOrder(order, fresh), addressesOf)
  const snapshot = served.public && Snapshot.open(served.public)
  if (snapshot !== undefined && makes(built, snapshot))
    return { served: { snapshot, sources: evidenceSources(order, fresh), basis: 'files' }, files: undefined }
  return { served: snapshot && servedSight(order, snapshot), files: filesSight(order, built) }
}

function buildOrder({ rules, served: before, today }: SightsOrder, sources: Sources) {
  return { sources, rules, before, today }
}

/** Whether what was built has the same records. Settings of zones may differ: nothing here follows from them. */
function makes({ built }: Candidate, snapshot: Snapshot): boolean {
  if (built?.public === undefined) return false
  const made = Snapshot.open(built.public)
  return DATABASE_NAMES.every((name) => Buffer.compare(made.recordBytes(name), snapshot.recordBytes(name)) === 0)
}

function servedSight(order: SightsOrder, snapshot: Snapshot): ServedSight {
  const { kept, pinned, addressesOf } = order
  if (pinned !== undefined && pinned.digest === hex(snapshot.digest)) {
    const { config } = pinned
    const sources = config && { config: evidenceFile(config), domain: order.rules.domain, accounts: undefined }
    return { snapshot, sources, basis: 'pinned' }
  }
  if (kept !== undefined && makes(buildCandidate(buildOrder(order, kept), addressesOf), snapshot))
    return { snapshot, sources: evidenceSources(order, kept), basis: 'kept' }
  return { snapshot, sources: undefined, basis: 'unknown' }
}

function filesSight(order: SightsOrder, built: Candidate): FilesSight {
  const errors = built.diagnostics.filter(({ severity }) => severity === 'error')
  const [loss] = lossDiagnostics(built.difference)
  const whole = built.built?.public ?? withoutBadLines(order)
  const sight = whole && { snapshot: Snapshot.open(whole), sources: evidenceSources(order, order.fresh) }
  const { served, pinned } = order
  if (hasErrors(errors)) {
    const first = errors.slice(0, 1).map(diagnosticHeadline)
    return {
      sight,
      code: 'refused',
      reason: `a reload refuses them for ${counted(built.errors, 'error')}: ${first}`,
      errors,
    }
  }
  if (served.public === undefined)
    return { sight, code: 'nothing-served', reason: 'nothing is served here yet: start kickback serve', errors }
  if (loss !== undefined) return { sight, code: 'loss-limit', reason: loss.message, errors }
  if (pinned !== undefined) {
    const reason = `the content of generation ${pinned.generation} is pinned: kickback reload --release serves what the files say`
    return { sight, code: 'pinned', reason, errors }
  }
  const reason =
    'the service has not taken them: it reads a change within seconds; if this stays, run kickback reload, or call kickback explain as root and with the settings of the service'
  return { sight, code: 'not-reloaded', reason, errors }
}

/** The public snapshot of the files without the lines that have an error; undefined if there is none. */
function withoutBadLines(order: SightsOrder): Uint8Array | undefined {
  const rules = { ...order.rules, skipBadLines: true }
  return buildCandidate({ ...buildOrder(order, order.fresh), rules }, order.addressesOf).built?.public
}

/** What explains a snapshot that was made from these contents, by these rules. */
export function evidenceSources(
  { rules, today }: Pick<SightsOrder, 'rules' | 'today'>,
  sources: Sources,
): EvidenceSources {
  const names = ['passwd', 'group', 'shadow', 'loginDefs', ...FILE_DATABASE_NAMES] as const
  const files = Object.fromEntries(names.map((name) => [name, evidenceFile(sources[name])])) as Record<
    (typeof names)[number],
    ReturnType<typeof evidenceFile>
  >
  const { disabledUsers, domain } = rules
  return {
    config: evidenceFile(sources.config),
    domain,
    accounts: { files, rules: { ...exportRules(rules), disabledUsers, today } },
  }
}

function evidenceFile({ origin, bytes, state }: SourceContent) {
  return { file: origin, bytes: state === 'read' ? bytes : undefined }
}
