/** Who may ask what: the one table that decides it. Identity comes from the transport alone, never from a message. */
import { type AddressRange, addressFromBytes, insideRange, isLoopback } from '../values/index.ts'
import { hostAt } from './answers/answers.ts'
import { hostNamed } from './answers/spellings.ts'
import { decodeMachine } from './databases/hosts.ts'
import { DATABASES, type DatabaseName, isDatabase } from './databases/table.ts'
import { HOST_KINDS, NO_NODE, RANGE_KINDS } from './format.ts'
import { oncePerSnapshot } from './snapshot/kept.ts'
import type { Snapshot } from './snapshot/snapshot.ts'

/** A machine of the network. `node` is the number that a certificate proved by mutual TLS; never what a message says. */
export interface NetworkAsker {
  readonly via: 'network'
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  readonly node?: number | undefined
  /** What it showed by TLS: no certificate, or that of a node or a master; undefined if it came by plain TCP. */
  readonly shown?: 'nothing' | 'node' | 'master'
  /** Of a certificate: the mark of its key, and until when it is good, in milliseconds since 1970. */
  readonly mark?: string
  readonly until?: number
}

/**
 * Who asks, by the door and the peer's address alone: a process of this machine by the socket for everyone (`local`), by the
 * one of group shadow (`private`) or by the one of root (`admin`), or a machine of the network.
 */
export type Asker = { readonly via: 'local' | 'private' | 'admin' } | NetworkAsker

/**
 * What is asked: a database, the name service by DNS, a copy of a snapshot (`snapshot` the public one), the proof that a master
 * lives, the public key for who has a join token (`join`), the trust list (`trust`), or to give a master a newer one (`new-trust`), a certificate (`enrol`), to tell the ssh host keys of a node (`host-keys`), the keys of nodes that another master knows (`node-keys`), the service's counts, the list of nodes, the generations that are kept, a reload, a new join token, or what is done with the keys of nodes.
 */
export type Asked = DatabaseName | keyof typeof NEEDS

/** What the settings add to what the snapshot says of the cluster. */
export interface AccessPolicy {
  /** Addresses that may ask what nodes may. */
  readonly allow: readonly AddressRange[]
}

/** Who an asker of the network is, from the most trusted on. Who is unapproved may ask as little as a stranger. */
type Standing = 'member' | 'device' | 'unapproved' | 'stranger'

/** The verdict on a question. `unknown`: only a snapshot could say, and there is none yet. */
type Verdict = 'granted' | 'denied' | 'unknown'

/** Who may ask. The row of a database says it for that database. */
type Need = 'device' | 'member' | 'enrolling' | 'node' | 'master' | 'shadow' | 'admin'

const NEEDS = {
  dns: 'device',
  snapshot: 'member',
  alive: 'member',
  trust: 'member',
  join: 'enrolling',
  enrol: 'enrolling',
  'host-keys': 'node',
  'node-keys': 'master',
  status: 'member',
  'shadow-snapshot': 'shadow',
  nodes: 'admin',
  history: 'admin',
  reload: 'admin',
  token: 'admin',
  'new-trust': 'admin',
  keys: 'admin',
} as const satisfies Readonly<Record<string, Need>>

/**
 * Whether `asker` may ask that. The socket of root may ask everything, the one of group shadow shadow entries and nothing
 * else. Everyone on this machine may ask the public databases; so may nodes, masters, loopback and the addresses of `allow`.
 * Devices of hostranges and companions may ask DNS, hosts and ethers, a node that is not approved nothing, nor its companions. By network no shadow entry is looked up: a node that
 * proved itself may ask for the snapshot of what is granted to it. Who shows no certificate by TLS may ask for one and nothing else. Without a snapshot nobody knows who a machine of the network is, except for loopback and `allow`.
 */
export function verdict(snapshot: Snapshot | undefined, asker: Asker, asked: Asked, policy: AccessPolicy): Verdict {
  const need: Need = isDatabase(asked) ? DATABASES[asked].need : NEEDS[asked]
  if (asker.via !== 'network') return mayAskHere(asker.via, need) ? 'granted' : 'denied'
  if (need === 'admin') return 'denied'
  if (need === 'shadow') return asked === 'shadow-snapshot' ? nodeVerdict(snapshot, asker) : 'denied'
  if (need === 'node') return nodeVerdict(snapshot, asker)
  if (need === 'master') return asker.shown === 'master' ? 'granted' : 'denied'
  if (asker.shown === 'nothing' && need !== 'enrolling') return 'denied'
  const standing = standingOf(snapshot, asker.address, policy)
  if (standing === undefined) return 'unknown'
  return standing === 'member' || (standing === 'device' && need === 'device') ? 'granted' : 'denied'
}

/** Whether the verdict is `granted`. */
export function mayAsk(snapshot: Snapshot, asker: Asker, asked: Asked, policy: AccessPolicy): boolean {
  return verdict(snapshot, asker, asked, policy) === 'granted'
}

/** By the sockets of this machine: the modes of their folders say who may connect. */
function mayAskHere(via: 'local' | 'private' | 'admin', need: Need): boolean {
  if (via === 'admin') return true
  return via === 'private' ? need === 'shadow' : need === 'member' || need === 'device' || need === 'enrolling'
}

/** What only a node may ask: the certificate's node, from that node's own address. Which shadow entries it gets is another question. */
function nodeVerdict(snapshot: Snapshot | undefined, { address, node, shown }: NetworkAsker): Verdict {
  if (node === undefined || shown !== 'node') return 'denied'
  if (snapshot === undefined) return 'unknown'
  return isNodeAt(snapshot, address, node) ? 'granted' : 'denied'
}

/** Whether an address is that of the node with this number. `bytes` are 4 or 16. */
export function isNodeAt(snapshot: Snapshot, bytes: Uint8Array, node: number): boolean {
  return nodeAt(snapshot, bytes) === node
}

/** The number of the node that has this address; undefined if none has. `bytes` are 4 or 16. */
export function nodeAt(snapshot: Snapshot, bytes: Uint8Array): number | undefined {
  const record = hostAt(snapshot, bytes)
  const host = record === undefined ? undefined : decodeMachine(record)
  return host?.kind === HOST_KINDS.NODE ? host.number : undefined
}

/** The numbers of the nodes that nobody has approved. */
export const unapprovedNodes = oncePerSnapshot((snapshot): ReadonlySet<number> => {
  const numbers = new Set<number>()
  for (const { record } of snapshot.records('hosts')) {
    const { kind, number } = decodeMachine(record)
    if (kind === HOST_KINDS.UNAPPROVED) numbers.add(number)
  }
  return numbers
})

/** Who a machine with this address is; undefined if only a snapshot could say. `bytes` are 4 or 16. */
export function standingOf(
  snapshot: Snapshot | undefined,
  bytes: Uint8Array,
  { allow }: Pick<AccessPolicy, 'allow'>,
): Standing | undefined {
  const address = addressFromBytes(bytes)
  if (isLoopback(address) || allow.some((range) => insideRange(range, address))) return 'member'
  if (snapshot === undefined) return undefined
  const record = hostAt(snapshot, address.bytes)
  const machine = record === undefined ? undefined : decodeMachine(record)
  const kind = machine?.kind
  if (kind === HOST_KINDS.NODE || kind === HOST_KINDS.MASTER) return 'member'
  if (kind === HOST_KINDS.UNAPPROVED) return 'unapproved'
  if (kind === HOST_KINDS.COMPANION && !isApproved(snapshot, machine?.number ?? NO_NODE)) return 'unapproved'
  const ranges = rangesOf(snapshot).filter((range) => insideRange(range, address))
  if (ranges.some((range) => range.kind === RANGE_KINDS.MASTERS)) return 'member'
  const isDevice = kind !== undefined || ranges.some((range) => range.kind === RANGE_KINDS.HOSTS)
  return isDevice ? 'device' : 'stranger'
}

/** Whether somebody has approved a node. One that has is found by its number; only for others all nodes are looked through, once. */
function isApproved(snapshot: Snapshot, number: number): boolean {
  const known = approvals(snapshot)
  const is = known.get(number) ?? (isNodeNumbered(snapshot, number) || !unapprovedNodes(snapshot).has(number))
  known.set(number, is)
  return is
}

function isNodeNumbered(snapshot: Snapshot, number: number): boolean {
  const record = hostNamed(snapshot, `.${number}`)
  const machine = record === undefined ? undefined : decodeMachine(record)
  return machine?.kind === HOST_KINDS.NODE && machine.number === number
}

/** Whether nodes are approved whose devices have asked. */
const approvals = oncePerSnapshot((): Map<number, boolean> => new Map())

/** Whether the configuration knows this address as a node's or a master's. `bytes` are 4 or 16. */
export function isConfigured(snapshot: Snapshot, bytes: Uint8Array): boolean {
  const address = addressFromBytes(bytes)
  if (isLoopback(address)) return false
  return standingOf(snapshot, address.bytes, { allow: [] }) === 'member'
}

const rangesOf = oncePerSnapshot((snapshot) => snapshot.ranges())
