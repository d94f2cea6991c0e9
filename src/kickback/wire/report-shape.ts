/** The shapes of reports, and the check of a report that has arrived: what reads it can rely on each field then. */
import type { Diagnostic, Excerpt, Location, Related } from '../../config/index.ts'
import type { RecordChange } from '../../resolver/index.ts'
import type { HostKeyReport } from './key-messages.ts'
import type { OtherIdReport, OtherIdsReport } from './other-ids.ts'
import { MessageError } from './plain.ts'
import type {
  CertificateReport,
  ConflictReport,
  DatabaseChange,
  DnsProcessReport,
  DroppedReport,
  Following,
  GenerationReport,
  LastReload,
  MasterReport,
  NodeKeyReport,
  NodeReport,
  ObjectsReport,
  OtherMasterReport,
  PinReport,
  RefusalReport,
  ReloadReport,
  StatusReport,
  TrustReport,
} from './report.ts'
import type { DhcpReport, ForeignDhcpReport } from './status/dhcp-report.ts'
import type { BootProcessReport, HttpProcessReport } from './status/process-report.ts'

/** What a value has to be: a plain one, a list, a map with any names, a map with these fields, or one of some words. */
export type Shape =
  | 'str'
  | 'bool'
  | 'number'
  | 'uint'
  | { readonly list: Shape }
  | { readonly named: Shape }
  | { readonly words: readonly string[] }
  | { readonly fields: Fields }

/** The fields of a map. One that is `optional` may be absent; fields that are not named here pass. */
interface Fields {
  readonly [name: string]: Shape | { readonly optional: Shape }
}

/** A row for each field of a report, `optional` where its type says so. */
export type ShapesOf<Report> = {
  readonly [F in keyof Required<Report>]: undefined extends Report[F] ? { readonly optional: Shape } : Shape
}

const RECORD_CHANGE: ShapesOf<RecordChange> = {
  fate: 'str',
  name: 'str',
  before: { optional: 'str' },
  after: { optional: 'str' },
}

const CHANGE: ShapesOf<DatabaseChange> = {
  before: 'uint',
  after: 'uint',
  added: 'uint',
  removed: 'uint',
  changed: 'uint',
  moved: { optional: 'uint' },
  renumbered: { optional: 'uint' },
  records: { optional: { list: { fields: RECORD_CHANGE } } },
  names: { optional: { fields: { added: { list: 'str' }, removed: { list: 'str' }, changed: { list: 'str' } } } },
}

const TRUST: ShapesOf<TrustReport> = {
  number: 'uint',
  signer: { optional: 'str' },
  certified: { optional: 'bool' },
}

const PIN: ShapesOf<PinReport> = { generation: 'uint', time: 'number' }

const GENERATION: ShapesOf<GenerationReport> = {
  generation: 'uint',
  digest: 'str',
  time: 'number',
  cause: 'str',
  bytes: 'uint',
  records: { named: 'uint' },
  changes: { named: { fields: { added: 'uint', removed: 'uint', changed: 'uint' } } },
}

const OUTCOME: Shape = { words: ['published', 'unchanged', 'refused', 'dry-run'] }

const EXCERPT: ShapesOf<Excerpt> = { text: 'str', before: 'uint' }

const LOCATION: ShapesOf<Location> = {
  file: 'str',
  line: 'uint',
  column: 'uint',
  end: 'uint',
  excerpt: { optional: { fields: EXCERPT } },
}

const RELATED: ShapesOf<Related> = { ...LOCATION, message: 'str' }

const DIAGNOSTIC: ShapesOf<Diagnostic> = {
  ...LOCATION,
  code: 'str',
  severity: { words: ['error', 'warning', 'note'] },
  message: 'str',
  related: { list: { fields: RELATED } },
}

const RELOAD: ShapesOf<ReloadReport> = {
  outcome: OUTCOME,
  generation: 'uint',
  reason: { optional: 'str' },
  part: { optional: 'bool' },
  pinned: { optional: 'uint' },
  databases: { named: { fields: CHANGE } },
  diagnostics: { list: { fields: DIAGNOSTIC } },
  omitted: { optional: 'uint' },
}

const LAST_RELOAD: ShapesOf<LastReload> = {
  outcome: OUTCOME,
  time: 'number',
  cause: { optional: 'str' },
  reason: { optional: 'str' },
  errors: { optional: { list: { fields: DIAGNOSTIC } } },
}

const MASTER: ShapesOf<MasterReport> = {
  master: 'str',
  state: 'str',
  reason: { optional: 'str' },
  proof: { optional: 'number' },
  generation: { optional: 'uint' },
  digest: { optional: 'str' },
}

const REFUSAL: ShapesOf<RefusalReport> = { generation: 'uint', digest: 'str', reason: 'str' }

const DROPPED: ShapesOf<DroppedReport> = { users: 'uint', groups: 'uint', names: { list: 'str' } }

const FOLLOWING: ShapesOf<Following> = {
  master: 'str',
  state: 'str',
  seconds: 'number',
  reason: { optional: 'str' },
  age: { optional: 'number' },
  insecure: 'bool',
  masters: { list: { fields: MASTER } },
  refusals: { list: { fields: REFUSAL } },
  dropped: { optional: { fields: DROPPED } },
  shadow_until: { optional: 'number' },
}

const CONFLICT: ShapesOf<ConflictReport> = {
  reason: 'str',
  generation: 'uint',
  digest: 'str',
  time: 'number',
  own_time: 'number',
  own_digest: 'str',
  holders: { list: 'str' },
}

const OTHER_MASTER: ShapesOf<OtherMasterReport> = {
  master: 'str',
  state: 'str',
  reason: { optional: 'str' },
  generation: { optional: 'uint' },
  digest: { optional: 'str' },
  time: { optional: 'number' },
  conflict: { optional: 'bool' },
}

const DNS_PROCESS: ShapesOf<DnsProcessReport> = {
  pid: 'uint',
  generation: 'uint',
  restarts: 'uint',
  failures: { named: 'uint' },
  others: { optional: { list: { fields: { pid: 'uint', generation: 'uint' } } } },
}

const HTTP_PROCESS: ShapesOf<HttpProcessReport> = {
  pid: 'uint',
  listening: { list: 'str' },
  restarts: 'uint',
  failures: { named: 'uint' },
}

const BOOT_PROCESS: ShapesOf<BootProcessReport> = {
  ...HTTP_PROCESS,
  missing: { list: { fields: { place: 'str', reason: 'str' } } },
}

const OBJECTS: ShapesOf<ObjectsReport> = {
  listening: { list: 'str' },
  connections: 'uint',
  refused: 'uint',
  denied: 'uint',
  waiting: 'uint',
  requests: { named: 'uint' },
  sent: 'uint',
}

const FOREIGN_DHCP: ShapesOf<ForeignDhcpReport> = { server: 'str', interface: 'str', time: 'number' }

const DHCP: ShapesOf<DhcpReport> = {
  by: 'str',
  pid: 'uint',
  since: { optional: 'number' },
  restarts: 'uint',
  reason: { optional: 'str' },
  trouble: { optional: { fields: { text: 'str', time: 'number' } } },
  unfollowed: { optional: 'str' },
  machines: 'uint',
  given: 'uint',
  strangers: 'uint',
  beside: 'bool',
  foreign: { list: { fields: FOREIGN_DHCP } },
}

const CERTIFICATE: ShapesOf<CertificateReport> = {
  state: { words: ['asking', 'pending', 'valid', 'revoked'] },
  mark: 'str',
  node: { optional: 'uint' },
  until: { optional: 'number' },
  reason: { optional: 'str' },
}

const STATUS: ShapesOf<StatusReport> = {
  role: { words: ['master', 'proxy'] },
  software: 'str',
  pid: 'uint',
  uptime: 'number',
  generation: { optional: 'uint' },
  digest: { optional: 'str' },
  signed: { optional: 'bool' },
  written: { optional: 'uint' },
  records: { named: 'uint' },
  listening: { list: 'str' },
  dns: { list: 'str' },
  dns_process: { optional: { fields: DNS_PROCESS } },
  http_process: { optional: { fields: HTTP_PROCESS } },
  boot_process: { optional: { fields: BOOT_PROCESS } },
  objects: { optional: { fields: OBJECTS } },
  dhcp: { optional: { fields: DHCP } },
  unwritten: { optional: 'str' },
  failures: { named: 'uint' },
  connections: 'uint',
  subscribers: 'uint',
  refused: 'uint',
  denied: 'uint',
  kept: 'uint',
  unread: 'uint',
  questions: 'uint',
  rate: 'number',
  operations: { named: 'uint' },
  reload: { optional: { fields: LAST_RELOAD } },
  pinned: { optional: { fields: PIN } },
  following: { optional: { fields: FOLLOWING } },
  conflict: { optional: { fields: CONFLICT } },
  masters: { optional: { list: { fields: OTHER_MASTER } } },
  unnamed: { optional: 'bool' },
  trust: { optional: { fields: TRUST } },
  certificate: { optional: { fields: CERTIFICATE } },
  other_keys: { optional: { list: 'str' } },
  old_keys: { optional: { list: 'str' } },
  held: { optional: { list: 'uint' } },
  passwords_damaged: { optional: 'str' },
  host_keys_waiting: { optional: { list: 'uint' } },
  reported: 'uint',
  behind: 'uint',
  other_ids: { optional: 'uint' },
}

const NODE_KEY: ShapesOf<NodeKeyReport> = {
  node: 'uint',
  mark: 'str',
  state: { words: ['pending', 'approved', 'revoked'] },
  time: 'number',
  connected: 'bool',
}

const HOST_KEY: ShapesOf<HostKeyReport> = {
  node: 'uint',
  type: 'str',
  fingerprint: 'str',
  state: { words: ['approved', 'absent', 'waiting', 'refused'] },
  time: 'number',
}

const OTHER_ID: ShapesOf<OtherIdReport> = {
  kind: 'str',
  name: 'str',
  id: 'uint',
  cluster_id: { optional: 'uint' },
  cluster_name: { optional: 'str' },
}

const OTHER_IDS: ShapesOf<OtherIdsReport> = { count: 'uint', accounts: { list: { fields: OTHER_ID } } }

const NODE: ShapesOf<NodeReport> = {
  address: 'str',
  software: 'str',
  generation: 'uint',
  behind: 'bool',
  seen: { optional: 'number' },
  other_ids: { optional: { fields: OTHER_IDS } },
}

/** A report of STATUS as it arrived. Throws MessageError naming the first field that is wrong. */
export function statusReport(value: unknown): StatusReport {
  checkShape(value, { fields: STATUS }, 'report')
  return value as StatusReport
}

/** A report of RELOAD as it arrived. Throws MessageError naming the first field that is wrong. */
export function reloadReport(value: unknown): ReloadReport {
  checkShape(value, { fields: RELOAD }, 'report')
  return value as ReloadReport
}

/** The nodes of a reply of NODES as they arrived. Throws MessageError naming the first field that is wrong. */
export function nodeReports(value: unknown): readonly NodeReport[] {
  checkShape(value, { list: { fields: NODE } }, 'nodes')
  return value as readonly NodeReport[]
}

/** What a node tells of its own accounts, as it arrived. Throws MessageError naming the first field that is wrong. */
export function otherIdsReport(value: unknown): OtherIdsReport {
  checkShape(value, { fields: OTHER_IDS }, 'other_ids')
  return value as OtherIdsReport
}

/** The keys of a reply of KEYS as they arrived. Throws MessageError naming the first field that is wrong. */
export function nodeKeyReports(value: unknown): readonly NodeKeyReport[] {
  checkShape(value, { list: { fields: NODE_KEY } }, 'keys')
  return value as readonly NodeKeyReport[]
}

/** The ssh host keys of a reply of KEYS as they arrived. Throws MessageError naming the first field that is wrong. */
export function hostKeyReports(value: unknown): readonly HostKeyReport[] {
  checkShape(value, { list: { fields: HOST_KEY } }, 'keys')
  return value as readonly HostKeyReport[]
}

/** The generations of a reply of HISTORY as they arrived. Throws MessageError naming the first field that is wrong. */
export function generationReports(value: unknown): readonly GenerationReport[] {
  checkShape(value, { list: { fields: GENERATION } }, 'generations')
  return value as readonly GenerationReport[]
}

/** The changes of databases as they arrived. Throws MessageError naming the first field that is wrong. */
export function databaseChanges(value: unknown): ReloadReport['databases'] {
  checkShape(value, { named: { fields: CHANGE } }, 'databases')
  return value as ReloadReport['databases']
}

const PLAIN: { readonly [T in Extract<Shape, string>]: (value: unknown) => boolean } = {
  str: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  uint: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
}

/** Throws MessageError naming the first part of a value that has not this shape. `where` is what the value is called there. */
export function checkShape(value: unknown, shape: Shape, where: string): void {
  const isRight = typeof shape === 'string' ? PLAIN[shape](value) : isMade(value, shape, where)
  if (!isRight)
    throw new MessageError(`${where} is not of type ${typeof shape === 'string' ? shape : Object.keys(shape).join()}`)
}

/** Whether the value itself is of the kind; what is in it is checked, which throws. */
function isMade(value: unknown, shape: Exclude<Shape, string>, where: string): boolean {
  if ('words' in shape) return shape.words.includes(value as string)
  if ('list' in shape) {
    if (!Array.isArray(value)) return false
    for (const [i, item] of value.entries()) checkShape(item, shape.list, `${where}[${i}]`)
    return true
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return false
  if ('named' in shape) {
    for (const [name, item] of Object.entries(value)) checkShape(item, shape.named, `${where}.${name}`)
  } else {
    checkFields(value, shape.fields, where)
  }
  return true
}

function checkFields(value: object, fields: Fields, where: string): void {
  for (const [name, shape] of Object.entries(fields)) {
    const isOptional = typeof shape === 'object' && 'optional' in shape
    if (Object.hasOwn(value, name)) {
      checkShape((value as { [name: string]: unknown })[name], isOptional ? shape.optional : shape, `${where}.${name}`)
    } else if (!isOptional) {
      throw new MessageError(`${where}.${name} is missing`)
    }
  }
}
