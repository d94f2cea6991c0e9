/** What the service is made of: what its daemon gives it. */
import type { AccessPolicy, IdFloor, Snapshot } from '../../resolver/index.ts'
import type { Address, Clock, Log, QueryLog } from '../../values/index.ts'
import type { Place } from '../transport/link.ts'
import type {
  CertificateReport,
  ConflictReport,
  DnsProcessReport,
  Following,
  LastReload,
  ObjectsReport,
  OtherMasterReport,
  PinReport,
  ReloadReport,
  StatusReport,
  TrustReport,
} from '../wire/report.ts'
import type { DhcpReport } from '../wire/status/dhcp-report.ts'
import type { BootProcessReport, HttpProcessReport } from '../wire/status/process-report.ts'
import type { DoorKind, TlsService } from './door.ts'
import type { Enrolment } from './enrolment.ts'
import type { OwnKeys } from './own-keys.ts'
import type { ReloadOptions, Service } from './question.ts'
import type { Limits } from './shares/limits.ts'
import type { NodeBoots } from './states/node-boot.ts'
import type { PingOf } from './states/ping.ts'

/** What a server is made of. */
export interface ServerOptions {
  readonly role: StatusReport['role']
  /** Name and version, as in HELLO. */
  readonly software: string
  readonly clock: Clock
  readonly log: Log
  /** The log of queries; none unless set. */
  readonly queries?: QueryLog | undefined
  readonly policy: AccessPolicy
  /** The process's number, for STATUS. */
  readonly pid: number
  /** Bounds other than LOCAL_LIMITS and NETWORK_LIMITS, by kind of door. */
  readonly limits?: { readonly [K in DoorKind]?: Limits }
  /** Bytes of half-sent frames that are kept for all connections together; KEPT_MAX unless set. */
  readonly keptBytes?: number
  /** Bytes of answers that wait for all connections together; UNREAD_MAX unless set. */
  readonly unreadBytes?: number
  /** Bytes of generations that are kept for those who read them; OLD_BYTES_MAX unless set. */
  readonly oldBytes?: number
  /** This machine's addresses, for `self`: see Service. Unknown unless set. */
  readonly here?: Service['here']
  /** See Service; it is so unless set. */
  readonly isPlaced?: Service['isPlaced']
  /** Whether a master lives; all do unless set. */
  readonly isLiving?: (master: Address) => boolean
  /** Which ids of a snapshot this machine takes; all unless set. */
  readonly floor?: (snapshot: Snapshot) => IdFloor | undefined
  /** What a node passes on to masters: see Service. */
  readonly passOn?: Service['passOn']
  /** Looks up what a master's name service does not list: see Service. */
  readonly lookUp?: Service['lookUp']
  /** Reads the configuration again, for RELOAD. */
  readonly reload?: (options: ReloadOptions) => Promise<ReloadReport>
  /** The generations that are kept, for HISTORY. */
  readonly generations?: Service['generations']
  readonly difference?: Service['difference']
  /** Which of them has its content pinned, for STATUS. */
  readonly pinned?: () => PinReport | undefined
  /** What a master proves to nodes, and hears from them: see Service. A proxy has none of it. */
  readonly sign?: Service['sign']
  /** What is signed with, and the trust list: who believes other keys is told of by STATUS. */
  readonly keys?: OwnKeys
  /** What STATUS tells of the trust list. */
  readonly trust?: () => TrustReport | undefined
  readonly history?: Service['history']
  readonly conflict?: Service['conflict']
  readonly met?: Service['met']
  /** How connections are taken that begin with TLS; where it is not set there are no doors with it. */
  readonly tls?: TlsService
  /** Issues certificates to nodes; none are issued unless set. */
  readonly enrolment?: Enrolment
  readonly hostKeys?: Service['hostKeys']
  readonly granted?: Service['granted']
  /** A damaged file of what nodes were given, for STATUS. */
  readonly passwordsDamaged?: () => string | undefined
  /** The nodes that boot from the network; none unless set. */
  readonly boots?: NodeBoots
  /** Whether machines answer that do not follow; none is asked unless set. */
  readonly pingOf?: PingOf
  /** The DHCP server of this machine, for STATUS; none unless set. */
  readonly dhcp?: () => DhcpReport | undefined
  /** See Service. */
  readonly macOf?: Service['macOf']
  readonly audit?: Service['audit']
  readonly rotate?: Service['rotate']
  readonly page?: Service['page']
  /** Where this daemon answers besides the doors of this server, for STATUS: DNS. */
  readonly dnsPlaces?: () => readonly Place[]
  readonly dnsProcess?: () => DnsProcessReport | undefined
  readonly httpProcess?: () => HttpProcessReport | undefined
  readonly bootProcess?: () => BootProcessReport | undefined
  /** Why what is served is not in all files, for STATUS. */
  readonly unwritten?: () => string | undefined
  /** What STATUS tells of the doors of objects. */
  readonly objects?: () => ObjectsReport | undefined
  /** The conflict in the report of STATUS. */
  readonly conflictReport?: () => ConflictReport | undefined
  /** The last reload and the masters in the report of STATUS. */
  readonly lastReload?: () => LastReload | undefined
  readonly following?: () => Following | undefined
  /** Whether this is a master that the configuration does not name, for STATUS. */
  readonly isUnnamed?: () => boolean
  /** The certificate of this node, for STATUS. */
  readonly certificate?: () => CertificateReport | undefined
  /** What STATUS tells of the other masters, on a master. */
  readonly otherMasters?: () => readonly OtherMasterReport[]
}
