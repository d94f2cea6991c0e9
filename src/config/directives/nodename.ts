/** The directive of the names of nodes. */
import type { Address } from '../../values/index.ts'
import type { NamePattern, NodeSegment, NodeSet } from '../cluster.ts'
import type { NodenameEntry } from '../entries.ts'
import { expandNodename, PLAIN, segmentsOf } from '../names/nodename.ts'
import { checkHostName, checkNetgroupName, hostNameFault } from '../names/rules.ts'
import { MAX_NODE } from '../nodes/nodeset.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'

function readNodename(args: Arguments): NodenameEntry | undefined {
  const bound = NODES_LIKE.test(args.words[0]?.value ?? '')
  const words = args.counted(bound ? 2 : 1, bound ? 5 : 4)
  if (words === undefined) return undefined
  const [nodesWord, [written, ...rest]] = bound ? [words[0], words.slice(1)] : [undefined, words]
  if (written === undefined) return undefined
  const set = nodesWord && readNodes(args, nodesWord)
  const format = args.hostName(written)
  const pattern = readFormat(args, format, set?.isSingle ?? false)
  const [addressWords, [netgroup, extra]] = splitRest(rest)
  const addresses = readCompanions(args, addressWords)
  if (extra !== undefined) return args.extra(extra)
  const grouped = netgroup === undefined || checkNetgroupName(netgroup, args.diagnostics)
  if (pattern === undefined || addresses === undefined || !grouped) return undefined
  if (nodesWord !== undefined && set === undefined) return undefined
  const { nodes, segments } = set ?? { nodes: undefined, segments: undefined }
  return {
    kind: 'nodename',
    span: args.span,
    format,
    ...pattern,
    nodes,
    nodesSpan: nodesWord,
    segments,
    addresses,
    netgroup,
  }
}

/** The words after the format: addresses, then a netgroup. Where none is like an address the first of several is meant as one. */
function splitRest(rest: readonly Word[]): readonly [addresses: readonly Word[], others: readonly Word[]] {
  const like = rest.findIndex(({ value }) => !ADDRESS_LIKE.test(value))
  const count = like < 0 ? rest.length : Math.max(like, rest.length > 1 ? 1 : 0)
  return [rest.slice(0, count), rest.slice(count)]
}

/** The addresses of companions: at most one of each family. Undefined where they are wrong. */
function readCompanions(args: Arguments, words: readonly Word[]): readonly Address[] | undefined {
  const read = words.map((word) => args.address(word))
  const addresses = read.filter((address) => address !== undefined)
  if (addresses.length < words.length) return undefined
  const [first, second, third] = addresses
  const [, repeated, extra] = words
  if (third !== undefined && extra !== undefined) return args.extra(extra)
  if (repeated === undefined || first?.family !== second?.family) return addresses
  const message = `this is a second IPv${first?.family} address: a companion has one of each family`
  args.diagnostics.report('bad-address', repeated, message)
  return undefined
}

/** A first word that cannot be a format, which starts with a letter. */
const NODES_LIKE = /^[\d-][^%]*$/

/** The most ranges that the set of nodes of one line may have. */
const MOST_RANGES = 100

/** Whether a node is in a set twice. */
function hasRepeats({ ranges }: NodeSet): boolean {
  const sorted = ranges.toSorted((a, b) => a.first - b.first)
  return sorted.some(({ first }, i) => i > 0 && first <= (sorted[i - 1]?.last ?? Number.POSITIVE_INFINITY))
}

/** `32-47` or `32-47=1`. */
function readNodes(
  args: Arguments,
  word: Word,
): { nodes: NodeSet; segments: readonly NodeSegment[]; isSingle: boolean } | undefined {
  const [setText = '', firstText, ...rest] = word.value.split('=')
  const nodes = args.nodeSet({ ...word, value: setText })
  if (nodes === undefined) return undefined
  const first = firstText === undefined ? undefined : args.nodeNumber({ ...word, value: firstText })
  if (firstText !== undefined && first === undefined) return undefined
  if (rest.length > 0 || nodes.ranges.length > MOST_RANGES) {
    const message = `${quote(word)} is not NODES or NODES=FIRST such as 32-47=1, with at most ${MOST_RANGES} ranges`
    args.diagnostics.report('bad-node-set', word, message)
    return undefined
  }
  if (hasRepeats(nodes)) {
    args.diagnostics.report('bad-node-set', word, `${quote(word)} has a node twice: one line gives each node one name`)
    return undefined
  }
  const [one, ...others] = nodes.ranges
  return { nodes, segments: segmentsOf(nodes, first), isSingle: others.length === 0 && one?.first === one?.last }
}

/** A word that is meant as an address, correct or not, and not as a netgroup. */
const ADDRESS_LIKE = /^[\d.]+$|:|^\d+\.\d+\./

const FORMAT = /^([A-Za-z][^%]*)%([1-5]?)N([^%]*)$/

/** A name of one node needs no number. */
function readFormat(args: Arguments, word: Word, isSingle: boolean): NamePattern | undefined {
  if (isSingle && !word.value.includes('%')) {
    return checkHostName(word, args.diagnostics) ? { prefix: word.value, width: PLAIN, suffix: '' } : undefined
  }
  const match = FORMAT.exec(word.value)
  const [, prefix = '', width = '', suffix = ''] = match ?? []
  if (match === null) {
    const wanted = 'a letter first, and one conversion, %N or %1N to %5N'
    args.diagnostics.report('bad-nodename', word, `${quote(word)} is not a format for names: ${wanted}`)
    return undefined
  }
  const pattern = { prefix, width: Number(width), suffix }
  const fault = hostNameFault(expandNodename(pattern, MAX_NODE))
  if (fault === undefined) return pattern
  args.diagnostics.report(
    'bad-name',
    word,
    `${quote(expandNodename(pattern, MAX_NODE))} is not a host name: it ${fault}`,
  )
  return undefined
}

/** The names of nodes and their companions. */
export const NODENAME: readonly Directive[] = [
  {
    keyword: 'nodename',
    arguments: '[NODES[=FIRST]] FORMAT [IP [IP]] [NETGROUP]',
    repeatable: true,
    actedOn: true,
    summary: 'The names of nodes.',
    doc: 'FORMAT starts with a letter and has one conversion: `%N` is the number, and any spelling of the number is found (`n23`, `n+23`, `n0023`). `%3N` pads the number to three digits (widths 1 to 5), and only this spelling is found. The first line without IP gives the canonical names, further lines give aliases. Without such a line the format is `n%N`. A line with NODES, which starts with a digit or `-`, is for those nodes alone, and comes before the lines for all nodes: `32-47=1 gpu%2N` names nodes 32 to 47 gpu01 to gpu16, `-=1 n%N` names all nodes, from n1 on. For a single node FORMAT may be a plain name (`15 login2`). A line with IP names a companion, a device that each node has. If the first octet of IP is 0 (`0.1.0.0`, `::1:0`), IP is added to the node’s address of the same family; else the node’s number (not the one in its name) is added to IP. A companion may have an IPv4 and an IPv6 address. NETGROUP is a netgroup of all names of the line; several lines may have the same one. At most 100 lines.',
    examples: [
      {
        does: 'node001 to node004, each with a BMC node001-ipmi to node004-ipmi at 10.21.30.101 to 10.21.30.104, in the netgroup bmcs.',
        lines: [
          'nodes 4',
          'iprange 10.20.30.101 10.20.30.104',
          'nodename -=1 node%3N',
          'nodename -=1 node%3N-ipmi 0.1.0.0 bmcs',
        ],
      },
      {
        does: 'Nodes with GPUs and a login node have names of their own; c00 to c31 are canonical for the others.',
        lines: [
          'nodes 48',
          'iprange 10.20.30.100 10.20.30.147',
          'nodename 32-46=1 gpu%2N',
          'nodename 47 login',
          'nodename c%2N',
        ],
      },
    ],
    read: readNodename,
  },
]
