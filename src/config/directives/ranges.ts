/** The directives that say how many machines there are and where their addresses lie. */
import { type AddressRange, compareAddress, rangeSize } from '../../values/index.ts'
import type { HostRangeEntry, IpRangeEntry, NodesEntry } from '../entries.ts'
import { checkNetgroupName } from '../names/rules.ts'
import { MAX_NODE } from '../nodes/nodeset.ts'
import type { Word } from '../text/lexer.ts'
import { spanning } from '../text/span.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'
import { checkMachineAddress } from './machine-address.ts'

function readNodes(args: Arguments): NodesEntry | undefined {
  const word = args.counted(1, 1)?.[0]
  const count = word && args.number(word, 0, MAX_NODE + 1)
  return count === undefined ? undefined : { kind: 'nodes', span: args.span, count }
}

function readIpRange(args: Arguments): IpRangeEntry | undefined {
  const words = args.counted(2, 3)
  const [from, to] = words?.slice(-2) ?? []
  if (words === undefined || from === undefined || to === undefined) return undefined
  const numberWord = words.length === 3 ? words[0] : undefined
  const firstNode = numberWord && args.nodeNumber(numberWord)
  const range = readRange(args, from, to)
  if (range === undefined || (numberWord && firstNode === undefined)) return undefined
  if (range.first.family === 6 && rangeSize(range) > MAX_NODE + 1) {
    const message = `this range holds ${rangeSize(range)} addresses, but there can be ${MAX_NODE + 1} nodes`
    args.diagnostics.report('bad-number', spanning(from, to), message)
    return undefined
  }
  return { kind: 'iprange', span: args.span, firstNode, ...range }
}

function readHostRange(args: Arguments): HostRangeEntry | undefined {
  const words = args.counted(2, 3)
  const [from, to] = words?.slice(-2) ?? []
  if (words === undefined || from === undefined || to === undefined) return undefined
  const name = words.length === 3 ? words[0] : undefined
  const nameFits = name === undefined || checkNetgroupName(name, args.diagnostics)
  const range = readRange(args, from, to)
  if (range === undefined || !nameFits) return undefined
  return { kind: 'hostrange', span: args.span, name, ...range }
}

/** Both ends of a range of machines. */
function readRange(args: Arguments, from: Word, to: Word): AddressRange | undefined {
  const first = args.address(from)
  const last = args.address(to)
  if (first === undefined || last === undefined) return undefined
  if (first.family !== last.family) {
    args.diagnostics.report(
      'bad-address',
      to,
      `this is IPv${last.family}, but the range starts with IPv${first.family}`,
    )
    return undefined
  }
  if (compareAddress(last, first) < 0) return reportReversed(args, from, to)
  checkMachineAddress({ first, last }, spanning(from, to), args.diagnostics)
  return { first, last }
}

function reportReversed(args: Arguments, from: Word, to: Word): undefined {
  args.diagnostics.report('range-reversed', spanning(from, to), `${to.value} lies below ${from.value}`)
}

/** The directives that say how many machines there are and where their addresses lie. */
export const RANGES: readonly Directive[] = [
  {
    keyword: 'nodes',
    arguments: 'N',
    repeatable: false,
    actedOn: true,
    summary: 'N compute nodes, numbered 0 to N-1; the master is not counted.',
    doc: 'Without this line every number that has an address is a node. At most 1,048,576.',
    examples: [
      {
        does: '32 nodes, n0 to n31.',
        lines: ['nodes 32', 'iprange 10.20.30.100 10.20.30.131'],
      },
    ],
    read: readNodes,
  },
  {
    keyword: 'iprange',
    arguments: '[FIRSTNODE] IP1 IP2',
    repeatable: true,
    actedOn: true,
    summary:
      'Addresses of nodes, IPv4 or IPv6, both ends included: IP1 goes to FIRSTNODE, the next address to the next number.',
    doc: 'A node may have one address of each family. Without FIRSTNODE the range continues the iprange line of the same family before it; the first line starts at 0. An IPv6 range holds at most 1,048,576 addresses. `.0` and `.255` are ordinary addresses.',
    examples: [
      {
        does: 'n0 is 10.20.30.100, n31 is 10.20.30.131.',
        lines: ['nodes 32', 'iprange 10.20.30.100 10.20.30.131'],
      },
      {
        does: 'Two racks with networks of their own: n16 is 10.20.31.1.',
        lines: ['nodes 32', 'iprange 10.20.30.1 10.20.30.16', 'iprange 16 10.20.31.1 10.20.31.16'],
      },
      {
        does: 'Addresses of both families.',
        lines: ['nodes 32', 'iprange 10.20.30.100 10.20.30.131', 'iprange fd00:20:30::100 fd00:20:30::11f'],
      },
    ],
    read: readIpRange,
  },
  {
    keyword: 'hostrange',
    arguments: '[NAME] IP1 IP2',
    repeatable: true,
    actedOn: true,
    summary: 'Addresses for devices that are not compute nodes, IPv4 or IPv6, both ends included.',
    doc: 'NAME makes a netgroup of the hosts with an address in the range; several lines with one NAME make one netgroup.',
    examples: [
      {
        does: 'The netgroup pdus holds pdu1.',
        lines: ['hostrange pdus 10.20.30.90 10.20.30.99', 'host 00:A0:D1:E3:FC:E2 10.20.30.90 pdu1'],
      },
    ],
    read: readHostRange,
  },
]
