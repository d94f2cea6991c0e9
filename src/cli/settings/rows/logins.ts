/** Rows of settings on who may log in on which nodes, and whose passwords are known there. */
import { READERS } from '../command-groups.ts'
import { row, type SettingRow } from '../setting.ts'

/** Who may log in on which nodes, and whose passwords are known there. */
export const LOGIN_SETTINGS = {
  access: row(
    'logins',
    '--access',
    'NODES=USER,%GROUP',
    [],
    READERS,
    'Who may log in on the nodes of a class or a set of nodes: users, and groups with a %. In the file it is a table: gpu = ["ada", "%physics"].',
    { defaultDoc: 'everybody, on all nodes', ofMaster: true },
  ),
  passwords: row(
    'password rules',
    '--passwords',
    'NODES=USER,%GROUP',
    [],
    READERS,
    'Whose password hashes the nodes of a class or a set of nodes get: users, groups with a %, or * for all exported users. In the file it is a table: login = ["%staff"].',
    { defaultDoc: 'nobody, on no node', ofMaster: true },
  ),
} as const satisfies Record<string, SettingRow>
