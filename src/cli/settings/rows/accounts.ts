/** Rows of settings on where the accounts of a master come from, and which of them are exported. */
import { READERS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'

/** Which accounts are exported, besides the settings that name accounts to export. */
export const FILTER_SETTINGS = {
  excludeUsers: row(
    'names',
    '--exclude-users',
    'NAME',
    [],
    READERS,
    'Users, by name or uid, that are not exported, whatever else says so.',
    { ofMaster: true },
  ),
  excludeGroups: row(
    'names',
    '--exclude-groups',
    'NAME',
    [],
    READERS,
    'Groups, by name or gid, that are not exported, whatever else says so.',
    { ofMaster: true },
  ),
  uids: row(
    'id range',
    '--uids',
    'MIN-MAX',
    [],
    READERS,
    'The uids that are exported. Reserved ones above 60000 are exported only if users names them.',
    { defaultDoc: 'UID_MIN-UID_MAX of login.defs', ofMaster: true },
  ),
  gids: row(
    'id range',
    '--gids',
    'MIN-MAX',
    [],
    READERS,
    'The gids that are exported. Reserved ones above 60000 are exported only if groups names them.',
    { defaultDoc: 'GID_MIN-GID_MAX of login.defs', ofMaster: true },
  ),
} as const satisfies Record<string, SettingRow>

/** Where the users and groups of a master come from. */
export const ACCOUNT_SETTINGS = {
  accountsSource: row(
    'account source',
    '--accounts-source',
    'SOURCE',
    ['files'],
    READERS,
    'Where users and groups come from: files are those of passwd and group, nss is the name service of the master (LDAP, SSSD, systemd).',
    { key: 'accounts.source', ofMaster: true },
  ),
  accountsServices: row(
    'names',
    '--accounts-services',
    'SERVICE',
    [],
    READERS,
    'With nss: the services to ask, as in nsswitch.conf.',
    { key: 'accounts.services', defaultDoc: 'those of /etc/nsswitch.conf, without kickback', ofMaster: true },
  ),
  accountsLookups: row(
    'lookups',
    '--accounts-lookups',
    'WHEN',
    ['auto'],
    READERS,
    'With nss: when accounts that are not listed are looked up one by one. auto is where a service lists none, always and never are what they say.',
    { key: 'accounts.lookups', ofMaster: true },
  ),
  accountsRefresh: row(
    'seconds',
    '--accounts-refresh',
    'SECONDS',
    ['300'],
    READERS,
    'With nss: how often users and groups are listed. A change of the passwd or group file is seen at once.',
    { key: 'accounts.refresh', ofMaster: true },
  ),
  accountsDeadline: row(
    'seconds',
    '--accounts-deadline',
    'SECONDS',
    ['30'],
    READERS,
    'With nss: how long one service may take to list users or groups.',
    { key: 'accounts.deadline', ofMaster: true },
  ),
} as const satisfies Record<string, SettingRow>
