/** The parts of the picture that masters alone have. */
import { diagnosticHeadline } from '../../../config/index.ts'
import { hasOtherContent, type OtherMasterReport, type StatusReport } from '../../../kickback/index.ts'
import { counted, foldedText } from '../../../values/index.ts'
import type { Entry } from '../../terminal/entry.ts'
import { agoText } from './common-sections.ts'
import { type Facts, reasonText, type Section } from './facts.ts'

/** How many sets of names a line has. */
const SETS_SHOWN = 10

/** The states of another master in words. */
const MASTER_STATES = {
  asked: 'was not heard yet',
  answers: 'answers',
  silent: 'does not answer',
  'other-key': 'HAS ANOTHER KEY',
} as const

/** How the nodes stand. */
export const nodeSection: Section = ({ report, nodes = [], census }) => {
  const { reported, behind, masters = [] } = report
  const entries: Entry[] = []
  const all =
    census === undefined
      ? ''
      : `; of ${census.configured} in the configuration ${census.inStep.length} in step, ${census.behind.length} behind, ${census.missing.length} missing`
  if (reported > 0 || census !== undefined)
    entries.push({ label: 'nodes', text: `${reported} reported, ${behind} behind${all}` })
  const late = nodes.filter((node) => node.behind)
  if (late.length > 0) entries.push({ label: 'behind', text: lateText(late) })
  return [...entries, ...missingEntries(census, masters.length > 0)]
}

/** Nodes with other content than what is served: by name, else by address. */
function lateText(late: NonNullable<Facts['nodes']>): string {
  return `${foldedText(
    late.map(({ name, address }) => name ?? address),
    SETS_SHOWN,
  )}: kickback nodes --state behind shows what they have`
}

/** Nodes of the configuration that do not follow here. */
function missingEntries(census: Facts['census'], hasOthers: boolean): readonly Entry[] {
  const missing = census?.missing ?? []
  if (missing.length === 0) return []
  const [verb, they] = missing.length === 1 ? ['does', 'it'] : ['do', 'they']
  const elsewhere = hasOthers ? ` (${they} may follow another one)` : ''
  const what = `${counted(missing.length, 'node')} ${verb} not follow this master${elsewhere}`
  return [{ label: 'missing', text: `${what}: ${foldedText(missing, SETS_SHOWN)}` }]
}

/** How the last reload ended. */
export const reloadSection: Section = ({ report: { reload }, now }) => {
  if (reload === undefined) return []
  const { outcome, time, cause, errors = [] } = reload
  const when = `${new Date(time * 1000).toISOString()}${agoText(time, now)}`
  const each = errors.length < 2 ? [] : errors.map((error) => diagnosticHeadline(error))
  const why = cause === undefined ? '' : `; cause: ${cause}`
  return [{ label: 'last reload', text: `${outcome} at ${when}${why}`, more: each }]
}

/** How the other masters stand, and the trust list. */
export const mastersSection: Section = ({ report }) => [
  ...(report.masters ?? []).map((one) => ({ label: 'master', text: `${one.master} ${otherMasterText(one, report)}` })),
  ...trustEntries(report),
]

function otherMasterText(master: OtherMasterReport, report: StatusReport): string {
  const { state, reason, digest } = master
  const standing = `${MASTER_STATES[state]}${reasonText(reason)}`
  if (state !== 'answers' || digest === undefined) return standing
  return `${standing}, and ${hasOtherContent(master, report) ? 'HAS OTHER CONTENT' : 'has the same content'}`
}

function trustEntries({ trust }: StatusReport): readonly Entry[] {
  if (trust === undefined) return []
  const { number, signer } = trust
  return [{ label: 'trust list', text: `${number}${signer === undefined ? '' : `, this master signs with ${signer}`}` }]
}
