/** A question as it is answered: who asks, what the service has, and whether that asker may have it. */

import {
  type AccessPolicy,
  type Asked,
  type Asker,
  type IdFloor,
  type Snapshot,
  unapprovedNodes,
  verdict,
} from '../../resolver/index.ts'
import type { Address } from '../../values/index.ts'
import {
  ERRORS,
  type ErrorCode,
  type OperationName,
  type Refusal,
  type Reply,
  type Request,
  STATUSES,
} from '../wire/protocol.ts'
import type { GenerationReport, NodeKeyReport, NodeReport, ReloadReport, StatusReport } from '../wire/report.ts'
import type { Deltas } from './deltas.ts'
import type { Enrolment } from './enrolment.ts'
import type { Generations } from './generations.ts'
import type { JoinTokens } from './join-tokens.ts'
import type { OwnKeys } from './own-keys.ts'
import type { RateLimit } from './shares/rate-limit.ts'
import type { Reader } from './shares/readings.ts'
import type { NodeFacts } from './states/node-state.ts'
import type { Departures } from './told/departures.ts'
import type { HostKeysOfNodes } from './told/host-keys.ts'
import type { OtherIds } from './told/other-ids.ts'
import type { OtherKeys } from './told/other-keys.ts'
import type { GrantedShadow } from './waits/granted-shadow.ts'
import type { ShadowWaits } from './waits/shadow-waits.ts'
import type { Waits } from './waits/waits.ts'

/** What operations are answered from. */
export interface Service {
  /** Name and version. */
  readonly software: string
  /** Public generations, and those of shadow. */
  readonly public: Generations
  readonly shadow: Generations
  /** The ways from the last public contents to the current one. */
  readonly deltas: Deltas
  readonly policy: AccessPolicy
  /**
   * The addresses of this machine, the one that the cluster knows it by first: by them `self` is found for who asks from here. On a
   * master that has none of the cluster's, `self` is the master.
   */
  readonly here: () => readonly Uint8Array[]
  /** Whether a node knows its address towards a master: before, that it has none of the cluster's is no fact. */
  readonly isPlaced: () => boolean
  readonly role: StatusReport['role']
  /** Whether a master is alive, as far as this machine knows. */
  readonly isLiving: (master: Address) => boolean
  /** Which ids of a snapshot this machine takes; undefined if all are (a master made the rule itself). */
  readonly floor?: (snapshot: Snapshot) => IdFloor | undefined
  /** Asks a master what a node can't answer; undefined if there is none to ask. A master passes nothing on. */
  readonly passOn?: ((request: Request<'LOOKUP'>) => Promise<Answer<'LOOKUP'>> | undefined) | undefined
  /**
   * Looks an account up that a master's name service has and does not list, for who is counted by `source`: its record, that there is none, or
   * that nobody could tell in time. Undefined for other databases, and where there are no such accounts.
   */
  readonly lookUp?: AccountLookup | undefined
  /** The report of STATUS. */
  readonly report: () => StatusReport
  /** The nodes that follow after this cursor (0 at first), `limit` at most. */
  readonly nodes: (after: number, limit: number) => NodePage
  /** Who followed and has gone. */
  readonly departures: Departures
  /** The open waits for nodes. */
  readonly waits: Waits
  /** Reads the configuration again; undefined if there is none to read. */
  readonly reload: ((options: ReloadOptions) => Promise<ReloadReport>) | undefined
  /** The generations that are kept, the oldest first; undefined where none are, as on a node. */
  readonly generations?: (() => readonly GenerationReport[]) | undefined
  /** What is different in one of them from the one before it. Rejects with the reason if that cannot be told. */
  readonly difference?: ((generation: number) => Promise<ReloadReport['databases']>) | undefined
  /** Signs a message with the signing key; undefined if none is held, as on a node. */
  readonly sign?: Sign | undefined
  /** Whether this master's own history holds a generation with this digest. Without it nothing is known. */
  readonly history?: ((generation: number, digest: Uint8Array) => boolean) | undefined
  /** Whether this master is in conflict with another one; never unless set. */
  readonly conflict?: (() => boolean) | undefined
  /** Told of the header that an asker holds, as it came, and who asked: nothing in it is proved. */
  readonly met?: ((header: Uint8Array, asker: Asker) => void) | undefined
  /** How often is signed. */
  readonly proofs: ProofRates
  /** Who believes another key than the one that is signed with; undefined where none is held. */
  readonly otherKeys?: OtherKeys | undefined
  /** The accounts of nodes whose ids are not those of the cluster; undefined on a node. */
  readonly otherIds?: OtherIds | undefined
  /** What is known of the nodes of the configuration; undefined on a node. */
  readonly nodeFacts?: NodeFacts | undefined
  /** What is signed with, and the trust list that is given; undefined where nothing is signed. */
  readonly keys?: OwnKeys | undefined
  /** How nodes get certificates; undefined where none are issued. */
  readonly enrolment?: Enrolment | undefined
  /** The ssh host keys of nodes; undefined where no certificates are issued. */
  readonly hostKeys?: HostKeysOfNodes | undefined
  /** The shadow entries of nodes; undefined where none are given, as on a node. */
  readonly granted?: GrantedShadow | undefined
  /** The nodes that wait for other shadow entries. */
  readonly shadowWaits: ShadowWaits
  /** The marks of the keys that connections show now. */
  readonly shown: () => ReadonlySet<string>
  /** The port of TLS, the same on all addresses; undefined while there is none. */
  readonly tlsPort: number | undefined
  /** How nodes learn the key of the cluster; undefined where none is held. */
  readonly joining?: JoinTokens | undefined
  /** The MAC address of a neighbour with this address, as the kernel knows it; undefined if it does not. */
  readonly macOf?: ((address: Uint8Array) => Uint8Array | undefined) | undefined
  /** Tells the audit log what was done with keys of nodes. */
  readonly audit?: ((entry: KeyAction) => void) | undefined
  /** Of a node that asks for certificates: makes a new key, which is pending until a master gives a certificate for it. */
  readonly rotate?: (() => Promise<NodeKeyReport>) | undefined
  /** Makes a token with which the page shows names, for who has this login uid; undefined where HTTP is off. */
  readonly page?: PageTokens | undefined
}

/** See Service. Undefined while HTTP is not answered. */
type PageTokens = (login: number | undefined) => { readonly token: Uint8Array; readonly lasts: number } | undefined

/** Something that was done with the keys of nodes, for the audit log. */
export interface KeyAction {
  readonly action: string
  /** The login uid of who asked for it, as the command told it. */
  readonly login?: number | undefined
  readonly before?: string
  readonly after?: string
}

/** See Service. Never rejects. */
type AccountLookup = (
  db: string,
  key: Request<'LOOKUP'>['key'],
  source: Client['source'],
) => Promise<Uint8Array | 'absent' | 'unknown'> | undefined

/** Signs a message (Ed25519: 64 bytes). */
type Sign = (message: Uint8Array) => Uint8Array

/** The bounds on what is signed for askers: a signature costs as much as dozens of answers. */
export interface ProofLimits {
  readonly alive: RateLimit
  readonly lookup: RateLimit
  readonly head: RateLimit
  readonly shadow: RateLimit
}

/** Those for who is root of a machine of the cluster, as nodes and masters are, and for all others. */
export interface ProofRates {
  readonly root: ProofLimits
  readonly others: ProofLimits
}

/** Nodes in the order in which they came. */
export interface NodePage {
  readonly nodes: readonly NodeReport[]
  /** Where to go on; undefined after the last one. */
  readonly cursor: number | undefined
}

/** How a reload is asked for. */
export interface ReloadOptions {
  /** Only say what would change. */
  readonly dryRun: boolean
  /** Past the loss limit. */
  readonly force: boolean
  /** Of a dry run: the path of a configuration to try. */
  readonly config?: string
  /** The number of an earlier generation whose content is to be served from now on; nothing is read. */
  readonly backTo?: number
  /** Serve what the sources say again: earlier content was pinned. */
  readonly release?: boolean
  /** The login uid of who asks, as the command told it, for the audit log. */
  readonly login?: number
  /** Tell the records that change one by one. */
  readonly records?: boolean
  /** The number of a node whose boot stage somebody set: one that is held is let go. */
  readonly stageSet?: number
}

/** The asker, and what it reported about itself. */
export interface Client extends Reader {
  readonly asker: Asker
  /** What it is counted by (see Origin): the root of a machine for itself, so that no user there uses up what is root's. */
  readonly source: string
  /**
   * Whether it comes from a port that only the root of its machine can take, and the machine is of the cluster: what it says of that machine
   * is not any user's word.
   */
  readonly isRoot: boolean
  /** Its software as it reported it, made printable. */
  software: string
  /** Notes the generation that it reported, and its digest if it reported that too. */
  holds(generation: number, digest?: Uint8Array): void
  /** Tells it of new generations, in replies with this id; with `beat` it gets signs of life too. */
  subscribe(id: number, beat?: boolean): boolean
  /** Puts off an answer until there are news for it, as ALIVE says; false if it can't be: the client gets no signs of life, or waits already. */
  wait(answer: () => void): boolean
}

/** Who asks whom. */
export interface Asking {
  readonly client: Client
  readonly service: Service
}

/** A question with all that it is answered from. */
export interface Question<O extends OperationName> extends Asking {
  readonly id: number
  readonly request: Request<O>
}

/** What an operation answers. */
export type Answer<O extends OperationName> = Reply<O> | Refusal

/** A refusal with its code, and the code's sentence or another one. */
export function refusal(error: ErrorCode, message: string = ERRORS[error]): Refusal {
  const isPassing = error === 'busy' || error === 'starting' || error === 'cursor' || error === 'generation'
  return { status: isPassing ? STATUSES.TRYAGAIN : STATUSES.UNAVAIL, error, message }
}

/** Why this asker may not ask that; undefined if it may. */
export function refused({ client, service }: Asking, asked: Asked): Refusal | undefined {
  const said = verdict(service.public.current, client.asker, asked, service.policy)
  if (said === 'granted') return undefined
  return refusal(said === 'denied' ? 'denied' : 'starting')
}

/** Why a node may get no key, whoever asks for it; undefined if it may. */
export function refusedNode({ service }: Pick<Asking, 'service'>, node: number): Refusal | undefined {
  const snapshot = service.public.current
  if (snapshot === undefined || !unapprovedNodes(snapshot).has(node)) return undefined
  const remedy = `kickback set node ${node} --class CLASS approves it`
  return refusal('denied', `node ${node} is unapproved in the configuration, so it gets no key: ${remedy}`)
}

/** The current one of these generations, if the asker may ask that. */
export function permitted(asking: Asking, asked: Asked, generations: Generations): Snapshot | Refusal {
  return refused(asking, asked) ?? generations.current ?? refusal('starting')
}

/** Tells a refusal from a snapshot. */
export function isRefusal(value: Snapshot | Refusal): value is Refusal {
  return 'error' in value
}
