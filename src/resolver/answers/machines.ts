/** The machines of a snapshot, each with all that other programs want to know of it: names, addresses, MACs, groups. */
import { formatAddress, formatMac } from '../../values/index.ts'
import { HOST_KINDS } from '../format.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** What a machine is. */
export type MachineKind = 'node' | 'unapproved' | 'companion' | 'host' | 'master'

/** Addresses that share their names. */
interface MachineLine {
  readonly addresses: readonly string[]
  /** Its names without the canonical one. */
  readonly aliases: readonly ByteString[]
}

/** A machine. */
export interface Machine {
  readonly name: ByteString
  readonly kind: MachineKind
  /** One, or more for a device whose addresses have names of their own. */
  readonly lines: readonly MachineLine[]
  readonly macs: readonly string[]
  /** The netgroups that it is in. */
  readonly groups: readonly ByteString[]
}

const KINDS: ReadonlyMap<number, MachineKind> = new Map([
  [HOST_KINDS.NODE, 'node'],
  [HOST_KINDS.UNAPPROVED, 'unapproved'],
  [HOST_KINDS.COMPANION, 'companion'],
  [HOST_KINDS.MASTER, 'master'],
])

/** All machines, in the order of the hosts. */
export function machinesOf(snapshot: Snapshot): Machine[] {
  const machines = new Map<ByteString, Machine & { readonly lines: MachineLine[] }>()
  const [macs, groups] = [macsByName(snapshot), groupsByName(snapshot)]
  for (const { kind, names, addresses } of snapshot.entries('hosts')) {
    const [name, ...aliases] = names
    if (name === undefined) continue
    const line = { addresses: addresses.map(formatAddress), aliases }
    const known = machines.get(name)
    if (known !== undefined) known.lines.push(line)
    else {
      const more = { macs: macs.get(name) ?? [], groups: groups.get(name) ?? [] }
      machines.set(name, { name, kind: KINDS.get(kind) ?? 'host', lines: [line], ...more })
    }
  }
  return [...machines.values()]
}

/** Whether a text is a name of DNS, which all these programs can write. */
export function isPlainName(name: ByteString): boolean {
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(name)
}

function macsByName(snapshot: Snapshot): Map<ByteString, string[]> {
  const macs = new Map<ByteString, string[]>()
  for (const { mac, name } of snapshot.entries('ethers')) addTo(macs, name, formatMac(mac))
  return macs
}

function groupsByName(snapshot: Snapshot): Map<ByteString, ByteString[]> {
  const groups = new Map<ByteString, ByteString[]>()
  for (const { name, triples } of snapshot.entries('netgroup')) {
    for (const host of new Set(triples.map((triple) => triple.host))) if (host !== undefined) addTo(groups, host, name)
  }
  return groups
}

function addTo<T>(lists: Map<ByteString, T[]>, key: ByteString, item: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
