/** Rows of settings on what is asked of a daemon for once, and how its answer is printed. */
import { KEEPERS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'

/** What is asked of a daemon for once, and how its answer is printed. */
export const REQUEST_SETTINGS = {
  tryConfig: row(
    'optional path',
    '--config',
    'FILE',
    [],
    ['reload'],
    'With --dry-run: the configuration to try instead of the usual one.',
    { key: null },
  ),
  dryRun: row(
    'switch',
    '--dry-run',
    '',
    [],
    ['reload'],
    'Only show what would change, and what the loss limit would refuse.',
    { key: null },
  ),
  force: row(
    'switch',
    '--force',
    '',
    [],
    ['reload'],
    'Publish in spite of the loss limit. On a node: take what a living master offers, whatever is lost.',
    { key: null },
  ),
  backTo: row(
    'optional generation',
    '--back-to',
    'GENERATION',
    [],
    ['reload'],
    'Serve the content of this earlier generation, under a new number, until --release. No file is read.',
    { key: null },
  ),
  release: row('switch', '--release', '', [], ['reload'], 'Serve what the files say again.', { key: null }),
  otherCluster: row(
    'switch',
    '--other-cluster',
    '',
    [],
    ['restore'],
    'Restore even if the state dir has the key of another cluster.',
    { key: null },
  ),
  json: row(
    'switch',
    '--json',
    '',
    [],
    ['setup', 'nsswitch', 'keys', 'check', 'query', 'export', 'status', 'reload', 'history', ...KEEPERS, 'snapshot'],
    'Print JSON, for programs.',
    { key: null },
  ),
} as const satisfies Record<string, SettingRow>
