/** Rows of settings on what generations are made from: the files that are read, and the rules by which they are. */
import { FILE_DATABASE_NAMES, FILE_DATABASES, type FileDatabaseName } from '../../../resolver/index.ts'
import { ACCOUNT_RULES, ASKERS, EDITORS, KEEPERS, READERS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'
import { FILTER_SETTINGS } from './accounts.ts'

/** Where the settings file is looked for when the command line names none. */
export const DEFAULT_SETTINGS_FILE = '/etc/kickback/kickback.toml'

/** The file of each database that is read from one of its own, under the database's name. */
const FILE_SETTINGS = Object.fromEntries(
  FILE_DATABASE_NAMES.map((name) => {
    const { path, doc } = FILE_DATABASES[name].file
    return [name, row('path', `--${name}`, 'FILE', [path], READERS, doc)]
  }),
) as { readonly [D in FileDatabaseName]: SettingRow<'path'> }

/** What generations are made from: the files that are read, and the rules by which they are. */
export const SOURCE_SETTINGS = {
  settings: row(
    'path',
    '--settings',
    'FILE',
    [DEFAULT_SETTINGS_FILE],
    [...new Set([...READERS, 'proxy', 'dns', 'nsswitch', 'import', ...ASKERS, ...KEEPERS, 'snapshot'] as const)],
    'The file of settings. Without this option it may be missing.',
    { key: null },
  ),
  config: row(
    'path',
    '--config',
    'FILE',
    ['/etc/beowulf/config'],
    [...READERS, ...EDITORS, 'nodes'],
    'The configuration of the cluster.',
  ),
  passwd: row('path', '--passwd', 'FILE', ['/etc/passwd'], READERS, 'The users, as passwd(5).'),
  group: row('path', '--group', 'FILE', ['/etc/group'], READERS, 'The groups, as group(5).'),
  shadow: row(
    'path',
    '--shadow',
    'FILE',
    ['/etc/shadow'],
    READERS,
    'The shadow entries, as shadow(5). If the file cannot be read, there are none.',
  ),
  netgroup: row(
    'path',
    '--netgroup',
    'FILE',
    ['/etc/netgroup'],
    READERS,
    'Netgroups besides those of the configuration, as netgroup(5). The file may be missing.',
  ),
  ...FILE_SETTINGS,
  loginDefs: row(
    'path',
    '--login-defs',
    'FILE',
    ['/etc/login.defs'],
    ACCOUNT_RULES,
    'The file with UID_MIN, UID_MAX, GID_MIN and GID_MAX. A master does not export accounts outside these limits. A proxy does not take accounts below them.',
  ),
  users: row(
    'names',
    '--users',
    'NAME',
    [],
    ACCOUNT_RULES,
    'Users to export even if their id is outside UID_MIN to UID_MAX. On a proxy: users to take even if their id is below UID_MIN.',
  ),
  groups: row(
    'names',
    '--groups',
    'NAME',
    [],
    ACCOUNT_RULES,
    'Groups to export even if their id is outside GID_MIN to GID_MAX, or their name gives power. On a proxy: groups to take even if their id is below GID_MIN.',
  ),
  ...FILTER_SETTINGS,
  disabledUsers: row(
    'disabled users',
    '--disabled-users',
    'MODE',
    ['keep'],
    READERS,
    'What to do with users whose account is locked or expired: keep exports them unchanged, nologin exports them with the shell nologin, omit does not export them.',
  ),
  domain: row(
    'domain',
    '--domain',
    'DOMAIN',
    ['cluster.internal'],
    [...READERS, ...EDITORS, 'setup', 'import'],
    'The domain of the cluster.',
  ),
  skipBadLines: row(
    'switch',
    '--skip-bad-lines',
    '',
    [],
    READERS,
    'Leave out lines of the configuration that have an error, instead of refusing the whole configuration.',
  ),
} as const satisfies Record<string, SettingRow>
