/** The directives of masters and ports. */
import { addressFromNumber } from '../../values/index.ts'
import type { InterfaceEntry, MasterOrderEntry, ServerEntry } from '../entries.ts'
import { checkPlainName } from '../names/rules.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'

function readInterface(args: Arguments): InterfaceEntry | undefined {
  const words = args.counted(1, 3)
  const [name, addressWord, netmaskWord] = words ?? []
  if (name === undefined || !checkPlainName(name, 'an interface', args.findings)) return undefined
  if (addressWord === undefined) return entry(args, name.value, undefined, undefined, undefined)
  if (netmaskWord === undefined) return args.missing()
  const address = args.quad(addressWord)
  const netmask = args.quad(netmaskWord)
  if (address === undefined || netmask === undefined) return undefined
  if (!isNetmask(netmask)) {
    args.findings.report(
      'bad-netmask',
      netmaskWord,
      `${quote(netmaskWord)} is not a netmask: its bits are ones, then zeros`,
    )
    return undefined
  }
  return entry(args, name.value, address, addressWord, netmask)
}

function entry(
  args: Arguments,
  name: string,
  address: number | undefined,
  addressSpan: Word | undefined,
  netmask: number | undefined,
): InterfaceEntry {
  const held = (value: number | undefined) => (value === undefined ? undefined : addressFromNumber(value))
  return { kind: 'interface', span: args.span, name, address: held(address), addressSpan, netmask: held(netmask) }
}

function isNetmask(value: number): boolean {
  const hostPart = ~value >>> 0
  return (hostPart & (hostPart + 1)) === 0
}

const MOST_MASTERS = 4

function readMasterOrder(args: Arguments): MasterOrderEntry | undefined {
  const words = args.counted(2, 1 + MOST_MASTERS)
  const [nodesWord, ...addressWords] = words ?? []
  if (nodesWord === undefined) return undefined
  const nodes = args.nodeSet(nodesWord)
  const masters = addressWords.flatMap((span) => {
    const address = args.address(span)
    return address === undefined ? [] : [{ address, span }]
  })
  if (nodes === undefined || masters.length < addressWords.length) return undefined
  return { kind: 'masterorder', span: args.span, nodes, nodesSpan: nodesWord, masters }
}

function readServer(args: Arguments): ServerEntry | undefined {
  const [service, portWord] = args.counted(2, 2) ?? []
  const port = portWord && args.number(portWord, 1, 65535)
  if (service === undefined || !checkPlainName(service, 'a service', args.findings) || port === undefined)
    return undefined
  return { kind: 'server', span: args.span, service, port }
}

/** Where the masters are and on which ports they serve. */
export const MASTERS: readonly Directive[] = [
  {
    keyword: 'interface',
    arguments: 'NAME [IP NETMASK]',
    repeatable: true,
    actedOn: true,
    doc: 'A private interface of the master; its address is the master’s. The first line is the primary one: `master` has its address. Without IP the address is that of the interface NAME of this machine. IP needs NETMASK.',
    example: 'interface eth1 10.20.30.1 255.255.255.0',
    read: readInterface,
  },
  {
    keyword: 'masterorder',
    arguments: 'NODES IP1 [IP2...]',
    repeatable: true,
    actedOn: true,
    doc: 'The masters of those nodes, first choice first, up to four. If several lines name a node, the last one is used: write the default first and exceptions after it.',
    example: 'masterorder 0-31 10.20.30.1 10.20.30.2',
    read: readMasterOrder,
  },
  {
    keyword: 'server',
    arguments: 'SERVICE PORT',
    repeatable: true,
    actedOn: true,
    doc: 'The port of a service, at most one line for each. `beonss` is kickback (without a line 3045), `beonss-tls` is kickback over TLS (3046).',
    example: 'server beonss 3045',
    read: readServer,
  },
]
