/** What a master's report warns of. */
import type { OtherMasterReport, StatusReport } from '../wire/report.ts'
import { conflictWords, DIGEST_SHOWN, writtenText } from './conflict.ts'
import { isLoopbackOnly, LOOPBACK_ONLY } from './loopback-only.ts'
import { type Warning, warning } from './warning.ts'

/** What is done about machines that believe another key. */
const GIVE_KEYS =
  'give nodes its root.pub (signing.pub, if there is none), and certify the keys of the other masters: kickback keys request there, kickback keys certify here'

/** Whether another master proved, when it was asked last, that it serves other content than this one. */
export function hasOtherContent(
  { state, digest }: OtherMasterReport,
  { digest: own }: Pick<StatusReport, 'digest'>,
): boolean {
  return state === 'answers' && digest !== undefined && own !== undefined && digest !== own
}

/** What the report of a master warns of; of a node nothing. */
export function masterWarnings(report: StatusReport): readonly Warning[] {
  return [
    ...contentWarnings(report),
    ...keyWarnings(report),
    ...placeWarnings(report),
    ...dhcpWarnings(report),
    ...endpointWarnings(report),
    ...bootWarnings(report),
    ...givenWarnings(report),
    ...hostKeyWarnings(report),
  ]
}

function contentWarnings(report: StatusReport): readonly Warning[] {
  const { conflict, reload, pinned, masters = [] } = report
  const found: Warning[] = []
  if (conflict !== undefined) {
    const { text, remedy } = conflictWords(conflict)
    found.push(warning('conflict', text, remedy))
  }
  if (reload?.outcome === 'refused') {
    const why = reload.reason === undefined ? '' : `: ${reload.reason}`
    found.push(warning('reload-refused', `the last reload was refused${why}`, REFUSED_REMEDY))
  }
  if (pinned !== undefined) {
    const since = new Date(pinned.time * 1000).toISOString()
    const what = `the content of generation ${pinned.generation}, since ${since}: changes of the files are not served`
    found.push(warning('pinned', what, 'to serve what the files say again: kickback reload --release'))
  }
  // Where this one is in conflict, that tells who has what, and what to do.
  if (conflict !== undefined) return found
  return [...found, ...masters.filter((one) => hasOtherContent(one, report)).map(otherContent)]
}

const REFUSED_REMEDY =
  'if a file has an error, correct it: kickback check shows each, and the change is seen by itself. If the loss limit refused it and the loss is right: kickback reload --force. Else do what the line above says, then kickback reload'

function otherContent(master: OtherMasterReport): Warning {
  const { master: place, digest = '', generation = 0, time = 0, conflict: isInConflict = false } = master
  const what = `master ${place} has other content: generation ${generation}, digest ${digest.slice(0, DIGEST_SHOWN)}, ${writtenText(time)}`
  return isInConflict
    ? warning(
        'other-content',
        `${what}; it serves no nodes`,
        'copy the right files to it; or, if its files are right, there: kickback reload --force',
      )
    : warning('other-content', what, 'copy the right files to the other master')
}

function keyWarnings({ masters = [], other_keys: others = [], old_keys: old = [], trust }: StatusReport): Warning[] {
  const found = masters
    .filter(({ state }) => state === 'other-key')
    .map(({ master }) =>
      warning(
        'other-key',
        `master ${master} has another key, or none`,
        'certify its key: kickback keys request there, kickback keys certify here',
      ),
    )
  if (others.length > 0)
    found.push(warning('other-key', `${others.join(', ')}: they take nothing from this master`, GIVE_KEYS))
  if (old.length > 0) {
    const what = `${old.join(', ')}: they know the signing key alone and take no trust list`
    found.push(warning('old-key', what, 'give them root.pub before this key is replaced'))
  }
  if (trust?.certified === false) {
    const what = 'the trust list does not have this key: nodes that have the list do not believe this master'
    const remedy =
      'if it was not revoked, run kickback keys request here, and kickback keys certify where the root key is'
    found.push(warning('not-certified', what, remedy))
  }
  return found
}

/** How many nodes a warning names. */
const NAMED_MAX = 8

function nodesText(nodes: readonly number[]): string {
  const more = nodes.length > NAMED_MAX ? ` and ${nodes.length - NAMED_MAX} more` : ''
  return `node ${nodes.slice(0, NAMED_MAX).join(', ')}${more}`
}

function givenWarnings({ passwords_damaged: file }: StatusReport): readonly Warning[] {
  if (file === undefined) return []
  const what = `${file} is damaged: password hashes that nodes were given before are not all known`
  const remedy = 'read the names in it, or restore passwords-given from a backup; then move that file away'
  return [warning('passwords-damaged', what, remedy)]
}

function hostKeyWarnings({ host_keys_waiting: waiting = [] }: StatusReport): readonly Warning[] {
  if (waiting.length === 0) return []
  const what = `${nodesText(waiting)}: an ssh host key waits for an approval`
  const remedy =
    'compare it with ssh-keygen -l on the node: kickback keys hosts lists it; then kickback keys approve-host or refuse-host'
  return [warning('host-keys-waiting', what, remedy)]
}

function bootWarnings({ held = [] }: StatusReport): readonly Warning[] {
  if (held.length === 0) return []
  const what = `${nodesText(held)}: booted one stage again and again without a report`
  const remedy = 'see why on its console; to let it boot again: kickback set node NUMBER --stage pxe'
  return [warning('nodes-held', what, remedy)]
}

function endpointWarnings({ boot_process: boot }: StatusReport): readonly Warning[] {
  if (boot === undefined) return []
  if (boot.pid === 0) {
    const what = 'nodes that boot are not answered: there is no boot process now; it is started again'
    return [warning('boot-silent', what, 'the log says why it ended')]
  }
  const remedy =
    'give this machine the address; or correct its interface line, or set boot.listen (--boot-listen). It is tried again by itself'
  return boot.missing.map(({ place, reason }) =>
    warning('boot-silent', `nodes that boot are not answered at ${place}: ${reason}`, remedy),
  )
}

function dhcpWarnings({ dhcp }: StatusReport): readonly Warning[] {
  if (dhcp === undefined) return []
  const { reason, unfollowed, beside, foreign } = dhcp
  const found: Warning[] = []
  if (reason !== undefined) {
    const remedy = 'correct that: dnsmasq is started again by itself'
    found.push(warning('dhcp-silent', `dnsmasq does not run, so no machine gets an address: ${reason}`, remedy))
  }
  if (unfollowed !== undefined)
    found.push(warning('dhcp-behind', `dnsmasq has an older configuration: ${unfollowed}`, 'correct that, and reload'))
  for (const { server, interface: name } of beside ? [] : foreign) {
    const remedy = 'end it, or set boot.beside if it gives no machine of this network an address'
    found.push(warning('dhcp-foreign', `another DHCP server answers on ${name}: ${server}`, remedy))
  }
  return found
}

function placeWarnings({ role, listening, unnamed = false, objects }: StatusReport): readonly Warning[] {
  const isAlone = isLoopbackOnly(listening)
  const found: Warning[] = []
  if (role === 'master' && isAlone) found.push(warning('loopback-only', LOOPBACK_ONLY.text, LOOPBACK_ONLY.remedy))
  if (unnamed && !isAlone) {
    const what =
      'the configuration does not name this machine as a master: its generations may have the numbers of another one, and it does not ask the others'
    found.push(warning('unnamed-master', what, 'add its address to the masterorder lines'))
  }
  if (objects?.listening.length === 0) {
    const what = 'no objects are given by HTTP: the master waits for its addresses'
    found.push(warning('objects-silent', what, 'see the log'))
  }
  return found
}
