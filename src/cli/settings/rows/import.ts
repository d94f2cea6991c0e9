/** Rows of settings on how files of other programs become a configuration. */
import { row, type SettingRow } from '../setting.ts'

/** How files of other programs become a configuration. */
export const IMPORT_SETTINGS = {
  hostsFiles: row(
    'words',
    '--hosts',
    'FILE',
    [],
    ['import'],
    'Files such as /etc/hosts and /etc/ethers, for the addresses and MACs of names that the other files do not tell.',
    { key: null },
  ),
  nodeNames: row(
    'words',
    '--node-names',
    'FORMAT',
    [],
    ['import'],
    'The names of nodes, as a nodename line writes them: node%2N. With none, no machine becomes a node.',
    { key: null, defaultDoc: 'the largest kind of names that differ by a number alone' },
  ),
  output: row(
    'optional path',
    '--output',
    'FILE',
    [],
    ['import'],
    'Write the configuration to this file, which must not be there yet.',
    { key: null, defaultDoc: 'standard output' },
  ),
} as const satisfies Record<string, SettingRow>
