/** Rows of settings on what an edit of the configuration sets on a line, and whether nodes are waited for. */
import { EDITORS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'

/** What an edit of the configuration sets on a line, and whether nodes are waited for. */
export const EDIT_SETTINGS = {
  bootClass: row(
    'optional word',
    '--class',
    'CLASS',
    [],
    ['set'],
    'The boot class of the node; `-` for none, and then no sequence and no stage. Either approves a node that is unapproved.',
    { key: null },
  ),
  bootSequence: row(
    'optional word',
    '--sequence',
    'SEQUENCE',
    [],
    ['set'],
    'The boot sequence of the node: pxe and local, joined with +.',
    { key: null },
  ),
  bootStage: row(
    'optional word',
    '--stage',
    'STAGE',
    [],
    ['set'],
    'The step of its boot sequence that comes next: pxe or local.',
    { key: null },
  ),
  macs: row(
    'words',
    '--mac',
    'MAC',
    [],
    ['set'],
    'The MACs of the node, all of them, or off for none. The MAC of a host, or - if it is not known.',
    { key: null },
  ),
  hostAddress: row('optional word', '--ip', 'IP', [], ['set'], 'The address of the host.', { key: null }),
  wait: row(
    'switch',
    '--wait',
    '',
    [],
    EDITORS,
    'Return when the nodes are in step with the edit: all of them, or those of --nodes, for --timeout seconds at most.',
    { key: null },
  ),
} as const satisfies Record<string, SettingRow>
