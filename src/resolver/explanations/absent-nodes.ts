/** Why a number is that of no node, or a node has no such name. */
import { companionAddresses, type Nodename, nameIn, type Related } from '../../config/index.ts'
import { counted, formatAddress, rangeSize } from '../../values/index.ts'
import type { ConfigEvidence } from './evidence.ts'
import { absent, type Explanation } from './explanation.ts'

/** How many ranges are shown where none of them has what was asked for. */
const RANGES_SHOWN = 3

/** Why node `number` is not there; undefined if there is such a node. */
export function absentNode(config: ConfigEvidence, number: number): Explanation | undefined {
  const { cluster, written } = config
  if (cluster.nodes.some((node) => node.number === number)) return undefined
  const own = written.nodes.filter((node) => node.number === number)
  const lines = own.map(({ span }) => config.cite(span, `is the line of node ${number}`))
  const { nodeCount } = cluster
  if (nodeCount !== undefined && number >= nodeCount) {
    const last = nodeCount === 0 ? 'there are no nodes' : `the last one is node ${nodeCount - 1}`
    const count = written.count === undefined ? [] : [config.cite(written.count, `makes ${counted(nodeCount, 'node')}`)]
    return absent('no-such-node', `there is no node ${number}: ${last}`, [...count, ...lines])
  }
  const message = `node ${number} has no address: no iprange line reaches it`
  return absent('no-address', message, [...nearestRanges(config, number), ...lines])
}

/** The ranges whose nodes are nearest to a number. */
function nearestRanges(config: ConfigEvidence, number: number): Related[] {
  const ranges = config.cluster.nodeRanges.map((range) => {
    const last = range.firstNode + Number(rangeSize(range)) - 1
    return { range, last, distance: Math.max(range.firstNode - number, number - last) }
  })
  const nearest = ranges.sort((a, b) => a.distance - b.distance).slice(0, RANGES_SHOWN)
  return nearest.map(({ range, last }) => config.cite(range.span, `is for the nodes ${range.firstNode} to ${last}`))
}

/** Why a node that is there does not have the name that a line, or a number alone, seemed to give it. */
export function otherName(
  config: ConfigEvidence,
  number: number,
  typed: string,
  line: Nodename | undefined,
): Explanation {
  if (line?.kind === 'companion') return otherCompanion(config, number, typed, line)
  const { nodenames } = config.cluster
  const own = nodenames.filter((one) => one.kind !== 'companion' && nameIn(one, number) !== undefined)
  const [first] = own.filter(({ kind, segments }) => kind === 'canonical' && segments !== undefined).concat(own)
  const name = first === undefined ? `node ${number}` : (nameIn(first, number) ?? '')
  const isUnapproved = config.cluster.nodes.some((node) => node.number === number && !node.isApproved)
  const matched = first !== undefined && first.width > 0 ? ', and numbers in it are matched as they are written' : ''
  const rule = isUnapproved ? `${matched}; until somebody approves the node it has no other spellings` : matched
  const lines = first?.span === undefined ? [] : [config.cite(first.span, `names node ${number} ${name}`)]
  return absent('other-name', `"${typed}" is not a name of node ${number}: it is called ${name}${rule}`, lines)
}

/** Why a name that a line for companions could make is that of none. */
function otherCompanion(config: ConfigEvidence, number: number, typed: string, line: Nodename): Explanation {
  const node = config.cluster.nodes.find((one) => one.number === number)
  const name = nameIn(line, number)
  const cited = (what: string): Related[] => (line.span === undefined ? [] : [config.cite(line.span, what)])
  if (node !== undefined && name !== undefined && companionAddresses(line, number, node.addresses).length > 0) {
    const message = `"${typed}" is not a name of the companion of node ${number}: it is called ${name}, and numbers in it are matched as they are written`
    return absent('other-name', message, cited(`names the companion ${name}`))
  }
  const wanted = line.companions.map(({ given }) => formatAddress(given)).join(' and ')
  const message = `node ${number} has no such companion: it has no address that the line can use`
  return absent('no-companion', message, cited(`makes companions from ${wanted}`))
}
