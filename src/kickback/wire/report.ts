/** The reports of STATUS and RELOAD. Their fields are explained in the tables below the types. */

import type { Diagnostic } from '../../config/index.ts'
import type { DatabaseName, RecordChange } from '../../resolver/index.ts'
import type { OtherIdsReport } from './other-ids.ts'
import type { DhcpReport } from './status/dhcp-report.ts'
import type { BootProcessReport, HttpProcessReport } from './status/process-report.ts'

/** What a reload did with one database, in records. */
export interface DatabaseChange {
  readonly before: number
  readonly after: number
  readonly added: number
  readonly removed: number
  readonly changed: number
  /** How many of the changed ones have another address, or another id or number; absent for none. */
  readonly moved?: number
  readonly renumbered?: number
  /** The first few of each, for people. */
  readonly names?: {
    readonly added: readonly string[]
    readonly removed: readonly string[]
    readonly changed: readonly string[]
  }
  /** The records one by one, where they were asked for. */
  readonly records?: readonly RecordChange[]
}

/** Content of an earlier generation that stays served until it is released. */
export interface PinReport {
  readonly generation: number
  readonly time: number
}

/** A generation that a master keeps. */
export interface GenerationReport {
  readonly generation: number
  readonly digest: string
  readonly time: number
  readonly cause: string
  readonly bytes: number
  readonly records: { readonly [D in DatabaseName]?: number }
  readonly changes: { readonly [D in DatabaseName]?: Pick<DatabaseChange, 'added' | 'removed' | 'changed'> }
}

/** How a reload ended. `refused` keeps what was served before. */
export type ReloadOutcome = 'published' | 'unchanged' | 'refused' | 'dry-run'

/** The report of RELOAD. */
export interface ReloadReport {
  readonly outcome: ReloadOutcome
  readonly generation: number
  readonly reason?: string
  /** True if some sources were refused, and what the others say is published. */
  readonly part?: boolean
  /** The generation whose content is pinned: what the sources say is not served. */
  readonly pinned?: number
  readonly databases: { readonly [D in DatabaseName]?: DatabaseChange }
  readonly diagnostics: readonly Diagnostic[]
  /** How many more there are. */
  readonly omitted?: number
}

/** The trust list that a daemon holds. */
export interface TrustReport {
  readonly number: number
  readonly signer?: string
  readonly certified?: boolean
}

/** The last reload, as in the report of STATUS. */
export interface LastReload {
  readonly outcome: ReloadOutcome
  readonly time: number
  /** Who or what asked for it, in words; absent from an older master. */
  readonly cause?: string
  readonly reason?: string
  /** Of a refused one, where a source is at fault. */
  readonly errors?: readonly Diagnostic[]
}

/** A proxy's sight of its masters. */
export interface Following {
  readonly master: string
  readonly state: 'following' | 'updating' | 'searching'
  readonly seconds: number
  readonly reason?: string
  readonly age?: number
  readonly insecure: boolean
  readonly masters: readonly MasterReport[]
  readonly refusals: readonly RefusalReport[]
  readonly dropped?: DroppedReport
  readonly shadow_until?: number
}

/** One master, as a proxy sees it. */
export interface MasterReport {
  readonly master: string
  readonly state: 'following' | 'updating' | 'trying' | 'lost' | 'idle'
  readonly reason?: string
  readonly proof?: number
  readonly generation?: number
  readonly digest?: string
}

/** A generation that a proxy did not take for what it would lose. */
export interface RefusalReport {
  readonly generation: number
  readonly digest: string
  readonly reason: string
}

/** What a proxy leaves out of its generation, by the ids. */
export interface DroppedReport {
  readonly users: number
  readonly groups: number
  readonly names: readonly string[]
}

/** A node that reported its generation. */
export interface NodeReport {
  readonly address: string
  readonly software: string
  readonly generation: number
  readonly behind: boolean
  /** Of one that has gone: when it was there last, in seconds since 1970. */
  readonly seen?: number
  /** Absent if it has told of none. */
  readonly other_ids?: OtherIdsReport
}

/** Another master, as a master sees it. */
export interface OtherMasterReport {
  readonly master: string
  readonly state: 'asked' | 'answers' | 'silent' | 'other-key'
  readonly reason?: string
  readonly generation?: number
  readonly digest?: string
  readonly time?: number
  readonly conflict?: boolean
}

/** Why a master takes no nodes. */
export interface ConflictReport {
  readonly reason: 'content' | 'number' | 'restored'
  readonly generation: number
  readonly digest: string
  readonly time: number
  readonly own_time: number
  readonly own_digest: string
  readonly holders: readonly string[]
}

/** The process that answers DNS. */
export interface DnsProcessReport {
  readonly pid: number
  readonly generation: number
  readonly restarts: number
  readonly failures: { readonly [handler: string]: number }
  /** The others, where several answer; absent where one does. */
  readonly others?: readonly { readonly pid: number; readonly generation: number }[]
}

/** The doors by which a master gives objects over HTTP. */
export interface ObjectsReport {
  readonly listening: readonly string[]
  readonly connections: number
  readonly refused: number
  readonly denied: number
  readonly waiting: number
  readonly requests: { readonly [kind: string]: number }
  readonly sent: number
}

/** The certificate of a node, as the node sees it. */
export interface CertificateReport {
  /** `asking`: no master answered yet. `valid` also while a new one is asked for. */
  readonly state: 'asking' | 'pending' | 'valid' | 'revoked'
  /** The mark of the key of this node, which is compared with what the master shows. */
  readonly mark: string
  /** Of a valid one: the number of the node, and until when it is good, in seconds since 1970. */
  readonly node?: number
  readonly until?: number
  /** Why none was given last. */
  readonly reason?: string
}

/** The key of a node, as KEYS tells it. */
export interface NodeKeyReport {
  readonly node: number
  readonly mark: string
  readonly state: 'pending' | 'approved' | 'revoked'
  /** When it was approved or revoked, or asked last, in seconds since 1970. */
  readonly time: number
  /** Whether a connection by TLS showed it now. */
  readonly connected: boolean
}

/** The report of STATUS. */
export interface StatusReport {
  readonly role: 'master' | 'proxy'
  readonly software: string
  readonly pid: number
  readonly uptime: number
  readonly generation?: number
  readonly digest?: string
  readonly signed?: boolean
  readonly written?: number
  readonly records: { readonly [D in DatabaseName]?: number }
  readonly listening: readonly string[]
  readonly dns: readonly string[]
  readonly dns_process?: DnsProcessReport
  readonly http_process?: HttpProcessReport
  readonly boot_process?: BootProcessReport
  readonly objects?: ObjectsReport
  readonly dhcp?: DhcpReport
  readonly unwritten?: string
  readonly failures: { readonly [handler: string]: number }
  readonly connections: number
  readonly subscribers: number
  readonly refused: number
  readonly denied: number
  readonly kept: number
  readonly unread: number
  readonly questions: number
  readonly rate: number
  readonly operations: { readonly [operation: string]: number }
  readonly reload?: LastReload
  readonly pinned?: PinReport
  readonly following?: Following
  readonly conflict?: ConflictReport
  readonly masters?: readonly OtherMasterReport[]
  readonly unnamed?: boolean
  readonly trust?: TrustReport
  readonly certificate?: CertificateReport
  readonly other_keys?: readonly string[]
  readonly old_keys?: readonly string[]
  readonly held?: readonly number[]
  readonly passwords_damaged?: string
  readonly host_keys_waiting?: readonly number[]
  readonly reported: number
  readonly behind: number
  readonly other_ids?: number
}

/** A sentence about each field of a report: none is left out, by its type. */
type FieldDocs<Report> = { readonly [F in keyof Required<Report>]: string }

/** The fields of the report of STATUS. */
export const STATUS_REPORT: FieldDocs<StatusReport> = {
  role: '`master` or `proxy`',
  software: 'name and version',
  pid: 'the process ID',
  uptime: 'seconds since the start',
  generation: 'the current public generation; absent before the first',
  digest: 'its digest in hex',
  signed: 'whether it is signed',
  written: 'when its newest source was written, in seconds since 1970; 0 if no source has a usable time',
  records: 'by database: how many records it has',
  listening: 'where it answers this protocol: paths, and HOST:PORT',
  dns: 'where it answers DNS; empty where it does not',
  dns_process:
    'the process that answers DNS: its `pid` (0 while there is none: then DNS is not answered), the `generation` that it answers from, how often it was started again (`restarts`), and `failures` in it, as below; where several processes answer (`dns.processes`), the first one, with `restarts` and `failures` of all together, and `others`, the `pid` and `generation` of each other one; absent where DNS is off',
  http_process:
    'the process that answers HTTP, for the page and metrics: its `pid` (0 while there is none), where it answers (`listening`, HOST:PORT), how often it was started again (`restarts`), and `failures` in it, as below; absent where HTTP is off',
  boot_process:
    'on a master that boots nodes, the process that gives scripts and images: as `http_process`, and where it is to answer and cannot yet (`missing`: `place`, HOST:PORT, and the `reason`)',
  objects:
    'on a master that gives objects over HTTP: where it does (`listening`, HOST:PORT; empty while this machine has none of the addresses), open `connections`, how many connections were `refused` and `denied` since the start (as below), how many requests for a head are `waiting` for news, `requests` since the start by what they ask for (`head`, `object`, `delta`, `trust`), and how many bytes of objects and deltas were `sent`',
  dhcp: 'on a master that gives addresses by DHCP, how that stands: see below; absent: it gives none',
  unwritten:
    'why what is served is not in all files of the run dir and the state dir, as where a disk is full: the module may answer from an older generation; absent where it is',
  failures: 'by handler of a socket, timer, watcher or thread: unexpected errors in it since the start; see the log',
  connections: 'open connections',
  subscribers: 'those that follow generations',
  refused:
    'connections that were refused because there were too many, or closed because they broke a limit, since the start',
  denied: 'connections from addresses that may not ask, since the start',
  kept: 'bytes of requests that wait for an answer: complete and incomplete frames',
  unread: 'bytes of answers that wait for clients to read, besides parts of snapshots',
  questions: 'questions since the start',
  rate: 'questions a second, over the last ten seconds',
  operations: 'by operation: questions since the start',
  reload:
    'the last reload, on a master: `outcome` and `reason` as in the report of RELOAD, `time` in seconds since 1970, `cause` why it was done, in words, `errors` the first errors of one that was refused, without the `excerpt`',
  pinned:
    'on a master that went back: the `generation` whose content stays served until it is released, and since when (`time`, in seconds since 1970)',
  following: 'on a proxy, its masters as it sees them: see below',
  conflict:
    'on a master that is in conflict with another one and so serves no nodes: the `generation` and `digest` that the other has, `holders` that have it, `time` of its newest source, `own_time` of the newest source here (seconds since 1970, 0 if no source has a usable time) and `own_digest`, `reason`: `content` (the content here is not known to be newer), `number` (the other number is more than a day ahead of the clock) or `restored` (what is served was restored from a backup of `time`, and no other master and no node was met since; `generation` and `digest` are those served here)',
  masters:
    'on a master, each other master of the configuration: `master` (HOST:PORT), `state` (`answers`; `silent`; `other-key`: it has another key, or none; `asked`: it has not answered yet) and the `reason`; once it has answered, the `generation` and `digest` that it served when it was asked last, `time` of its newest source (seconds since 1970, 0 if no source has a usable time), and `conflict`: whether it is in conflict and so serves no nodes',
  unnamed:
    'true on a master that has no address of the masters of the configuration: another such master may make generations of the same numbers',
  trust:
    'the trust list that this daemon holds: `number`; on a master also `signer`, the mark of its signing key in hex, and `certified`, whether the list has this key; absent: it holds none',
  certificate: 'on a node that asks for a certificate, how that stands: see below',
  other_keys:
    'on a master, the machines that reported in the last two minutes that they believe another key than that of this master',
  old_keys:
    'on a master with a trust list, the machines that reported in the last two minutes that they believe a signing key itself: they take no trust list',
  held: 'on a master that boots nodes, the numbers of those that are held, the first thousand: each booted one stage several times without a report; absent: none',
  passwords_damaged:
    'on a master, the path of a damaged file that said which password hashes nodes were given, as long as it is there; absent: there is none',
  host_keys_waiting:
    'on a master, the numbers of the nodes that have an ssh host key which waits for an approval, the first thousand; absent: none',
  reported: 'how many subscribers reported their generation',
  behind: 'how many of them have other content than the current generation',
  other_ids:
    'on a master, how many connected nodes told of accounts in their own files whose ids are not those of the cluster; NODES names them',
}

/** The fields of `following`. */
export const FOLLOWING_REPORT: FieldDocs<Following> = {
  master: 'HOST:PORT of the master that is followed, or was tried last',
  state:
    '`following`: master and node have the same content; `updating`: a generation of the master is being fetched; `searching`: no master is in step with this node',
  seconds: 'seconds since the last change of `state`',
  reason: 'why no master is followed',
  age: 'seconds since a living master said last that the content of this node is in step, over restarts too; absent if none ever did',
  insecure: 'whether the node believes every master without a key (`--insecure`)',
  masters:
    'each master: `master`, `state` (as above, or `trying`, `lost`, `idle`), `reason` why it is lost, `proof` the seconds since its last proof, `generation` and `digest` that it offered last',
  refusals: 'what the loss limit of this node refused: `generation`, `digest` and `reason`',
  shadow_until:
    'until when the shadow entries of this node stay, in seconds since 1970, unless a master proves before that they are granted; absent if it has none',
  dropped:
    'how many `users` and `groups` are left out because their ids are below the floors of this node, and their first `names`',
}

/** The fields of a node in a reply of NODES. */
export const NODE_REPORT: FieldDocs<NodeReport> = {
  address: 'its address; `local` by a Unix socket',
  software: 'name and version, as the node reported them',
  generation: 'the generation that it has',
  behind: 'whether its content differs from the current generation; of one that has gone true',
  seen: 'of one that has gone: when its connection ended, in seconds since 1970; absent: it follows now',
  other_ids:
    'the accounts of its own files whose ids are not those of the cluster, as in the request of HELLO; absent: it told of none',
}

/** The fields of a generation in a reply of HISTORY. */
export const GENERATION_REPORT: FieldDocs<GenerationReport> = {
  generation: 'its number',
  digest: 'its digest in hex',
  time: 'when it was published, in seconds since 1970',
  cause: 'why, in words',
  bytes: 'how many bytes of disk it takes',
  records: 'by database: how many records it has',
  changes:
    'by database that differs from the generation before: how many records were `added`, `removed` and `changed`; empty where that is not known',
}

/** The fields of a diagnostic. */
export const DIAGNOSTIC_REPORT: FieldDocs<Diagnostic> = {
  file: 'the path of the file, as it was given; empty where no file is meant',
  line: 'counts from 1; 0 where the file as a whole is meant',
  column: 'counts from 1, in Unicode code points; 0 where `line` is',
  end: 'the column after the last one; 0 where `line` is',
  excerpt:
    '`text`, the line, or the part of a long line around the span, and `before`, how many code points of it are before the span; absent where the file may hold a secret',
  code: 'a stable code: see diagnostics.md',
  severity: '`error`, `warning` or `note`',
  message: 'one sentence',
  related: 'other spans that it refers to: each with `file`, `line`, `column`, `end`, `excerpt` and `message`',
}

/** The fields of the report of RELOAD. */
export const RELOAD_REPORT: FieldDocs<ReloadReport> = {
  outcome: '`published`, `unchanged`, `refused` (the content before is still served), or `dry-run`',
  generation: 'the generation that is served now',
  reason: 'why it was refused',
  part: 'true if some sources were refused, and the changes of the others are published',
  pinned:
    'the generation whose content is pinned: what the sources say is not served, and `databases` has what a release would change',
  databases:
    'by database that changes: records `before` and `after`, how many were `added`, `removed` and `changed`, how many of the changed ones are `moved` (another address) or `renumbered` (another id or number), and under `names` the first few of each; with `records` in the request also `records`, the first of them one by one: `name`, `fate` (`added`, `removed`, `moved`, `renumbered`, `changed`), and in one line what it was (`before`) and is (`after`), except of shadow',
  diagnostics: 'errors, warnings and notes about the sources, at most 1,000 of them: see below',
  omitted: 'how many more there are',
}

/** The fields of `certificate`. */
export const CERTIFICATE_REPORT: FieldDocs<CertificateReport> = {
  state:
    '`asking`: no master gave one yet; `pending`: the key is to be approved on a master; `valid`; `revoked`: the key of this node was revoked',
  mark: 'the mark of the key of this node: 32 hexadecimal digits, as `kickback keys list` shows it on a master',
  node: 'the number of the node that a valid certificate names',
  until: 'until when it is good, in seconds since 1970',
  reason: 'why none was given last',
}

/** The fields of a key in a reply of KEYS. */
export const NODE_KEY_REPORT: FieldDocs<NodeKeyReport> = {
  node: 'the number of the node',
  mark: 'the mark of its key',
  state: '`pending`, `approved` or `revoked`',
  time: 'when it was approved or revoked, or asked last, in seconds since 1970',
  connected: 'whether a connection by TLS shows it now',
}
