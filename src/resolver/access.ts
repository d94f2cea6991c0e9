/** Who may ask what (design.md, Trust). Identity comes from the transport alone, never from a message. */
import { type AddressRange, addressFromBytes, insideRange } from '../config/index.ts'
import { plainAddress } from './addresses.ts'
import { hostAt } from './answers.ts'
import { decodeMachine } from './decode.ts'
import { type DatabaseName, HOST_KINDS, RANGE_KINDS } from './layout.ts'
import { oncePerSnapshot } from './once.ts'
import type { Snapshot } from './snapshot.ts'

/** A machine of the network. `node` is the number that a certificate proved by mutual TLS; never what a message says. */
export interface NetworkAsker {
  readonly via: 'network'
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  readonly node?: number | undefined
}

/** Who asks: a process of this machine, by the socket for everyone or by the private one, or a machine of the network. */
export type Asker = { readonly via: 'local' } | { readonly via: 'private' } | NetworkAsker

/**
 * What is asked: a database, the name service by DNS, a copy of a snapshot (`snapshot` the public one), the service's counts, the
 * list of nodes and the history, or a reload.
 */
export type Asked = DatabaseName | 'dns' | 'snapshot' | 'shadow-snapshot' | 'status' | 'nodes' | 'reload'

/** What the settings add to what the snapshot says of the cluster. */
export interface AccessPolicy {
  /** Addresses that may ask what nodes may. */
  readonly allow: readonly AddressRange[]
  /** Whether a node that proved itself is granted shadow entries. None are without it. */
  readonly shadow?: (node: number) => boolean
}

/** Who an asker of the network is, from the most trusted on. */
type Standing = 'member' | 'device' | 'stranger'

const NEEDS: { readonly [A in Asked]: 'device' | 'member' | 'shadow' | 'private' } = {
  dns: 'device',
  hosts: 'device',
  ethers: 'device',
  passwd: 'member',
  group: 'member',
  initgroups: 'member',
  netgroup: 'member',
  snapshot: 'member',
  status: 'member',
  shadow: 'shadow',
  'shadow-snapshot': 'shadow',
  nodes: 'private',
  reload: 'private',
}

/**
 * Whether `asker` may ask that. Everyone on this machine may ask the public databases; so may nodes, masters, loopback and the
 * addresses of `allow`. Devices of hostranges and companions may ask DNS, hosts and ethers. Shadow is for the private
 * socket and for nodes that proved themselves and are granted it; nodes and reload are for the private socket alone.
 */
export function mayAsk(snapshot: Snapshot, asker: Asker, asked: Asked, policy: AccessPolicy): boolean {
  if (asker.via === 'private') return true
  const need = NEEDS[asked]
  if (need === 'private') return false
  if (need === 'shadow') return asker.via === 'network' && mayHaveShadow(snapshot, asker, policy)
  if (asker.via === 'local') return true
  const standing = standingOf(snapshot, asker.address, policy.allow)
  return standing === 'member' || (standing === 'device' && need === 'device')
}

/** Shadow by network: the certificate's node, asking from that node's own address, and granted. */
function mayHaveShadow(snapshot: Snapshot, { address, node }: NetworkAsker, policy: AccessPolicy): boolean {
  if (node === undefined || policy.shadow === undefined || !policy.shadow(node)) return false
  const record = hostAt(snapshot, address)
  const host = record === undefined ? undefined : decodeMachine(record)
  return host !== undefined && host.kind === HOST_KINDS.NODE && host.number === node
}

function standingOf(snapshot: Snapshot, bytes: Uint8Array, allow: readonly AddressRange[]): Standing {
  const address = addressFromBytes(bytes)
  if (isLoopback(address.bytes) || allow.some((range) => insideRange(range, address))) return 'member'
  const record = hostAt(snapshot, address.bytes)
  const kind = record === undefined ? undefined : decodeMachine(record).kind
  if (kind === HOST_KINDS.NODE || kind === HOST_KINDS.MASTER) return 'member'
  const ranges = rangesOf(snapshot).filter((range) => insideRange(range, address))
  if (ranges.some((range) => range.kind === RANGE_KINDS.MASTERS)) return 'member'
  const isDevice = kind !== undefined || ranges.some((range) => range.kind === RANGE_KINDS.HOSTS)
  return isDevice ? 'device' : 'stranger'
}

const rangesOf = oncePerSnapshot((snapshot) =>
  snapshot.ranges().map(({ kind, first, last }) => ({ kind, first: plainAddress(first), last: plainAddress(last) })),
)

/** 127.0.0.0/8 or ::1. */
function isLoopback(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return bytes[0] === 127
  return bytes[15] === 1 && bytes.subarray(0, 15).every((byte) => byte === 0)
}
