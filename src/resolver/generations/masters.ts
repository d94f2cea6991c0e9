/** The masters of a cluster in an order that all of them agree on, and the index of one among them. */
import { type Address, compareAddress, sameAddress } from '../../values/index.ts'
import { decodeMachine } from '../databases/hosts.ts'
import { HOST_KINDS } from '../layout.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { MASTERS_APART } from './number.ts'

/**
 * The place of a master that the cluster does not name: none of the first fifteen that it names has it. Two of them may give one number to
 * different content, as masters beyond the sixteenth may: they are told to be named, and the digest tells their content apart.
 */
const UNNAMED = MASTERS_APART - 1

/** The addresses of all masters: those of the masterorder lines, without any the one that `master` means. Sorted. */
export function mastersOfCluster(snapshot: Snapshot): readonly Address[] {
  const ordered = snapshot.masterorder().flatMap((order) => order.addresses)
  const all = (ordered.length > 0 ? ordered : addressesOfMaster(snapshot)).toSorted(compareAddress)
  return all.filter((address, i) => i === 0 || !sameAddress(address, all[i - 1] as Address))
}

/**
 * The index of this machine among the masters, which have addresses that are its own: 0 to 15. With more than 16 masters
 * some share an index; the digest still tells their content apart.
 */
export function masterIndex(masters: readonly Address[], own: readonly Address[]): number {
  if (masters.length === 0) return 0
  const index = indexAmong(masters, own)
  return index < 0 ? UNNAMED : index % MASTERS_APART
}

/** Whether a machine with these addresses is one of the masters; the only one, where none are named. */
export function isMasterHere(masters: readonly Address[], own: readonly Address[]): boolean {
  return masters.length === 0 || indexAmong(masters, own) >= 0
}

function indexAmong(masters: readonly Address[], own: readonly Address[]): number {
  return masters.findIndex((master) => own.some((address) => sameAddress(address, master)))
}

function addressesOfMaster(snapshot: Snapshot) {
  const record = snapshot.lookup('hosts', { name: 'master' })
  if (record === undefined || decodeMachine(record).kind !== HOST_KINDS.MASTER) return []
  return snapshot.find('hosts', { name: 'master' })?.addresses ?? []
}
