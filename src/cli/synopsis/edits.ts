/** The commands that edit the configuration, as help and manual tell of them. */
import { type CommandRow, EXIT, NEEDS_ATTENTION, WRONG_USAGE } from './row.ts'

/** What an edit does, whichever it is. */
const HOW =
  'Every other byte of the file stays. The new text is checked, and tried by the daemon against what it serves, before it is written: what would be refused is not written. Then the daemon reloads. The edit goes into the audit log.'

const WHAT = { word: '<what>', doc: 'host or node', choices: ['host', 'node'] } as const
const KEY = { word: '<key>', doc: 'of a node its number; of a host its first name, its IP or its MAC' } as const

const EXITS = [
  [EXIT.DONE, 'done and served, or nothing to do'],
  [EXIT.FAILED, 'refused: the file is as it was'],
  [
    NEEDS_ATTENTION,
    'the file is changed, but it is not served, or nodes are not in step in time, or the audit log cannot be written; of a dry run: no daemon answers',
  ],
  WRONG_USAGE,
] as const

/** The commands that edit the configuration. */
export const EDIT_COMMANDS: readonly CommandRow[] = [
  {
    name: 'add',
    arguments: [
      WHAT,
      {
        word: '[words...]',
        doc: 'the words of the line: of a host MAC|- IP [NAME...], of a node [NUMBER] [CLASS [SEQUENCE [STAGE]]] [MAC...] [COMPANION=MAC...]',
      },
    ],
    summary: 'add a host or node line to the configuration',
    doc: `Adds a line after the last one of its kind. ${HOW}`,
    examples: [
      ['kickback add host 00:A0:D1:E3:FD:4B 10.20.30.92 pdu3', 'a device with its MAC, address and name'],
      ['kickback add host - 10.20.30.93 pdu4 --wait', 'a device whose MAC is not known; wait until all nodes know it'],
      ['kickback add node 16 centos5u4 pxe+local pxe 00:A0:D1:E5:C4:72', 'the line of node 16'],
      ['kickback add node 00:A0:D1:E5:C4:72 --dry-run', 'show what would change in the file and in the records'],
    ],
    exits: EXITS,
  },
  {
    name: 'set',
    arguments: [WHAT, KEY],
    summary: 'set fields of a host or node line of the configuration',
    doc: `Changes the words of one line where they stand; a word that is missing is put where it belongs. ${HOW}`,
    examples: [
      ['kickback set node 15 --stage pxe', 'boot node 15 by PXE the next time'],
      ['kickback set node 15 --class memtest --sequence pxe --stage pxe', 'several fields at once'],
      ['kickback set host pdu1 --mac 00:A0:D1:E3:FC:E3', 'a device was replaced'],
    ],
    exits: EXITS,
  },
  {
    name: 'remove',
    arguments: [WHAT, KEY],
    summary: 'remove a host or node line of the configuration',
    doc: `Removes one line with its comment. If later node lines count on from it, it stays as a placeholder (off), so that no other node gets another number. A node without a line keeps its name and address. ${HOW}`,
    examples: [
      ['kickback remove host pdu2', 'a device has gone'],
      ['kickback remove host 10.20.30.91', 'one line of a device that has several'],
      ['kickback remove node 15', 'class, stage and MACs of node 15'],
    ],
    exits: EXITS,
  },
]
