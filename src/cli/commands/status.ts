/** `kickback status`: the report of a daemon, as text or JSON. */

import { type Diagnostic, diagnosticHeadline } from '../../config/index.ts'
import { conflictText, DIGEST_SHOWN, isLoopbackOnly, LOOPBACK_ONLY, readPipe, writtenText } from '../../daemon/index.ts'
import {
  type DroppedReport,
  type Following,
  filesIn,
  type KickbackClient,
  type MasterReport,
  type NodeReport,
  type OtherMasterReport,
  type Place,
  placeName,
  readSnapshot,
  ServiceError,
  type StatusReport,
} from '../../kickback/index.ts'
import { DATABASES, displayed, layout, localIdDiagnostics } from '../../resolver/index.ts'
import { counted, durationText, formatAddress } from '../../values/index.ts'
import type { Invocation, RunCommand } from '../command.ts'
import { adminSocket, askService, isKeptOut, isSilence, publicSocket, silenceText } from '../service.ts'
import type { Settings } from '../settings/table.ts'
import { EXIT, NEEDS_ATTENTION } from '../synopsis.ts'
import { certificateText } from './node-keys.ts'
import { type CopyReport, copyHere, moduleFolders } from './state/copy.ts'
import { type NamedNode, otherIdLines } from './state/other-ids.ts'

/** What is printed: the report, and the nodes where we may ask for them. */
interface Status {
  readonly report: StatusReport
  readonly nodes: readonly NamedNode[] | undefined
  /** The names of configured nodes that are not among them, on a master. */
  readonly missing: readonly string[] | undefined
}

/** The states of another master in words. */
const MASTER_STATES = {
  asked: 'was not heard yet',
  answers: 'answers',
  silent: 'does not answer',
  'other-key': 'HAS ANOTHER KEY',
} as const
/** What is said of machines that believe another key. */
const OTHER_KEYS =
  'they take nothing from this master; give nodes its root.pub (signing.pub, if there is none), and certify the keys of the other masters: kickback keys request there, kickback keys certify here'

/** What is said of machines that know the signing key alone. */
const OLD_KEYS =
  'they know the signing key alone and take no trust list: give them root.pub before this key is replaced'

/** What is said of a master that other machines can ask, and that the configuration does not name. */
const UNNAMED =
  'the configuration does not name this machine as a master: its generations may have the numbers of another one, and it does not ask the others; add its address to the masterorder lines'

/** What is said where the list does not have the key of this master. */
const NOT_CERTIFIED =
  'the trust list does not have this key: nodes that have the list do not believe this master; if it was not revoked, run kickback keys request here, and kickback keys certify where the root key is'

/** How many missing nodes are named. */
const MISSING_SHOWN = 10

/** `kickback status`. */
export const run: RunCommand = async (invocation) => {
  const { settings, terminal } = invocation
  const asked = placeOf(settings)
  try {
    const { report, nodes, missing } = await statusAt(asked, invocation)
    const ids = report.role === 'proxy' && 'path' in asked ? await localIds(settings) : []
    const own = ids.length > 0 && { local_ids: ids.map(diagnosticHeadline) }
    const whole = { ...report, ...(nodes && { nodes }), ...(missing && { missing }), ...own }
    const text = `${statusText(report, nodes, missing)}${idLines(ids)}`
    terminal.print(settings.json ? `${JSON.stringify(whole, null, 2)}\n` : text)
    return needsAttention(report) ? NEEDS_ATTENTION : EXIT.DONE
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.complain(
      isSilence(error) ? silenceText(asked, error) : `kickback: ${placeName(asked)}: ${error.message}\n`,
    )
    // Look-ups go on without a daemon: from what, and how old that is, is to be known just then.
    const isDown = isSilence(error) && 'path' in asked && !(await isAnswered(publicSocket(settings.runDir), invocation))
    const copy = isDown ? await copyHere(moduleFolders(settings.runDir)) : undefined
    if (copy !== undefined) terminal.print(settings.json ? `${JSON.stringify({ copy }, null, 2)}\n` : copyText(copy))
    return EXIT.FAILED
  }
}

/** The accounts in the files of this node whose ids are not those of the cluster. */
async function localIds({ runDir, passwd, group }: Settings): Promise<readonly Diagnostic[]> {
  const { snapshot } = await readSnapshot(filesIn(runDir).snapshot)
  if (snapshot === undefined) return []
  return localIdDiagnostics(snapshot, { passwd: await readPipe(passwd), group: await readPipe(group) })
}

/** The first of them, and how many there are. */
function idLines(ids: readonly Diagnostic[]): string {
  const first = ids.slice(0, MISSING_SHOWN).map(({ message }) => `OTHER ID     ${message}\n`)
  const more = ids.length - first.length
  return `${first.join('')}${more === 0 ? '' : `OTHER ID     and ${more} more: kickback check shows all\n`}`
}

/** Whether a daemon is there, whatever it says. */
async function isAnswered(place: Place, invocation: Invocation): Promise<boolean> {
  try {
    await askService(place, invocation, async () => {})
    return true
  } catch (error) {
    if (error instanceof ServiceError) return false
    throw error
  }
}

/** The copy that the module answers from, for people. */
function copyText({ file, generation, digest, written, age }: CopyReport): string {
  return [
    `module       answers from ${file}`,
    `generation   ${generation}, ${writtenText(written)}`,
    `digest       ${digest}`,
    `data         a master was in step with it, or wrote it, ${durationText(age)} ago\n`,
  ].join('\n')
}

function needsAttention(report: StatusReport): boolean {
  const { role, generation, reload, following, conflict, dns, dns_process: process, objects, pinned, trust } = report
  const { masters = [], other_keys: others = [] } = report
  if (isMute(dns, process) || objects?.listening.length === 0 || pinned !== undefined) return true
  if (trust?.certified === false || report.unwritten !== undefined) return true
  if (conflict !== undefined || (role === 'proxy' && generation === undefined)) return true
  if (masters.some((one) => one.state === 'other-key' || hasOtherContent(one, report)) || others.length > 0) return true
  return reload?.outcome === 'refused' || following?.state === 'searching' || (following?.refusals.length ?? 0) > 0
}

/** Whether DNS is on and not answered: its process is gone, or has none of its addresses yet. */
function isMute(places: StatusReport['dns'], process: StatusReport['dns_process']): boolean {
  return process !== undefined && (process.pid === 0 || places.length === 0)
}

/** Root's socket reports more than the public one. */
function placeOf({ server, runDir }: Settings): Place {
  return server === null ? adminSocket(runDir) : { host: server.host, port: server.port }
}

/** Asks there. If the caller may not use root's socket, says so and asks the public one. */
async function statusAt(place: Place, invocation: Invocation): Promise<Status> {
  const isAdmin = 'path' in place
  try {
    return await askService(place, invocation, (client) => statusOf(client, isAdmin))
  } catch (error) {
    if (!isAdmin || !(error instanceof ServiceError) || !isKeptOut(error)) throw error
    const socket = publicSocket(invocation.settings.runDir)
    const status = await askService(socket, invocation, (client) => statusOf(client, false))
    invocation.terminal.complain(
      `kickback: permission denied at ${placeName(place)}, so ${placeName(socket)} was asked, which does not give the list of nodes\n`,
    )
    return status
  }
}

async function statusOf(client: KickbackClient, withNodes: boolean): Promise<Status> {
  const report = await client.status()
  if (!withNodes) return { report, nodes: undefined, missing: undefined }
  const nodes: NodeReport[] = []
  for await (const page of client.nodes()) nodes.push(...page)
  if (report.role !== 'master') return { report, nodes, missing: undefined }
  return { report, ...(await named(client, nodes)) }
}

/** The nodes with their names, and the names of those of the configuration that have not reported their generation. */
async function named(
  client: KickbackClient,
  nodes: readonly NodeReport[],
): Promise<{ readonly nodes: readonly NamedNode[]; readonly missing: readonly string[] }> {
  const reported = new Set(nodes.map(({ address }) => address))
  const names = new Map<string, string>()
  const missing: string[] = []
  for (const record of await client.list('hosts')) {
    const { kind, names: all, addresses } = DATABASES.hosts.decode(record)
    if (kind !== layout.HOST_KINDS.NODE) continue
    const name = displayed(all[0] ?? '')
    const there = addresses.map(formatAddress).filter((address) => reported.has(address))
    for (const address of there) names.set(address, name)
    if (there.length === 0) missing.push(name)
  }
  return { nodes: nodes.map((node) => ({ ...node, ...nameOf(names.get(node.address)) })), missing }
}

function nameOf(name: string | undefined): Pick<NamedNode, 'name'> {
  return name === undefined ? {} : { name }
}

/** A report for people. */
export function statusText(
  report: StatusReport,
  nodes: readonly NamedNode[] = [],
  missing: readonly string[] = [],
): string {
  const {
    role,
    software,
    pid,
    uptime,
    records: counts,
    connections,
    subscribers,
    refused,
    denied,
    questions,
    rate,
  } = report
  const records = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  const lines = [
    `${software}, ${role}, process ${pid}, up ${durationText(uptime)}`,
    generationText(report),
    `records      ${records.length === 0 ? 'none' : records.join(', ')}`,
    `questions    ${questions}, ${rate.toFixed(1)} a second`,
    ...listeningLines(report),
    ...objectsLines(report),
    `connections  ${connections}, of which ${subscribers} follow; ${refused} refused, ${denied} denied`,
    ...nodeLines(report, nodes),
    ...missingLines(report, missing),
    ...otherIdLines(report, nodes),
    ...otherMasterLines(report),
    ...(report.unwritten === undefined ? [] : [`NOT WRITTEN  ${report.unwritten}; it is tried again`]),
    ...failureLines(report),
    ...(report.conflict === undefined ? [] : [conflictText(report.conflict)]),
    ...pinLines(report),
    ...reloadLines(report),
    ...followingLines(report),
    ...(report.certificate === undefined ? [] : [`certificate  ${certificateText(report.certificate)}`]),
  ]
  return `${lines.join('\n')}\n`
}

function generationText({ generation, digest = '', signed, written }: StatusReport): string {
  if (generation === undefined) return 'generation   none yet'
  const since = written === undefined ? '' : `, ${writtenText(written)}`
  return `generation   ${generation}, ${signed ? 'signed' : 'not signed'}${since}\ndigest       ${digest}`
}

function nodeLines({ reported, behind }: StatusReport, nodes: readonly NodeReport[]): string[] {
  if (reported === 0) return []
  const late = nodes.filter((node) => node.behind)
  const lines = late.map(({ address, generation: held }) => `  ${address} has generation ${held} with other content`)
  return [`nodes        ${reported} reported, ${behind} behind`, ...lines]
}

/** Where it can be asked. */
function listeningLines({ role, listening, dns, dns_process: process, unnamed = false }: StatusReport): string[] {
  const isAlone = isLoopbackOnly(listening)
  return [
    `listening    ${listening.join(', ')}`,
    `DNS          ${dnsText(dns, process)}`,
    ...Object.entries(process?.failures ?? {}).map(
      ([name, count]) => `ERRORS       ${count} in the DNS process: ${name}`,
    ),
    ...(role === 'master' && isAlone ? [`WARNING      ${LOOPBACK_ONLY}`] : []),
    ...(unnamed && !isAlone ? [`WARNING      ${UNNAMED}`] : []),
  ]
}

/** Where objects are given by HTTP, and how much that is used. */
function objectsLines({ objects }: StatusReport): string[] {
  if (objects === undefined) return []
  const { listening, connections, refused, denied, requests, sent } = objects
  const asked = Object.entries(requests).map(([kind, count]) => `${kind} ${count}`)
  const where = listening.length === 0 ? 'NOT GIVEN: it waits for its addresses, see the log' : listening.join(', ')
  const used = `${counted(connections, 'connection')}, ${refused} refused, ${denied} denied`
  return [
    `objects      ${where} (${used}; asked for: ${asked.length === 0 ? 'nothing' : asked.join(', ')}; ${counted(sent, 'byte')} sent)`,
  ]
}

/** Where DNS answers, and the process that does. */
function dnsText(places: readonly string[], process: StatusReport['dns_process']): string {
  if (process === undefined) return places.length === 0 ? 'off' : places.join(', ')
  const { pid, generation, restarts } = process
  const again = restarts === 0 ? '' : `, started again ${counted(restarts, 'time')}`
  if (pid === 0)
    return `NO ANSWERS: there is no DNS process now; it is started again, and the log says why it ended${again}`
  const where = places.length === 0 ? 'NO ANSWERS: it waits for its addresses, see the log' : places.join(', ')
  return `${where} (process ${pid}, generation ${generation}${again})`
}

/** Nodes of the configuration that do not follow here: the first of them, and how many there are. */
function missingLines({ masters = [] }: StatusReport, missing: readonly string[]): string[] {
  if (missing.length === 0) return []
  const first = missing.slice(0, MISSING_SHOWN).join(', ')
  const more = missing.length > MISSING_SHOWN ? ', ...' : ''
  const [verb, they] = missing.length === 1 ? ['does', 'it'] : ['do', 'they']
  const elsewhere = masters.length === 0 ? '' : ` (${they} may follow another one)`
  const nodes = `${counted(missing.length, 'node')} ${verb} not follow this master`
  return [`missing      ${nodes}${elsewhere}: ${first}${more}`]
}

/** How the other masters stand, on a master; and who has another key. */
function otherMasterLines(report: StatusReport): string[] {
  const { masters = [], other_keys: others = [], old_keys: old = [] } = report
  return [
    ...masters.map((one) => `master       ${one.master} ${otherMasterText(one, report)}`),
    ...(others.length === 0 ? [] : [`OTHER KEY    ${others.join(', ')}: ${OTHER_KEYS}`]),
    ...(old.length === 0 ? [] : [`OLD KEY      ${old.join(', ')}: ${OLD_KEYS}`]),
    ...trustLines(report),
  ]
}

/** Whether another master proved, when it was asked last, that it serves other content than this one. */
function hasOtherContent({ state, digest }: OtherMasterReport, { digest: own }: StatusReport): boolean {
  return state === 'answers' && digest !== undefined && own !== undefined && digest !== own
}

function otherMasterText(master: OtherMasterReport, report: StatusReport): string {
  const { state, reason, digest, generation, time = 0, conflict: isInConflict = false } = master
  const standing = `${MASTER_STATES[state]}${reasonText(reason)}`
  if (state !== 'answers' || digest === undefined) return standing
  if (!hasOtherContent(master, report)) return `${standing}, and has the same content`
  const what = `${standing}, and HAS OTHER CONTENT: generation ${generation}, digest ${digest.slice(0, DIGEST_SHOWN)}, ${writtenText(time)}`
  // Where this one is in conflict that is told below, with what to do.
  if (report.conflict !== undefined) return what
  return isInConflict
    ? `${what}; it serves no nodes. Copy the right files to it; or, if its files are right, there: kickback reload --force`
    : `${what}. Copy the right files to the other master`
}

/** The trust list, and whether this master is in it. */
function trustLines({ trust }: StatusReport): string[] {
  if (trust === undefined) return []
  const { number, signer, certified } = trust
  const own = signer === undefined ? '' : `, this master signs with ${signer}`
  return [`trust list   ${number}${own}`, ...(certified === false ? [`WARNING      ${NOT_CERTIFIED}`] : [])]
}

function failureLines({ failures }: StatusReport): string[] {
  const each = Object.entries(failures).map(([handler, count]) => `${handler} ${count}`)
  return each.length === 0 ? [] : [`ERRORS       unexpected errors, see the log: ${each.join(', ')}`]
}

function pinLines({ pinned }: StatusReport): string[] {
  if (pinned === undefined) return []
  const since = new Date(pinned.time * 1000).toISOString()
  return [
    `PINNED       the content of generation ${pinned.generation}, since ${since}: changes of the files are not served until kickback reload --release`,
  ]
}

function reloadLines({ reload }: StatusReport): string[] {
  if (reload === undefined) return []
  const when = new Date(reload.time * 1000).toISOString()
  const { errors = [] } = reload
  const each = errors.length < 2 ? [] : errors.map((error) => `  ${diagnosticHeadline(error)}`)
  return [
    `last reload  ${reload.outcome} at ${when}${reload.reason === undefined ? '' : `: ${reload.reason}`}`,
    ...each,
  ]
}

/** The masters of a proxy: the one that it follows, then each of several, then what was refused or left out. */
function followingLines({ following }: StatusReport): string[] {
  if (following === undefined) return []
  const { master, state, seconds, reason, insecure, masters, refusals, dropped } = following
  const insecurity =
    'INSECURE     this node believes any machine that answers as its master (--insecure): set key to the public key of the cluster'
  return [
    ...(insecure ? [insecurity] : []),
    `master       ${master}, ${state} for ${durationText(seconds)}${reasonText(reason)}`,
    ...masters.map((one) => `  ${masterText(one)}`),
    `data         ${ageText(following)}`,
    ...refusals.map((refusal) => `refused      ${refusal.reason}`),
    ...(dropped === undefined ? [] : [droppedText(dropped)]),
  ]
}

/** How old the data of a node is. */
function ageText({ age, state }: Following): string {
  if (age === undefined) return 'no master was ever in step with it'
  return state === 'searching' && age > 0
    ? `OUT OF TOUCH: a master was in step with it ${durationText(age)} ago`
    : `a master was in step with it ${durationText(age)} ago`
}

function masterText({ master, state, reason, proof, generation, digest }: MasterReport): string {
  const offer = generation === undefined ? '' : `, generation ${generation} (${(digest ?? '').slice(0, DIGEST_SHOWN)})`
  const proved = proof === undefined ? '' : `, proved ${durationText(proof)} ago`
  return `${master} ${state}${offer}${proved}${reasonText(reason)}`
}

function reasonText(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`
}

function droppedText({ users, groups, names }: DroppedReport): string {
  const first = names.join(', ')
  const accounts = `${counted(users, 'user')} and ${counted(groups, 'group')}`
  return `left out     ${accounts} with ids below the floor of this node, such as ${first}`
}
