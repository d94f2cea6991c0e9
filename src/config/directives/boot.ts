/** The directives of booting. */
import type { BootProperty } from '../cluster.ts'
import type { BootEntry, ClassEntry } from '../entries.ts'
import { checkNetgroupName } from '../names/rules.ts'
import { parseNodeSet } from '../nodes/nodeset.ts'
import type { Word } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'

const PROPERTIES: readonly BootProperty[] = ['kernelimage', 'initrdimage', 'kernelcommandline']

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
  const value = readValue(args, property, valueWord)
  return value === undefined || !named ? undefined : { kind: 'class', span: args.span, name, property, value }
}

function checkClassName(args: Arguments, name: Word): boolean {
  if (!checkNetgroupName(name, args.diagnostics)) return false
  if (name.value !== 'off') return true
  args.diagnostics.report(
    'reserved-name',
    name,
    'a class cannot have the name off: on a node line this word stands in place of a MAC',
  )
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

const DECIDED = 'For its nodes a later line replaces an earlier one. `none` sends nothing.'

/** The directives that say what a node boots. They are kept, not acted on. */
export const BOOT: readonly Directive[] = [
  {
    keyword: 'class',
    arguments: 'NAME kernelimage|initrdimage|kernelcommandline VALUE',
    repeatable: true,
    actedOn: true,
    doc: 'One property of a boot class; the lines of one NAME are read together. `none` sends nothing. A command line is the rest of the line as written, with its quotes. NAME is also a netgroup of the nodes of that class.',
    example: 'class memtest kernelimage /var/beowulf/boot/memtest86+-4.00.bin',
    read: readClass,
  },
  {
    keyword: 'kernelimage',
    arguments: '[NODES] VALUE',
    repeatable: true,
    actedOn: true,
    doc: `The kernel that nodes boot: the default, or for NODES. ${DECIDED}`,
    example: 'kernelimage 0-31 /boot/vmlinuz-2.6.18-164.2.1.el5.540g0000',
    read: readBootSetting('kernelimage'),
  },
  {
    keyword: 'initrdimage',
    arguments: '[NODES] VALUE',
    repeatable: true,
    actedOn: true,
    doc: `The initial RAM disk that nodes boot: the default, or for NODES. ${DECIDED}`,
    example: 'initrdimage /var/beowulf/boot/computenode.initrd',
    read: readBootSetting('initrdimage'),
  },
  {
    keyword: 'kernelcommandline',
    arguments: '[NODES] VALUE',
    repeatable: true,
    actedOn: true,
    doc: `The kernel's command line: the default, or for NODES. VALUE is the rest of the line as written, with its quotes. A first word that is a set of nodes is NODES. ${DECIDED}`,
    example: 'kernelcommandline rw root=/dev/ram0 image=/var/beowulf/boot/computenode.rootfs',
    read: readBootSetting('kernelcommandline'),
  },
]
