/** What a machine that asks is called in words. */
import { type Asker, mastersOfCluster, type Snapshot } from '../../../resolver/index.ts'
import { type Address, addressFromBytes, formatAddress, sameAddress } from '../../../values/index.ts'

/** A machine that asks, in words: a master by its address in the configuration, else a node. */
export function machineName(asker: Asker, snapshot: Snapshot | undefined): string {
  if (asker.via !== 'network') return 'node on this machine'
  return addressName(addressFromBytes(asker.address), snapshot)
}

/** A machine of the cluster in words, by its address. */
export function addressName(address: Address, snapshot: Snapshot | undefined): string {
  const masters = snapshot === undefined ? [] : mastersOfCluster(snapshot)
  const kind = masters.some((master) => sameAddress(master, address)) ? 'master' : 'node'
  return `${kind} ${formatAddress(address)}`
}
