/** The parts of the picture that nodes alone have. */
import { DIGEST_SHOWN, type DroppedReport, type Following, type MasterReport } from '../../../kickback/index.ts'
import { counted, durationText } from '../../../values/index.ts'
import type { Entry } from '../../terminal/entry.ts'
import { certificateText } from '../node-keys.ts'
import { reasonText, type Section } from './facts.ts'

/** The masters of a node: the one that it follows, then each of them, and how old its data is. */
export const followingSection: Section = ({ report: { following } }) => {
  if (following === undefined) return []
  const { master, state, seconds, reason, masters, dropped } = following
  return [
    {
      label: 'master',
      text: `${master}, ${state} for ${durationText(seconds)}${reasonText(reason)}`,
      more: masters.map(masterText),
    },
    { label: 'data', text: ageText(following) },
    ...shadowEntries(following),
    ...(dropped === undefined ? [] : [{ label: 'left out', text: droppedText(dropped) }]),
  ]
}

/** How old the data of a node is. */
function ageText({ age }: Following): string {
  return age === undefined
    ? 'no master was ever in step with it'
    : `a master was in step with it ${durationText(age)} ago`
}

function masterText({ master, state, reason, proof, generation, digest }: MasterReport): string {
  const offer = generation === undefined ? '' : `, generation ${generation} (${(digest ?? '').slice(0, DIGEST_SHOWN)})`
  const proved = proof === undefined ? '' : `, proved ${durationText(proof)} ago`
  return `${master} ${state}${offer}${proved}${reasonText(reason)}`
}

function droppedText({ users, groups, names }: DroppedReport): string {
  const accounts = `${counted(users, 'user')} and ${counted(groups, 'group')}`
  return `${accounts} with ids below the floor of this node, such as ${names.join(', ')}`
}

/** Until when shadow entries stay. */
function shadowEntries({ shadow_until: until }: Following): readonly Entry[] {
  if (until === undefined) return []
  const time = new Date(until * 1000).toISOString()
  return [{ label: 'shadow', text: `until ${time}, unless a master proves before that they are granted` }]
}

/** The certificate of a node. */
export const certificateSection: Section = ({ report: { certificate } }) =>
  certificate === undefined ? [] : [{ label: 'certificate', text: certificateText(certificate) }]

/** The file that programs of this machine are answered from. */
export const moduleSection: Section = ({ local, report }) => {
  if (local === undefined) return []
  if (local.module === undefined) return [{ label: 'module', text: 'has no file: it asks the socket of the daemon' }]
  const { file, generation } = local.module
  const other = generation === report.generation ? '' : `, which has generation ${generation}`
  return [{ label: 'module', text: `answers from ${file}${other}` }]
}
