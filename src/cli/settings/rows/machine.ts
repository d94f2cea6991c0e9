/** Rows of settings on how a machine is set up, or its nsswitch.conf is edited. */
import { row, type SettingRow } from '../setting.ts'

/** How a machine is set up, or its nsswitch.conf is edited. */
export const MACHINE_SETTINGS = {
  asMaster: row(
    'switch',
    '--master',
    '',
    [],
    ['nsswitch'],
    'Edit the file of a master, whose own files have the users, groups and networks of the cluster. Without this option: what this machine was set up as, else a node.',
    { key: null },
  ),
  nsswitchFile: row('path', '--file', 'FILE', ['/etc/nsswitch.conf'], ['nsswitch'], 'The file to edit.', { key: null }),
  root: row(
    'optional path',
    '--root',
    'DIR',
    [],
    ['nsswitch'],
    'Edit the file of the image below this folder. No program of the image is run.',
    { key: null },
  ),
  plan: row('switch', '--dry-run', '', [], ['setup', 'nsswitch'], 'Only print what would be done.', { key: null }),
} as const satisfies Record<string, SettingRow>
