/** The directives of single machines: hosts, nodes and their MACs. */
import { macKey } from '../../values/index.ts'
import type { HostEntry, NodeEntry, NodeMac } from '../entries.ts'
import { checkHostName, checkNetgroupName } from '../names/rules.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'
import { checkMachineAddress } from './machine-address.ts'
import { type NodeWords, sortNodeWords, UNAPPROVED } from './node-line.ts'

function readHost(args: Arguments): HostEntry | undefined {
  const [macWord, addressWord, ...written] = args.words
  if (macWord === undefined || addressWord === undefined) return args.missing()
  const unknown = macWord.value === '-'
  const mac = unknown ? undefined : args.mac(macWord, ', or - if it is not known')
  const address = args.address(addressWord)
  const names = written.map((word) => args.hostName(word))
  // Each name is checked, even if one before it is bad.
  const named = names.filter((name) => checkHostName(name, args.diagnostics))
  if ((mac === undefined && !unknown) || address === undefined || named.length < names.length) return undefined
  checkMachineAddress({ first: address, last: address }, addressWord, args.diagnostics)
  return { kind: 'host', span: args.span, mac, macSpan: macWord, address, addressSpan: addressWord, names }
}

/** One list for all node lines: each would take memory for an empty list of its own. */
const NONE: readonly never[] = []

function readNode(args: Arguments): NodeEntry | undefined {
  const words = sortNodeWords(args.words)
  const number = words.number && args.nodeNumber(words.number)
  for (const bad of words.badMacs) args.mac(bad)
  const boot = readBoot(args, words)
  // Without its number the line has no node, and lines that continue its numbers have none either.
  if (words.number !== undefined && number === undefined) return undefined
  const companionMacs = words.companionMacs.length === 0 ? NONE : words.companionMacs
  return { kind: 'node', span: args.span, number, macs: withoutRepeats(words.macs), companionMacs, ...boot }
}

/** Each MAC once, in the order of the line. */
function withoutRepeats(macs: readonly NodeMac[]): readonly NodeMac[] {
  if (macs.length < 2) return macs
  const firsts = new Map<number, NodeMac>()
  for (const each of macs) if (!firsts.has(macKey(each.mac))) firsts.set(macKey(each.mac), each)
  return [...firsts.values()]
}

/** Class, sequence and stage, in that order. A node that nobody has approved has none of them, whatever the line says. */
function readBoot(args: Arguments, words: NodeWords): Pick<NodeEntry, 'class' | 'sequence' | 'stage' | 'isApproved'> {
  if (words.extra !== undefined) args.extra(words.extra)
  if (words.class !== undefined) checkNetgroupName(words.class, args.diagnostics)
  const sequence = words.sequence === undefined ? NONE : readSequence(args, words.sequence)
  if (words.stage !== undefined) checkStage(args, words.stage, sequence)
  if (words.class?.value === UNAPPROVED)
    return { class: undefined, sequence: NONE, stage: undefined, isApproved: false }
  return { class: words.class, sequence, stage: words.stage?.value, isApproved: true }
}

function readSequence(args: Arguments, word: Word): readonly string[] {
  const steps = word.value.split('+')
  if (steps.every(isStep)) return steps
  args.diagnostics.report(
    'bad-sequence',
    word,
    `${quote(word)} is not a boot sequence: write pxe and local, joined with +${/^\d+$/.test(word.value) ? '; the number of a node stands before its class' : ''}`,
  )
  return []
}

function checkStage(args: Arguments, word: Word, sequence: readonly string[]): void {
  if (!isStep(word.value))
    args.diagnostics.report('bad-sequence', word, `${quote(word)} is not a boot stage: write pxe or local`)
  else if (sequence.length > 0 && !sequence.includes(word.value)) {
    args.diagnostics.report(
      'stage-not-in-sequence',
      word,
      `${word.value} is not a step of the sequence ${sequence.join('+')}`,
    )
  }
}

function isStep(text: string): boolean {
  return text === 'pxe' || text === 'local'
}

/** The directives that are a machine each. */
export const MACHINES: readonly Directive[] = [
  {
    keyword: 'host',
    arguments: 'MAC IP [NAME...]',
    repeatable: true,
    actedOn: true,
    summary: 'A device.',
    doc: 'Write `-` if the MAC is not known; any number of lines may have it. The first NAME is canonical, the others are aliases. IP may be IPv6. It is in a hostrange, or it is the address of a master: then the NAMEs belong to that master. Lines with the same first NAME are one device, with at most 1,000 lines and 10,000 names. The first NAME gives the addresses of all these lines, an alias gives those of the lines that have it. A line without NAME only reserves its MAC and IP.',
    examples: [
      {
        does: 'A switch with an alias.',
        lines: ['hostrange 10.20.30.4 10.20.30.9', 'host 00:A0:D1:E9:87:CA 10.20.30.5 smartswitch sw1'],
      },
      {
        does: 'A storage server with two addresses, whose MACs are not known: nas has both.',
        lines: ['hostrange 10.20.30.4 10.20.30.9', 'host - 10.20.30.6 nas nas-a', 'host - 10.20.30.7 nas nas-b'],
      },
      {
        does: 'A name of the master.',
        lines: ['interface eth1 10.20.30.1 255.255.255.0', 'host - 10.20.30.1 head'],
      },
    ],
    read: readHost,
  },
  {
    keyword: 'node',
    arguments: '[NUMBER] [CLASS [SEQUENCE [STAGE]]] [MAC...] [COMPANION=MAC...]',
    repeatable: true,
    actedOn: true,
    summary: 'A compute node.',
    doc: 'Without NUMBER it is the one after the node line before it; the first is 0. A word of six hex octets is a MAC. A first word that is a whole number is NUMBER. The other words are CLASS, SEQUENCE and STAGE, in that order. A machine with any of the MACs is this node. COMPANION is the name of a device that a `nodename` line with an address gives this node, such as its BMC: MAC is then that of the device. A line without a MAC, or with `off` in its place, only uses up a number. SEQUENCE is `pxe` and `local`, joined with `+`. STAGE is the step that comes next: when the image has been sent, it is changed in the file, and the last step stays. `unapproved` in place of CLASS: the node has its address and its name, and nothing else that nodes have, until `kickback set node NUMBER --class CLASS` approves it.',
    examples: [
      {
        does: 'Node 15 has two network cards, and boots the image of its class.',
        lines: [
          'nodes 32',
          'iprange 10.20.30.100 10.20.30.131',
          'class centos5u4 kernelimage /var/beowulf/boot/vmlinuz-centos5u4',
          'node 15 centos5u4 pxe+local pxe 00:A0:D1:E5:C4:70 00:A0:D1:E5:C4:71',
        ],
      },
      {
        does: 'Node 15 and its BMC, which has a MAC of its own.',
        lines: [
          'nodes 32',
          'iprange 10.20.30.100 10.20.30.131',
          'nodename n%N',
          'nodename n%N-ipmi 0.1.0.0 bmcs',
          'node 15 00:A0:D1:E5:C4:70 n15-ipmi=00:A0:D1:E5:C4:72',
        ],
      },
      {
        does: 'Nodes 0, 1 and 3. Node 2 has no machine yet.',
        lines: [
          'nodes 4',
          'iprange 10.20.30.100 10.20.30.103',
          'node 00:A0:D1:E5:C4:60',
          'node 00:A0:D1:E5:C4:61',
          'node off',
          'node 00:A0:D1:E5:C4:63',
        ],
      },
    ],
    read: readNode,
  },
]
