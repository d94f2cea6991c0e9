/** Answers: the one way in which server, DNS, `query` and tests find a record. Not found is undefined, never an error. */
import { type Address, addressFromBytes } from '../../values/index.ts'
import { decodeMachine, type HostEntry, hosts } from '../databases/hosts.ts'
import { DATABASES, type DatabaseName } from '../databases/table.ts'
import { HOST_FLAGS, HOST_KINDS, NO_NODE, SPELLINGS } from '../format.ts'
import { type Key, type KeyType, keyType } from '../records/keys.ts'
import { oncePerSnapshot } from '../snapshot/kept.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { candidates, hostNamed } from './spellings.ts'

/** Whether a database can be asked by keys of this type. */
function isAskedBy(database: DatabaseName, type: KeyType): boolean {
  return DATABASES[database].keys[type] !== undefined
}

/**
 * The record that answers a key, in any spelling: hosts by name (`hostNamed`), by address (`::ffff:a.b.c.d` is a.b.c.d), ethers by
 * every name of the machine. Undefined if there is none, and for keys that the database does not have. What depends on the
 * asker (`askersOwn`) is not answered here.
 */
export function answer(snapshot: Snapshot, database: DatabaseName, key: Key): Uint8Array | undefined {
  if (!isAskedBy(database, keyType(key))) return undefined
  if (database === 'hosts') return hostRecord(snapshot, key)
  if (database === 'ethers' && 'name' in key) return etherNamed(snapshot, key.name)
  return snapshot.lookup(database, key)
}

function hostRecord(snapshot: Snapshot, key: Key): Uint8Array | undefined {
  if ('name' in key) return hostNamed(snapshot, key.name)
  return 'address' in key ? hostAt(snapshot, key.address) : undefined
}

/** The host record of an address of 4 or 16 bytes, or undefined. */
export function hostAt(snapshot: Snapshot, address: Uint8Array): Uint8Array | undefined {
  if (address.length !== 4 && address.length !== 16) return undefined
  return snapshot.lookup('hosts', { address: addressFromBytes(address).bytes })
}

/**
 * The record of the first MAC of the machine that any spelling of any of its names means. The names of a device with lines that
 * differ stand in ethers themselves, each with the first MAC of its own lines; all others lead there by their canonical name.
 */
function etherNamed(snapshot: Snapshot, name: string): Uint8Array | undefined {
  for (const candidate of candidates(snapshot.domain, name)) {
    const stored = snapshot.lookup('ethers', { name: candidate })
    if (stored !== undefined) return stored
  }
  const record = hostNamed(snapshot, name)
  if (record === undefined || (decodeMachine(record).flags & HOST_FLAGS.SPLIT) !== 0) return undefined
  return snapshot.lookup('ethers', { name: hosts.decode(record).names[0] ?? '' })
}

/** How much a machine that has one of the asker's addresses tells of who it is: a companion is a device of a node. */
const RANKS: ReadonlyMap<number, number> = new Map([
  [HOST_KINDS.NODE, 3],
  [HOST_KINDS.COMPANION, 2],
])

/**
 * The host record of the asker itself, whose addresses these are: `self`. Of several machines that have one of them a node counts
 * first, then the node whose companion has one, then any other; of two of one kind the one whose address is first. Undefined where no
 * machine has any of them.
 */
export function selfOf(snapshot: Snapshot, addresses: readonly Uint8Array[]): Uint8Array | undefined {
  const record = machineAmong(snapshot, addresses)
  if (record === undefined) return undefined
  const { kind, number } = decodeMachine(record)
  return kind === HOST_KINDS.COMPANION ? hostNamed(snapshot, `.${number}`) : record
}

/** The number of the node that has these addresses, itself or by a companion; undefined where none has. */
export function nodeOf(snapshot: Snapshot, addresses: readonly Uint8Array[]): number | undefined {
  const record = machineAmong(snapshot, addresses)
  const number = record === undefined ? NO_NODE : decodeMachine(record).number
  return number === NO_NODE ? undefined : number
}

/** The stored record of the machine that the addresses tell most of. */
function machineAmong(snapshot: Snapshot, addresses: readonly Uint8Array[]): Uint8Array | undefined {
  let best: { readonly rank: number; readonly record: Uint8Array } | undefined
  for (const address of addresses) {
    const record = hostAt(snapshot, address)
    if (record === undefined) continue
    const rank = RANKS.get(decodeMachine(record).kind) ?? 1
    if (rank > (best?.rank ?? 0)) best = { rank, record }
  }
  return best?.record
}

/**
 * The host record of the asker's master: of the masters that its masterorder names, in order, the first that lives, or
 * the first if none does. An asker that is not a node (or has no addresses) has the interface's address as master, else the
 * first one of all. Undefined if the cluster names no master.
 */
export function masterOf(
  snapshot: Snapshot,
  addresses: readonly Uint8Array[],
  isLiving: (master: Address) => boolean = () => true,
): Uint8Array | undefined {
  const masters = mastersOfAsker(snapshot, addresses)
  const master = masters.find(isLiving) ?? masters[0]
  return master === undefined ? undefined : masterRecord(snapshot, master)
}

/** The masters of the machine that has these addresses, first choice first: those of the node that it is, else all. */
export function mastersOfAsker(snapshot: Snapshot, addresses: readonly Uint8Array[]): readonly Address[] {
  const record = machineAmong(snapshot, addresses)
  return mastersOfNode(snapshot, record === undefined ? NO_NODE : decodeMachine(record).number)
}

const ordersOf = oncePerSnapshot((snapshot) => snapshot.masterorder())

/** The masters of a node, first choice first. Of the masterorders that name it the last one counts. */
export function mastersOfNode(snapshot: Snapshot, number: number): readonly Address[] {
  const orders = ordersOf(snapshot)
  const own = orders.findLast(({ ranges }) => ranges.some(({ first, last }) => first <= number && number <= last))
  return own?.addresses ?? orders.flatMap((order) => order.addresses)
}

/** A master's stored record; one of its own where masterorder lines are there, but none names it. */
function masterRecord(snapshot: Snapshot, master: Address): Uint8Array {
  const stored = hostAt(snapshot, master.bytes)
  if (stored !== undefined) return stored
  const entry: HostEntry = {
    kind: HOST_KINDS.MASTER,
    number: NO_NODE,
    names: [SPELLINGS.master[0]],
    addresses: [master],
  }
  return hosts.encode(entry)
}
