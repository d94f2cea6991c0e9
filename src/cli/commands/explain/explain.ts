/** `kickback explain`: what made an answer, or the nearest reason why there is none, and what this machine does with it. */
import { readFile } from 'node:fs/promises'
import { type FilesSight, masterSights, type Sight, SOURCE_NAMES, type SourceName } from '../../../daemon/index.ts'
import { filesIn, readSnapshot, ServiceError, type StatusReport } from '../../../kickback/index.ts'
import {
  byteString,
  type DatabaseName,
  type Explanation,
  evidenceOf,
  explain,
  type IdRule,
  idFloorsOf,
  type Snapshot,
  standingOf,
} from '../../../resolver/index.ts'
import {
  dayOf,
  formatAddress,
  isLoopback,
  machineAddresses,
  systemErrorCode,
  wallClock,
} from '../../../values/index.ts'
import type { Invocation, RunCommand } from '../../command.ts'
import { buildRules } from '../../daemon-settings.ts'
import { askService, publicSocket } from '../../service.ts'
import type { Settings } from '../../settings/table.ts'
import { BOOT_PLAN, EXIT, LOGINS, NOT_FOUND } from '../../synopsis.ts'
import { typedBytes } from '../../typed-bytes.ts'
import { moduleFolders } from '../state/copy.ts'
import { explainBoot } from './boot.ts'
import { doorsHere, type TypedKey } from './doors.ts'
import { explainLogin } from './logins.ts'
import { type ExplainReport, reportJson, reportText, type UnservedReport } from './report.ts'

/** `kickback explain DB KEY`. */
export const run: RunCommand = async (invocation) => {
  const { args, called, settings, terminal } = invocation
  const [database, ...words] = args as [DatabaseName | typeof LOGINS | typeof BOOT_PLAN, string]
  const [typed = ''] = typedBytes(words, called)
  if (database === LOGINS) return explainLogins(invocation, typed)
  if (database === BOOT_PLAN) return explainBoot(invocation, typed, await snapshotHere(settings))
  const status = await statusHere(invocation)
  const report = await reportOf(invocation, { database, typed }, status)
  if (report.served === undefined && report.files?.explanation === undefined) {
    terminal.complain(
      `kickback: there is nothing to explain ${database} by: this machine has no snapshot and no configuration; start kickback serve on a master, kickback proxy on a node\n`,
    )
    return EXIT.FAILED
  }
  terminal.print(settings.json ? `${JSON.stringify(reportJson(report), null, 2)}\n` : reportText(report))
  return report.served?.explanation.code === 'found' ? EXIT.DONE : NOT_FOUND
}

/** By the generation that is served: the rules of the files may be newer. */
async function explainLogins(invocation: Invocation, typed: string): Promise<number> {
  const snapshot = await snapshotHere(invocation.settings)
  if (snapshot !== undefined) return explainLogin(invocation, typed, snapshot)
  invocation.terminal.complain('kickback: this machine has no snapshot: nobody knows the rules of logins here\n')
  return EXIT.FAILED
}

/** The state of the daemon of this machine; undefined where none answers. */
async function statusHere(invocation: Invocation): Promise<StatusReport | undefined> {
  try {
    return await askService(publicSocket(invocation.settings.runDir), invocation, (client) => client.status())
  } catch (error) {
    if (error instanceof ServiceError) return undefined
    throw error
  }
}

async function reportOf(
  invocation: Invocation,
  key: TypedKey,
  status: StatusReport | undefined,
): Promise<ExplainReport> {
  const { settings } = invocation
  const snapshot = await snapshotHere(settings)
  const role = await roleHere(settings, status)
  const told =
    role === 'master' ? await byMaster(invocation, key, { snapshot, status }) : await byNode(settings, key, snapshot)
  const known = { role, dns: status?.dns ?? [], domain: snapshot?.domain ?? '' }
  return {
    ...{ ...key, role, ...told },
    machine: await doorsHere(invocation, key, known),
    standing: role === 'node' ? standingHere(snapshot) : undefined,
  }
}

/** The snapshot that this machine answers from: the first whole one of the run dir and the folders behind it. */
async function snapshotHere({ runDir, stateDir }: Settings): Promise<Snapshot | undefined> {
  for (const folder of new Set([...moduleFolders(runDir), stateDir])) {
    const { snapshot } = await readSnapshot(filesIn(folder).snapshot)
    if (snapshot !== undefined) return snapshot
  }
  return undefined
}

/** What the daemon says it is; without one a machine that follows masters and has no configuration is a node. */
async function roleHere({ config }: Settings, status: StatusReport | undefined): Promise<'master' | 'node'> {
  if (status !== undefined) return status.role === 'master' ? 'master' : 'node'
  return (await isThere(config)) ? 'master' : 'node'
}

async function isThere(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error) => systemErrorCode(error) !== 'ENOENT',
  )
}

type Told = Pick<ExplainReport, 'served' | 'files'>

/** By the files that are served, and by the files as they are where that is something else. */
async function byMaster(
  invocation: Invocation,
  key: TypedKey,
  { snapshot, status }: { readonly snapshot: Snapshot | undefined; readonly status: StatusReport | undefined },
): Promise<Told> {
  const { settings } = invocation
  const sources = Object.fromEntries(SOURCE_NAMES.map((name) => [name, settings[name]])) as Record<SourceName, string>
  const { stateDir } = settings
  const today = dayOf(wallClock())
  const sights = await masterSights({ sources, stateDir, served: snapshot, rules: buildRules(invocation), today })
  const { served } = sights
  const files = sights.files && asRead(sights.files, status)
  const fresh = files?.sight && bySight(files.sight, key)
  const own = served && bySight(served, key)
  const unserved = files && { ...files, explanation: fresh, isSame: isSameAnswer(fresh, own) }
  if (served === undefined || own === undefined) return { served: undefined, files: unserved }
  const { generation } = served.snapshot
  return { served: { explanation: withFiles(own, unserved), basis: served.basis, generation }, files: unserved }
}

/** Files that a reload would refuse, and that the daemon did not refuse, are not those that it read last: often it has other settings. */
function asRead(files: FilesSight, status: StatusReport | undefined): FilesSight {
  const isBad = files.code === 'refused' || files.code === 'loss-limit'
  if (!isBad || status?.reload === undefined || status.reload.outcome === 'refused' || status.pinned !== undefined)
    return files
  const reason = `the service has not read them, or was started with other settings: call kickback explain with its settings (--settings, --config); of these files: ${files.reason}`
  return { ...files, code: 'not-reloaded', reason }
}

/** What is not there, and would be if the files were served: that is the nearest reason. */
function withFiles(served: Explanation, files: UnservedReport | undefined): Explanation {
  if (served.code === 'found' || files?.explanation?.code !== 'found') return served
  const { reason, explanation } = files
  return { code: 'not-served', message: `the files have it, and are not served: ${reason}`, lines: explanation.lines }
}

/** Whether two sights give one answer: the same record, or the same reason for none. */
function isSameAnswer(one: Explanation | undefined, other: Explanation | undefined): boolean {
  if (one === undefined || other === undefined) return false
  if (one.record === undefined || other.record === undefined) return one.message === other.message
  return Buffer.compare(one.record, other.record) === 0
}

function bySight({ snapshot, sources }: Sight, { database, typed }: TypedKey): Explanation {
  return explain(evidenceOf(snapshot, sources, machineAddresses()), database, typed)
}

/** By the snapshot alone, and what this node takes of it. */
async function byNode(
  settings: Settings,
  { database, typed }: TypedKey,
  snapshot: Snapshot | undefined,
): Promise<Told> {
  if (snapshot === undefined) return { served: undefined, files: undefined }
  const evidence = evidenceOf(snapshot, undefined, machineAddresses())
  const explanation = explain(evidence, database, typed, await idRule(settings))
  return { served: { explanation, basis: 'snapshot', generation: snapshot.generation }, files: undefined }
}

async function idRule({ loginDefs, users, groups }: Settings): Promise<IdRule> {
  const bytes = await readFile(loginDefs).catch(() => undefined)
  const { uidMin, gidMin } = idFloorsOf(loginDefs, bytes)
  return { uidMin, gidMin, users: users.map(byteString), groups: groups.map(byteString) }
}

const STANDINGS = {
  member: 'take this machine for a node or a master, which may ask all public databases',
  device: 'take this machine for a device, which may ask hosts, ethers and DNS alone',
  unapproved:
    'have this machine as a node that nobody has approved: they refuse it until kickback set node NUMBER --class CLASS on a master',
  stranger: 'do not know this machine: they refuse it unless their setting `allow` has its address',
} as const

/** What the masters take this machine for, by the best of its addresses. */
function standingHere(snapshot: Snapshot | undefined): string | undefined {
  if (snapshot === undefined) return undefined
  const own = machineAddresses().filter((address) => !isLoopback(address))
  const standings = own.map((address) => [address, standingOf(snapshot, address.bytes, NONE) ?? 'stranger'] as const)
  for (const wanted of ['member', 'device', 'unapproved', 'stranger'] as const) {
    const found = standings.find(([, standing]) => standing === wanted)
    if (found !== undefined) return `${STANDINGS[wanted]} (${formatAddress(found[0])})`
  }
  return undefined
}

/** No further addresses are allowed, as far as a node knows. */
const NONE = { allow: [] }
