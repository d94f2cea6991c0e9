/** Which master a node boots from: the first of its masterorder, and the others some time later. */
import { type Cluster, hasNode } from '../config/index.ts'
import { type Address, sameAddress } from '../values/index.ts'

/** When this master answers a node that boots. */
type BootTurn =
  /** At once. */
  | { readonly kind: 'first' }
  /** After this many seconds, if none of these masters did. */
  | { readonly kind: 'after'; readonly seconds: number; readonly before: readonly Address[] }
  /** Never: it is no master of the node. */
  | { readonly kind: 'never' }

/** How many seconds each master waits for the one before it, where no line says so. */
const USUAL_DELAY = 15

/**
 * The turn of the master that has these addresses. The last masterorder line that names the node counts; a cluster without such lines has
 * one master. A node that none of them names, and a device, which has no number, have the masters of the first line.
 */
export function bootTurn(cluster: Cluster, own: readonly Address[], number: number | undefined): BootTurn {
  const { masters, masterDelay = USUAL_DELAY } = cluster
  if (masters.length === 0) return { kind: 'first' }
  const named = number === undefined ? undefined : masters.findLast(({ nodes }) => hasNode(nodes, number))
  const order = (named ?? masters[0])?.addresses ?? []
  const at = order.findIndex((address) => own.some((one) => sameAddress(one, address)))
  if (at < 0) return { kind: 'never' }
  return at === 0 ? { kind: 'first' } : { kind: 'after', seconds: at * masterDelay, before: order.slice(0, at) }
}
