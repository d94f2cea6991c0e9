/** The accounts of nodes whose ids are not those of the cluster, as status tells of them. */
import { type NodeReport, otherIdText, type StatusReport } from '../../../kickback/index.ts'
import { counted } from '../../../values/index.ts'

/** A node that follows, with its name in the configuration if it has one. */
export type NamedNode = NodeReport & { readonly name?: string }

/** Of how many nodes the accounts are told. */
const SHOWN = 10

/** The accounts of nodes whose ids are not those of the cluster: of the first nodes those that they told of. */
export function otherIdLines({ other_ids: count = 0 }: StatusReport, nodes: readonly NamedNode[]): string[] {
  if (count === 0) return []
  const tellers = nodes.filter((node) => node.other_ids !== undefined)
  const first = tellers.slice(0, SHOWN).flatMap(otherIdLinesOf)
  const left = count - Math.min(tellers.length, SHOWN)
  if (left <= 0) return first
  const more = counted(left, first.length === 0 ? 'node' : 'more node')
  return [...first, `OTHER ID     ${more} with other ids than the cluster: as root, kickback status --json lists all`]
}

function otherIdLinesOf({ address, name, other_ids: ids }: NamedNode): string[] {
  const node = name === undefined ? address : `${name} (${address})`
  const { count, accounts } = ids ?? { count: 0, accounts: [] }
  const more = count - accounts.length
  return [
    ...accounts.map((account) => `OTHER ID     ${node}: ${otherIdText(account)}`),
    ...(more > 0 ? [`OTHER ID     ${node}: ${more} more: kickback check there shows all`] : []),
  ]
}
