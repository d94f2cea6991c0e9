/** Which leases each master gives: those of its own nodes at once, and those of others only in place of their masters. */
import type { Cluster } from '../../config/index.ts'
import { type Address, addressKey } from '../../values/index.ts'
import { bootTurn } from '../turn.ts'
import type { Lease } from './leases.ts'
import { type DhcpNetwork, networkWith } from './networks.ts'

/** Leases that other masters give first. */
export interface LaterShare {
  /** The same for the same masters and network. */
  readonly key: string
  /** The masters that come first, in order. */
  readonly before: readonly Address[]
  /** How long this master waits for them, in seconds. */
  readonly seconds: number
  /** The network in which they can be asked; this master has an address in it. */
  readonly network: DhcpNetwork
  readonly leases: readonly Lease[]
  /** Those of the leases that are in that network: one of them is asked for. */
  readonly asked: readonly Lease[]
}

/** The leases of a master. */
interface LeaseShares {
  readonly now: readonly Lease[]
  readonly later: readonly LaterShare[]
}

/**
 * The leases of the master that has the addresses `own`, of those that are in a network. Whether other masters answer is asked in the network
 * of the leases, for those behind a relay in the first network of an interface. Where nobody can be asked, this master answers at once.
 */
export function leaseShares(
  cluster: Cluster,
  own: readonly Address[],
  leases: readonly Lease[],
  networks: readonly DhcpNetwork[],
): LeaseShares {
  const now: Lease[] = []
  const later = new Map<string, Omit<LaterShare, 'asked'> & { readonly leases: Lease[] }>()
  const nearest = networks.find((network) => network.own !== undefined)
  for (const lease of leases) {
    const turn = bootTurn(cluster, own, lease.node)
    if (turn.kind === 'never') continue
    const around = networkWith(networks, lease.address)
    const network = around?.own === undefined ? nearest : around
    if (turn.kind === 'first' || turn.seconds === 0 || network === undefined) {
      now.push(lease)
      continue
    }
    const { before, seconds } = turn
    const key = [...before.map(addressKey), networks.indexOf(network)].join(' ')
    const share = later.get(key) ?? { key, before, seconds, network, leases: [] }
    later.set(key, share)
    share.leases.push(lease)
  }
  const shares = [...later.values()].map((share) => {
    const asked = share.leases.filter(({ address }) => networkWith(networks, address) === share.network)
    return { ...share, asked }
  })
  return {
    now: [...now, ...shares.filter(({ asked }) => asked.length === 0).flatMap((share) => share.leases)],
    later: shares.filter(({ asked }) => asked.length > 0),
  }
}
