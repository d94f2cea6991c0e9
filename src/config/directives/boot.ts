/** The directives of booting. */
import type { Acknowledgement, BootProperty } from '../cluster.ts'
import type { BootEntry, ClassEntry } from '../entries.ts'
import { checkNetgroupName } from '../names/rules.ts'
import { parseNodeSet } from '../nodes/nodeset.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'
import { OFF, UNAPPROVED } from './node-line.ts'

const PROPERTIES: readonly ClassEntry['property'][] = ['kernelimage', 'initrdimage', 'kernelcommandline', 'acknowledge']
const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = ['loaded', 'installed']

function readClass(args: Arguments): ClassEntry | undefined {
  const [name, propertyWord, valueWord] = args.words
  if (name === undefined || propertyWord === undefined || valueWord === undefined) return args.missing()
  const named = checkClassName(args, name)
  const property = PROPERTIES.find((known) => known === propertyWord.value)
  if (property === undefined) {
    args.diagnostics.report(
      'bad-property',
      propertyWord,
      `${quote(propertyWord)} is not one of ${PROPERTIES.join(', ')}`,
    )
    return undefined
  }
  const value = property === 'acknowledge' ? readAcknowledgement(args, valueWord) : readValue(args, property, valueWord)
  return value === undefined || !named ? undefined : { kind: 'class', span: args.span, name, property, value }
}

function readAcknowledgement(args: Arguments, word: Word): Acknowledgement | undefined {
  const [, , , extra] = args.words
  if (extra !== undefined) return args.extra(extra)
  const known = ACKNOWLEDGEMENTS.find((each) => each === word.value)
  if (known === undefined)
    args.diagnostics.report('bad-property', word, `${quote(word)} is not one of ${ACKNOWLEDGEMENTS.join(', ')}`)
  return known
}

/** Words that name no class, each with what it means on a node line. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  [OFF, 'on a node line this word stands in place of a MAC'],
  [UNAPPROVED, 'on a node line this word says that nobody has approved the node'],
])

function checkClassName(args: Arguments, name: Word): boolean {
  if (!checkNetgroupName(name, args.diagnostics)) return false
  const meaning = RESERVED.get(name.value)
  if (meaning === undefined) return true
  args.diagnostics.report('reserved-name', name, `a class cannot have the name ${name.value}: ${meaning}`)
  return false
}

/** An image is one word, a command line the rest of the line as written; null is `none`. */
function readValue(args: Arguments, property: BootProperty, word: Word): string | null | undefined {
  const extra = args.words[args.words.indexOf(word) + 1]
  if (property !== 'kernelcommandline' && extra !== undefined) return args.extra(extra)
  if (word.value === 'none' && extra === undefined) return null
  return property === 'kernelcommandline' ? args.textFrom(word) : word.value
}

function readBootSetting(property: BootProperty): (args: Arguments) => BootEntry | undefined {
  return (args) => {
    const [first, second] = args.words
    if (first === undefined) return args.missing()
    const nodesWord = second !== undefined && namesNodes(property, first) ? first : undefined
    const nodes = nodesWord && args.nodeSet(nodesWord)
    const value = readValue(args, property, (nodesWord && second) ?? first)
    if (value === undefined || (nodesWord && nodes === undefined)) return undefined
    return { kind: 'boot', span: args.span, property, nodes, nodesSpan: nodesWord, value }
  }
}

/** The first of several words names nodes; of a command line only when it reads as a set. */
function namesNodes(property: BootProperty, first: Word): boolean {
  return property !== 'kernelcommandline' || parseNodeSet(first.value) !== undefined
}

const DECIDED =
  'A line of the class of a node decides for it; else the last line whose NODES have it; else the last line without NODES. `none` sends nothing.'

/** The directives that say what a node boots. */
export const BOOT: readonly Directive[] = [
  {
    keyword: 'class',
    arguments: 'NAME kernelimage|initrdimage|kernelcommandline|acknowledge VALUE',
    repeatable: true,
    actedOn: true,
    summary: 'One property of a boot class; the lines of one NAME are read together.',
    doc: '`none` sends nothing. A command line is the rest of the line as written, with its quotes. NAME is also a netgroup of the nodes of that class. `acknowledge installed` keeps a node at its stage until its installer reports that it is done; `acknowledge loaded` is the default: the stage is done when the image is loaded.',
    examples: [
      {
        does: 'Node 3 tests its memory at the next boot.',
        lines: [
          'nodes 4',
          'iprange 10.20.30.100 10.20.30.103',
          'class memtest kernelimage /var/beowulf/boot/memtest86+-4.00.bin',
          'class memtest initrdimage none',
          'class memtest kernelcommandline none',
          'node 3 memtest',
        ],
      },
    ],
    read: readClass,
  },
  {
    keyword: 'kernelimage',
    arguments: '[NODES] VALUE',
    repeatable: true,
    actedOn: true,
    summary: 'The kernel that nodes boot: the default, or for NODES.',
    doc: DECIDED,
    examples: [
      {
        does: 'Nodes 30 and 31 try a newer kernel.',
        lines: [
          'nodes 32',
          'iprange 10.20.30.100 10.20.30.131',
          'kernelimage /boot/vmlinuz-2.6.18-164.2.1.el5',
          'kernelimage 30-31 /boot/vmlinuz-2.6.18-194.el5',
        ],
      },
    ],
    read: readBootSetting('kernelimage'),
  },
  {
    keyword: 'initrdimage',
    arguments: '[NODES] VALUE',
    repeatable: true,
    actedOn: true,
    summary: 'The initial RAM disk that nodes boot: the default, or for NODES.',
    doc: DECIDED,
    examples: [
      {
        does: 'All nodes boot one image; node 31 has none.',
        lines: [
          'nodes 32',
          'iprange 10.20.30.100 10.20.30.131',
          'initrdimage /var/beowulf/boot/computenode.initrd',
          'initrdimage 31 none',
        ],
      },
    ],
    read: readBootSetting('initrdimage'),
  },
  {
    keyword: 'kernelcommandline',
    arguments: '[NODES] VALUE',
    repeatable: true,
    actedOn: true,
    summary: "The kernel's command line: the default, or for NODES.",
    doc: `VALUE is the rest of the line as written, with its quotes. A first word that is a set of nodes is NODES. ${DECIDED}`,
    examples: [
      {
        does: 'Node 0 writes its messages to a serial console.',
        lines: [
          'nodes 32',
          'iprange 10.20.30.100 10.20.30.131',
          'kernelcommandline rw root=/dev/ram0 image=/var/beowulf/boot/computenode.rootfs',
          'kernelcommandline 0 rw root=/dev/ram0 console=ttyS0,115200',
        ],
      },
    ],
    read: readBootSetting('kernelcommandline'),
  },
]
