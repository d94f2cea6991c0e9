/** Explanations of netgroups: which lines give one its members. */

import type { Related } from '../../config/index.ts'
import { counted } from '../../values/index.ts'
import { CLUSTER_NETGROUP } from '../contents/netgroups.ts'
import { DATABASES } from '../databases/table.ts'
import { type ByteString, byteString, displayed } from '../records/entries.ts'
import type { ConfigEvidence, Evidence } from './evidence.ts'
import type { Explanation } from './explanation.ts'
import { absentNear } from './near.ts'

/** How many lines of members are shown. */
const LINES_SHOWN = 5

/** Explains a netgroup. */
export function explainNetgroup({ snapshot, config }: Evidence, name: ByteString): Explanation {
  const record = snapshot.lookup('netgroup', { name })
  if (record === undefined) return absentNear(snapshot, 'netgroup', name, 'netgroup')
  const { triples } = DATABASES.netgroup.decode(record)
  const members = new Set(triples.map(({ host }) => host)).size
  const shown = displayed(name)
  const { rule, lines } = config === undefined ? { rule: '', lines: [] } : makers(config, name)
  return { code: 'found', message: `${shown} is a netgroup of ${counted(members, 'name')}${rule}`, lines, record }
}

function makers(
  config: ConfigEvidence,
  name: ByteString,
): { readonly rule: string; readonly lines: readonly Related[] } {
  if (name === CLUSTER_NETGROUP)
    return { rule: ': all nodes, and the devices of nodes that no other netgroup holds', lines: [] }
  const { cluster, written } = config
  const isName = (text: string | undefined): boolean => text !== undefined && byteString(text) === name
  const own = cluster.nodenames.filter(({ netgroup }) => isName(netgroup))
  const ranges = cluster.hostRanges.filter((range) => isName(range.name))
  const spans = [...cluster.classes].find(([one]) => isName(one))?.[1].spans ?? []
  const nodes = written.nodes.filter((node) => isName(node.class))
  const more = Math.max(0, nodes.length - LINES_SHOWN)
  return {
    rule: more > 0 ? `; ${counted(more, 'more node line')} name the class` : '',
    lines: [
      ...own.flatMap(({ span }) => (span === undefined ? [] : [config.cite(span, 'gives it all names that it makes')])),
      ...ranges.map(({ span }) => config.cite(span, 'gives it the devices with addresses in it')),
      ...spans.slice(0, 1).map((span) => config.cite(span, 'defines the class, whose nodes it holds')),
      ...nodes.slice(0, LINES_SHOWN).map(({ span, number }) => config.cite(span, `gives it node ${number}`)),
    ],
  }
}
