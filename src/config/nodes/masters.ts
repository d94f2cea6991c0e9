/** The masters of a node, first choice first. */
import { type Address, addressKey } from '../../values/index.ts'
import type { Cluster, MasterOrder } from '../cluster.ts'
import { nodeSetHas } from './nodeset.ts'

/**
 * The masters of node `number`, first choice first: those of the last masterorder line that names the node, else the
 * interface's addresses, else none.
 */
export function mastersOf(cluster: Pick<Cluster, 'masters' | 'interface'>, number: number): readonly Address[] {
  const order = cluster.masters.findLast((line) => nodeSetHas(line.nodes, number))
  if (order !== undefined) return order.addresses
  return cluster.interface?.addresses ?? []
}

/** Every master that the masterorder lines name, each once, in the order of first mention: `master0`, `master1`... */
export function allMasters(orders: readonly MasterOrder[]): readonly Address[] {
  const byKey = new Map<string, Address>()
  for (const address of orders.flatMap((order) => order.addresses)) {
    const key = addressKey(address)
    if (!byKey.has(key)) byKey.set(key, address)
  }
  return [...byKey.values()]
}
