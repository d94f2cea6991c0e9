/** The directives about machines that no line knows. */
import type { Assignment } from '../cluster.ts'
import type { IgnoreEntry, NodeAssignEntry } from '../entries.ts'
import { quote } from '../text/quote.ts'
import type { Arguments } from './arguments.ts'
import type { Directive } from './directive.ts'

const POLICIES: readonly Assignment[] = ['append', 'locked']

/** A policy that is not one of ours may be one of another program: nobody gets an address by it. */
function readNodeAssign(args: Arguments): NodeAssignEntry | undefined {
  const [word] = args.counted(1, 1) ?? []
  if (word === undefined) return undefined
  const policy = POLICIES.find((known) => known === word.value)
  if (policy === undefined) {
    const message = `${quote(word)} is not one of ${POLICIES.join(', ')}: unknown machines get nothing, as with locked`
    args.diagnostics.report('unknown-policy', word, message)
  }
  return { kind: 'nodeassign', span: args.span, policy: policy ?? 'locked' }
}

function readIgnore(args: Arguments): IgnoreEntry | undefined {
  if (args.words.length === 0) return args.missing()
  const macs = args.words.flatMap((word) => {
    const mac = args.mac(word)
    return mac === undefined ? [] : [{ mac, span: word }]
  })
  return { kind: 'ignore', span: args.span, macs }
}

/** The directives that say what unknown machines get by DHCP. */
export const STRANGERS: readonly Directive[] = [
  {
    keyword: 'nodeassign',
    arguments: 'append|locked',
    repeatable: false,
    actedOn: true,
    summary: 'What becomes of a machine that asks for an address by DHCP and is on no line.',
    doc: '`locked`, which is the default: it gets nothing. `append`: it becomes a node. The line `node NUMBER unapproved MAC` is added to the file, where NUMBER is the next one above those that node lines name, among the nodes with an address in the network of the interface where it asked. The node gets its address and its name, and nothing else until it is approved. Other words mean the same as `locked`, with a warning.',
    examples: [
      {
        does: 'A machine that nobody knows becomes node 1, the next one node 2.',
        lines: [
          'nodes 32',
          'interface eth1 10.20.30.1 255.255.255.0',
          'iprange 10.20.30.100 10.20.30.131',
          'nodeassign append',
          'node 0 00:A0:D1:E5:C4:60',
        ],
      },
    ],
    read: readNodeAssign,
  },
  {
    keyword: 'ignore',
    arguments: 'MAC...',
    repeatable: true,
    actedOn: true,
    summary: 'Machines that get nothing by DHCP and boot nothing.',
    doc: 'They are not listed among the unknown machines, and never become nodes. A MAC that is also on the line of a node or of a device is ignored, with a warning.',
    examples: [{ does: '', lines: ['ignore 00:A0:D1:E9:87:00 00:A0:D1:E9:87:01'] }],
    read: readIgnore,
  },
]
