/** The commands that show how the service and its nodes are, as help and manual tell of them. */
import { NODE_CONTENTS, NODE_STATES, PING_ANSWERS } from '../../kickback/index.ts'
import { type CommandRow, EXIT, NEEDS_ATTENTION, NOT_FOUND, WRONG_USAGE } from './row.ts'

/** Words with what they mean, as sentences. */
function wordsText(table: Readonly<Record<string, string>>): string {
  return Object.entries(table)
    .map(([word, meaning]) => `${word}: ${meaning}.`)
    .join(' ')
}

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
    doc: `Prints how many nodes are in each state, with their names in sets, and a line for each node: number, name, state, content, boot stage, when this master heard of it last, load average over one minute, memory in use and in all, generation, what a ping found, address, since when it boots, certificate, kernel and software. Only the columns that the terminal has room for are printed; a pipe gets all of them. On a terminal more than 100 nodes have one line for nodes in a row that stand alike, with the figures of the worst of them: name nodes with --nodes to see each. The states: ${wordsText(NODE_STATES)} What is told of the content: ${wordsText(NODE_CONTENTS)} What a ping found of nodes that are not up: ${wordsText(PING_ANSWERS)} It proves nothing. The stage is that of the configuration file as it is now. So are the nodes that nobody has approved (nodeassign append): they are told by their numbers, with what approves one. For root on a master; a node knows no other nodes. With --unknown it lists the machines that asked for an address by DHCP and are not in the configuration, those that asked last first: MAC, when they asked first and last, how often, on which interface, and the vendor of the MAC if the package ieee-data or hwdata is installed. With --hosts it lists the devices of the host lines: name, what a ping found, how long ago, and address. bpstat and beostatus are other names of this command.`,
    examples: [
      ['kickback nodes', 'all nodes'],
      ['kickback nodes --state down never held behind', 'those that need a look'],
      ['kickback nodes --state up', 'those that are up'],
      ['kickback nodes --nodes n0-n31 --watch', 'these nodes, drawn again every two seconds, until q'],
      ['kickback nodes --hosts', 'switches, PDUs and other devices, and whether they answer'],
      ['kickback nodes --unknown', 'machines that are not in the configuration and asked for an address by DHCP'],
      ['kickback nodes --json', 'the same as JSON'],
    ],
    exits: [
      [EXIT.DONE, 'machines were listed'],
      [EXIT.FAILED, 'nothing answers, or this is a node'],
      [NOT_FOUND, 'no node is in this set and in these states, no machine is unknown, or there is no device'],
      WRONG_USAGE,
    ],
  },
]
