/** Check: the companions that node lines give MACs exist. */
import { foldCase } from '../../values/index.ts'
import type { Draft } from '../draft.ts'
import type { NodenameEntry } from '../entries.ts'
import { isOffset, nameIn } from '../names/nodename.ts'
import { type NodeRun, NodeSpace } from '../nodes/nodespace.ts'

/** How many names of a node's devices are told. */
const NAMES_TOLD = 5

/** Warns of MACs for devices that a node does not have: no nodename line gives it one of that name, or an address for it. */
export function warnAboutCompanions(draft: Draft): void {
  const lines = draft.of('nodename').filter(({ addresses }) => addresses.length > 0)
  const space = new NodeSpace(draft.ranges(), draft.nodeCount())
  for (const { number, entry } of draft.nodes()) {
    if (entry.companionMacs.length === 0) continue
    const runs = space.runsOf(number)
    // Of a node that does not exist it is said elsewhere.
    if (runs.length === 0) continue
    const names = lines.filter((line) => hasAddress(line, runs)).flatMap((line) => nameIn(line, number) ?? [])
    for (const { name, span } of entry.companionMacs) {
      if (names.some((one) => foldCase(one) === foldCase(name))) continue
      const has = names.length === 0 ? 'it has none' : `it has ${names.slice(0, NAMES_TOLD).join(', ')}`
      const message = `no nodename line with an address gives node ${number} a device ${JSON.stringify(name)}, so this MAC does nothing: ${has}`
      draft.diagnostics.report('unknown-companion', span, message)
    }
  }
}

/** An offset makes an address of its family from that of the node. */
function hasAddress({ addresses }: NodenameEntry, runs: readonly NodeRun[]): boolean {
  return addresses.some((given) => !isOffset(given) || runs.some(({ first }) => first.family === given.family))
}
