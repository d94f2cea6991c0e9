/** The masters of a cluster. */
import { type Address, addressKey } from '../../values/index.ts'
import type { MasterOrder } from '../cluster.ts'

/** Every master that the masterorder lines name, each once, in the order of first mention: `master0`, `master1`... */
export function allMasters(orders: readonly MasterOrder[]): readonly Address[] {
  const byKey = new Map<string, Address>()
  for (const address of orders.flatMap((order) => order.addresses)) {
    const key = addressKey(address)
    if (!byKey.has(key)) byKey.set(key, address)
  }
  return [...byKey.values()]
}
