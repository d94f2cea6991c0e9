import { addressFromNumber } from '../address.ts'
import { type Arguments, quote } from '../arguments.ts'
import type { Directive } from '../directive.ts'
import type { NodenameEntry } from '../entries.ts'
import type { Word } from '../lexer.ts'
import { checkNetgroupName, hostNameFault } from '../names.ts'
import { expandNodename, type NamePattern } from '../nodename.ts'
import { MAX_NODE } from '../nodeset.ts'

function readNodename(args: Arguments): NodenameEntry | undefined {
  const words = args.counted(1, 3)
  const [written, second, third] = words ?? []
  if (written === undefined) return undefined
  const format = args.hostName(written)
  const pattern = readFormat(args, format)
  const addressWord = second && (third !== undefined || ADDRESS_LIKE.test(second.value)) ? second : undefined
  const netgroup = third ?? (addressWord === undefined ? second : undefined)
  const address = addressWord && args.quad(addressWord)
  const grouped = netgroup === undefined || checkNetgroupName(netgroup, args.findings)
  if (pattern === undefined || !grouped || (addressWord && address === undefined)) return undefined
  const at = address === undefined ? undefined : addressFromNumber(address)
  return { kind: 'nodename', span: args.span, format, ...pattern, address: at, netgroup }
}

/** What is meant as an address, right or wrong, and not as a netgroup. */
const ADDRESS_LIKE = /^[\d.]+$|:|^\d+\.\d+\./

const FORMAT = /^([A-Za-z][^%]*)%([1-5]?)N([^%]*)$/

function readFormat(args: Arguments, word: Word): NamePattern | undefined {
  const match = FORMAT.exec(word.value)
  const [, prefix = '', width = '', suffix = ''] = match ?? []
  if (match === null) {
    const wanted = 'a letter first, and one conversion, %N or %1N to %5N'
    args.findings.report('bad-nodename', word, `${quote(word)} is no format for names: ${wanted}`)
    return undefined
  }
  const pattern = { prefix, width: Number(width), suffix }
  const fault = hostNameFault(expandNodename(pattern, MAX_NODE))
  if (fault === undefined) return pattern
  args.findings.report('bad-name', word, `${quote(expandNodename(pattern, MAX_NODE))} is no host name: it ${fault}`)
  return undefined
}

/** How nodes and their companions are called. */
export const NODENAME: readonly Directive[] = [
  {
    keyword: 'nodename',
    arguments: 'FORMAT [IPV4] [NETGROUP]',
    repeatable: true,
    actedOn: true,
    doc: 'How nodes are called. FORMAT starts with a letter and has one conversion: `%N` is the number, matched by value (`n23`, `n+23`, `n0023`), `%3N` pads it to three digits (widths 1 to 5) and is matched as written. The first line without IPV4 names the nodes, further ones are aliases; without any, `n%N` does. A line with IPV4 names a companion, a device that each node has: with first octet 0 IPV4 is added to the node’s address, else the node’s number is added to IPV4. NETGROUP is a netgroup of all names of the line; several lines may share it. At most 100 lines.',
    example: 'nodename n%N-ipmi 0.1.0.0 bmcs',
    read: readNodename,
  },
]
