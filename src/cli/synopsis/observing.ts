/** The commands that show how the service and its nodes are, as help and manual tell of them. */
import { type CommandRow, EXIT, NEEDS_ATTENTION, NOT_FOUND, WRONG_USAGE } from './row.ts'

/** The commands that show how the service and its nodes are. */
export const OBSERVING_COMMANDS: readonly CommandRow[] = [
  {
    name: 'status',
    arguments: [],
    summary: 'show the state of the service',
    doc: 'Prints what needs attention and what to do, the generation and its age, and the result of the last reload; on a master how its nodes stand, for root also by name; on a node its masters, the age of its data and the file that the module answers from. On a terminal it is in colours, unless NO_COLOR is set.',
    examples: [
      ['kickback status', 'the state of the service on this machine'],
      ['kickback status --watch', 'draw it again every two seconds, until q'],
      ['kickback status --json', 'the same as JSON'],
    ],
    exits: [
      [0, 'serving'],
      [1, 'nothing answers'],
      [
        NEEDS_ATTENTION,
        'serving, but the last reload was refused, masters are in conflict or have different content, a machine has another key, no master is in step, DNS is not answered, or earlier content is pinned',
      ],
      WRONG_USAGE,
    ],
  },
  {
    name: 'nodes',
    arguments: [],
    summary: 'list the nodes of the configuration and how they stand',
    doc: 'Prints how many nodes are in each state, with their names in sets, and a line for each node: number, name, address, state, generation, when it was there last, its certificate, and the software that it reported. in-step: it follows this master and has its content. behind: it follows and has other content. gone: it followed and has no connection now. missing: it never followed since this master started; it may follow another one. other-key: it believes another key. For root on a master; a node knows no other nodes.',
    examples: [
      ['kickback nodes', 'all nodes'],
      ['kickback nodes --state behind gone missing', 'those that need a look'],
      ['kickback nodes --nodes n0-n31 --watch', 'these nodes, drawn again every two seconds, until q'],
      ['kickback nodes --json', 'the same as JSON'],
    ],
    exits: [
      [EXIT.DONE, 'nodes were listed'],
      [EXIT.FAILED, 'nothing answers, or this is a node'],
      [NOT_FOUND, 'no node is in this set and in these states'],
      WRONG_USAGE,
    ],
  },
]
