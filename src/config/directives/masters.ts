/** The directives of masters and ports. */
import { type Address, parsePrefixLength, prefixLengthOf } from '../../values/index.ts'
import type { InterfaceEntry, MasterDelayEntry, MasterOrderEntry, ServerEntry } from '../entries.ts'
import { checkPlainName } from '../names/rules.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'
import { checkMasterAddress } from './machine-address.ts'

function readInterface(args: Arguments): InterfaceEntry | undefined {
  const words = args.counted(1, 3)
  const [name, addressSpan, netmaskWord] = words ?? []
  if (name === undefined || !checkPlainName(name, 'an interface', args.diagnostics)) return undefined
  const entry = { kind: 'interface', span: args.span, name: name.value, addressSpan } as const
  if (addressSpan === undefined) return { ...entry, address: undefined, prefixLength: undefined }
  if (netmaskWord === undefined)
    return addressSpan.value.includes('/') ? reportPrefix(args, addressSpan) : args.missing()
  const address = args.address(addressSpan)
  const prefixLength = address && readNetmask(args, netmaskWord, address.family)
  if (address === undefined || prefixLength === undefined) return undefined
  checkMasterAddress(address, addressSpan, args.diagnostics)
  return { ...entry, address, prefixLength }
}

/** An address with the length of its prefix behind it, as `ip address` prints it. */
function reportPrefix(args: Arguments, word: Word): undefined {
  const message = `${quote(word)} is not an IP address: write the netmask as the next word, such as 10.20.30.1 255.255.255.0`
  args.diagnostics.report('missing-argument', word, message)
}

/** How many bits are the network's: `255.255.255.0`, and for IPv6 `64` or `ffff:ffff:ffff:ffff::`. */
function readNetmask(args: Arguments, word: Word, family: Address['family']): number | undefined {
  if (family === 6 && !word.value.includes(':')) {
    const length = parsePrefixLength(word.value, family)
    if (length !== undefined) return length
    args.diagnostics.report('bad-netmask', word, `${quote(word)} is not the length of an IPv6 prefix: 0 to 128`)
    return undefined
  }
  if (/^\/?\d+$/.test(word.value)) {
    const message = `${quote(word)} is not a netmask of IPv4: write it as four numbers, such as 255.255.255.0`
    args.diagnostics.report('bad-address', word, message)
    return undefined
  }
  const netmask = args.address(word)
  if (netmask === undefined) return undefined
  const length = netmask.family === family ? prefixLengthOf(netmask) : undefined
  if (length !== undefined) return length
  const wanted = netmask.family === family ? 'its bits are ones, then zeros' : `the address is IPv${family}`
  args.diagnostics.report('bad-netmask', word, `${quote(word)} is not a netmask: ${wanted}`)
  return undefined
}

const MOST_MASTERS = 4

function readMasterOrder(args: Arguments): MasterOrderEntry | undefined {
  const words = args.counted(2, 1 + MOST_MASTERS)
  const [nodesWord, ...addressWords] = words ?? []
  if (nodesWord === undefined) return undefined
  const nodes = args.nodeSet(nodesWord)
  const masters = addressWords.flatMap((span) => {
    const address = args.address(span)
    if (address !== undefined) checkMasterAddress(address, span, args.diagnostics)
    return address === undefined ? [] : [{ address, span }]
  })
  if (nodes === undefined || masters.length < addressWords.length) return undefined
  return { kind: 'masterorder', span: args.span, nodes, nodesSpan: nodesWord, masters }
}

const LONGEST_DELAY = 3600

function readMasterDelay(args: Arguments): MasterDelayEntry | undefined {
  const [word] = args.counted(1, 1) ?? []
  const seconds = word && args.number(word, 0, LONGEST_DELAY)
  return seconds === undefined ? undefined : { kind: 'masterdelay', span: args.span, seconds }
}

function readServer(args: Arguments): ServerEntry | undefined {
  const [service, portWord] = args.counted(2, 2) ?? []
  const port = portWord && args.number(portWord, 1, 65535)
  if (service === undefined || !checkPlainName(service, 'a service', args.diagnostics) || port === undefined)
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
    summary: 'A private interface of the master; its address is the master’s.',
    doc: 'The first line is the primary one: `master` has its address. Without IP the addresses are those of the interface NAME of this machine. IP needs NETMASK; for an IPv6 address NETMASK is the length of the prefix, such as 64. Two lines with one NAME give the interface an address of each family, and `master` has both.',
    examples: [
      {
        does: 'The master is 10.20.30.1.',
        lines: ['interface eth1 10.20.30.1 255.255.255.0'],
      },
      {
        does: 'It has an IPv6 address too.',
        lines: ['interface eth1 10.20.30.1 255.255.255.0', 'interface eth1 fd00:20:30::1 64'],
      },
    ],
    read: readInterface,
  },
  {
    keyword: 'masterorder',
    arguments: 'NODES IP1 [IP2...]',
    repeatable: true,
    actedOn: true,
    summary: 'The masters of those nodes, first choice first, up to four.',
    doc: 'If several lines name a node, the last one is used: write the default first and exceptions after it.',
    examples: [
      {
        does: 'Two masters share the nodes.',
        lines: [
          'nodes 32',
          'iprange 10.20.30.100 10.20.30.131',
          'interface eth1 10.20.30.1 255.255.255.0',
          'masterorder 0-15 10.20.30.1 10.20.30.2',
          'masterorder 16-31 10.20.30.2 10.20.30.1',
        ],
      },
    ],
    read: readMasterOrder,
  },
  {
    keyword: 'masterdelay',
    arguments: 'SECONDS',
    repeatable: false,
    actedOn: true,
    summary:
      'How long a master waits until it gives addresses by DHCP in place of the one before it; without a line 15.',
    doc: 'It is for the nodes of `masterorder` lines. The third master of a node waits twice as long, and so on. With 0 all masters of a node answer at once.',
    examples: [
      {
        does: 'If 10.20.30.1 gives a node no address for 30 seconds, 10.20.30.2 does.',
        lines: [
          'nodes 32',
          'iprange 10.20.30.100 10.20.30.131',
          'interface eth1 10.20.30.1 255.255.255.0',
          'masterorder - 10.20.30.1 10.20.30.2',
          'masterdelay 30',
        ],
      },
    ],
    read: readMasterDelay,
  },
  {
    keyword: 'server',
    arguments: 'SERVICE PORT',
    repeatable: true,
    actedOn: true,
    summary: 'The port of a service, at most one line for each.',
    doc: '`beonss` is kickback (without a line 3045), `beonss-tls` is kickback over TLS (3046).',
    examples: [
      {
        does: 'Nodes ask port 3045, and port 3046 for TLS.',
        lines: ['server beonss 3045', 'server beonss-tls 3046'],
      },
    ],
    read: readServer,
  },
]
