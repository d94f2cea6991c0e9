/** All that a report of STATUS warns of. */
import { counted } from '../../values/index.ts'
import { otherIdText } from '../wire/other-ids.ts'
import type { NodeReport, StatusReport } from '../wire/report.ts'
import { masterWarnings } from './master-warnings.ts'
import { nodeWarnings } from './node-warnings.ts'
import { ranked, type Warning, warning } from './warning.ts'

/** A node that follows, with its name in the configuration if it has one. */
export type NamedNode = NodeReport & { readonly name?: string }

/** Of how many nodes the accounts are told. */
const SHOWN = 10

/** What is done about an account of a node with another id. */
export const OTHER_ID_REMEDY =
  'on the node: usermod -o -u ID or groupmod -o -g ID, and chown its files; or remove the account there'

/** What a daemon's report warns of, the gravest first. `nodes`: those that follow a master, where the asker may know them. */
export function warningsOf(report: StatusReport, nodes: readonly NamedNode[] = []): readonly Warning[] {
  return ranked([
    ...masterWarnings(report),
    ...nodeWarnings(report),
    ...machineWarnings(report),
    ...otherIdWarnings(report, nodes),
  ])
}

/** What masters and nodes have in common. */
function machineWarnings({ dns, dns_process: dnsProcess, unwritten, failures }: StatusReport): readonly Warning[] {
  const found: Warning[] = []
  const missing = [dnsProcess, ...(dnsProcess?.others ?? [])].filter((one) => one?.pid === 0).length
  if (dnsProcess?.others !== undefined && missing > 0) {
    const what = `${missing} of ${dnsProcess.others.length + 1} DNS processes are not there now; they are started again`
    found.push(warning('dns-silent', what, 'the log says why they ended'))
  } else if (dnsProcess?.pid === 0) {
    const what = 'DNS is not answered: there is no DNS process now; it is started again'
    found.push(warning('dns-silent', what, 'the log says why it ended'))
  } else if (dnsProcess !== undefined && dns.length === 0) {
    found.push(warning('dns-silent', 'DNS is not answered: it waits for its addresses', 'see the log'))
  }
  if (unwritten !== undefined) {
    const remedy = 'make room on the disk, or mend it; it is tried again by itself'
    found.push(warning('not-written', unwritten, remedy))
  }
  const errors = [...counts(failures), ...counts(dnsProcess?.failures ?? {}).map((one) => `${one} in the DNS process`)]
  if (errors.length > 0) {
    const what = `unexpected errors, see the log: ${errors.join(', ')}`
    found.push(warning('errors', what, 'report them: they are faults of kickback'))
  }
  return found
}

function counts(failures: StatusReport['failures']): readonly string[] {
  return Object.entries(failures).map(([handler, count]) => `${handler} ${count}`)
}

/** The accounts of nodes whose ids are not those of the cluster: of the first nodes those that they told of. */
function otherIdWarnings({ other_ids: count = 0 }: StatusReport, nodes: readonly NamedNode[]): readonly Warning[] {
  if (count === 0) return []
  const tellers = nodes.filter((node) => node.other_ids !== undefined)
  const first = tellers.slice(0, SHOWN).flatMap(otherIdsOf)
  const left = count - Math.min(tellers.length, SHOWN)
  if (left <= 0) return first
  const more = counted(left, first.length === 0 ? 'node' : 'more node')
  const rest = `${more} with other ids than the cluster: as root, kickback status --json lists all`
  return [...first, warning('other-id', rest, OTHER_ID_REMEDY)]
}

function otherIdsOf({ address, name, other_ids: ids }: NamedNode): readonly Warning[] {
  const node = name === undefined ? address : `${name} (${address})`
  const { count, accounts } = ids ?? { count: 0, accounts: [] }
  const more = count - accounts.length
  const texts = accounts.map((account) => `${node}: ${otherIdText(account)}`)
  if (more > 0) texts.push(`${node}: ${more} more: kickback check there shows all`)
  return texts.map((text) => warning('other-id', text, OTHER_ID_REMEDY))
}
