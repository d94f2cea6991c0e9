/** Account files to the entries that nodes may have. Which those are: docs/accounts.md. */
import { type Diagnostic, SourceText } from '../../config/index.ts'
import type { GroupEntry } from '../databases/group.ts'
import type { InitgroupsEntry } from '../databases/initgroups.ts'
import type { PasswdEntry } from '../databases/passwd.ts'
import type { ShadowEntry } from '../databases/shadow.ts'
import type { FileDatabaseName } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import { type DisabledUsers, withoutDisabled } from './disabled.ts'
import { type AlsoExported, exportedGroups, exportedUsers } from './exported.ts'
import { type DatabaseFiles, type FileEntries, readFiles } from './files.ts'
import { initgroupsEntries, readGroup } from './group.ts'
import { AccountDiagnostics, type AccountEntry } from './lines.ts'
import { type IdLimits, type IdRanges, idLimits, limitsWith } from './logindefs.ts'
import { type FileNetgroup, readNetgroups } from './netgroups.ts'
import { readPasswd } from './passwd.ts'
import { readShadow } from './shadow.ts'

/** The bytes of the account files; undefined if there is none. */
export interface AccountFiles extends DatabaseFiles {
  readonly passwd: Uint8Array | undefined
  readonly group: Uint8Array | undefined
  readonly shadow?: Uint8Array | undefined
  readonly loginDefs?: Uint8Array | undefined
  readonly netgroup?: Uint8Array | undefined
}

/** What diagnostics call each file; that of a database is called as the database unless it has another name here. */
type AccountFileNames = { readonly [File in Exclude<keyof AccountFiles, FileDatabaseName | 'netgroup'>]-?: string } & {
  readonly [D in FileDatabaseName | 'netgroup']?: string
}

const USUAL_NAMES: AccountFileNames = {
  passwd: 'passwd',
  group: 'group',
  shadow: 'shadow',
  loginDefs: 'login.defs',
}

/** What the settings say of accounts. */
interface AccountRules extends AlsoExported {
  /** The ids to export, where not login.defs says it. */
  readonly ids?: IdRanges
  /** The netgroups that the configuration makes, and how many triples each has at most. */
  readonly madeNetgroups?: ReadonlyMap<ByteString, number>
  readonly disabledUsers: DisabledUsers
  /** The day on which accounts are judged, in days since 1970. */
  readonly today: number
}

/** The accounts that are exported, each list in the order of its file. */
export interface Accounts extends IdLimits {
  readonly also: AlsoExported
  readonly disabledUsers: DisabledUsers
  readonly passwd: readonly PasswdEntry[]
  readonly group: readonly GroupEntry[]
  readonly initgroups: readonly InitgroupsEntry[]
  readonly shadow: readonly ShadowEntry[]
  readonly netgroups: readonly FileNetgroup[]
  /** The databases that are a file by themselves. */
  readonly files: FileEntries
  /** The names of the lines of passwd and group that are no entries of these: they are not exported. */
  readonly unexported: { readonly passwd: ReadonlySet<ByteString>; readonly group: ReadonlySet<ByteString> }
  readonly diagnostics: readonly Diagnostic[]
}

/** No system account is exported, and disabled accounts are as they are. */
export const PLAIN_RULES: AccountRules = { users: [], groups: [], disabledUsers: 'keep', today: 0 }

const NOTHING = new Uint8Array()

/** Reads account files. Bad lines are left out and reported; the diagnostics are in the order login.defs, passwd, group, shadow, netgroup, others. */
export function readAccounts(
  files: AccountFiles,
  rules: AccountRules = PLAIN_RULES,
  names: AccountFileNames = USUAL_NAMES,
): Accounts {
  const diagnostics = {
    loginDefs: diagnosticsOf(names.loginDefs, files.loginDefs, false),
    passwd: diagnosticsOf(names.passwd, files.passwd),
    group: diagnosticsOf(names.group, files.group),
    shadow: diagnosticsOf(names.shadow, files.shadow),
    netgroup: diagnosticsOf(names.netgroup ?? 'netgroup', files.netgroup, false),
  }
  const limits = limitsWith(idLimits(files.loginDefs, diagnostics.loginDefs), rules.ids)
  const { disabledUsers, today } = rules
  const userLines = readPasswd(files.passwd ?? NOTHING, diagnostics.passwd)
  const users = exportedUsers(userLines, limits, rules, diagnostics.passwd)
  const exported = new Set(users.map(({ entry }) => entry.name))
  const shadow = readShadow(files.shadow ?? NOTHING, exported, diagnostics.shadow)
  const enabled = withoutDisabled(users, shadow, disabledUsers, today, diagnostics.passwd)
  const passwd = enabled.map(({ entry }) => entry)
  const kept = new Set(passwd.map((user) => user.name))
  const groupLines = readGroup(files.group ?? NOTHING, diagnostics.group)
  const group = exportedGroups(groupLines, passwd, limits, rules, diagnostics.group)
  const netgroups = readNetgroups(files.netgroup ?? NOTHING, rules.madeNetgroups ?? new Map(), diagnostics.netgroup)
  const others = readFiles(files, (name) => diagnosticsOf(names[name] ?? name, files[name], false))
  return {
    ...limits,
    also: {
      users: rules.users,
      groups: rules.groups,
      excludeUsers: rules.excludeUsers ?? [],
      excludeGroups: rules.excludeGroups ?? [],
    },
    disabledUsers,
    passwd,
    group,
    initgroups: initgroupsEntries(group),
    shadow: shadow.filter((entry) => kept.has(entry.name)),
    netgroups,
    files: others.entries,
    unexported: { passwd: othersThan(passwd, userLines, enabled), group: othersThan(group, groupLines) },
    diagnostics: [...Object.values(diagnostics), ...others.diagnostics].flatMap((one) => one.told),
  }
}

/** The names of the lines of which no entry was kept; `changed` are entries that are kept in another form. */
function othersThan<Entry extends { readonly name: ByteString }>(
  kept: readonly Entry[],
  lines: readonly AccountEntry<Entry>[],
  changed: readonly AccountEntry<Entry>[] = [],
): ReadonlySet<ByteString> {
  const entries = new Set(kept)
  const spans = new Set(changed.map(({ span }) => span))
  return new Set(lines.filter((one) => !entries.has(one.entry) && !spans.has(one.span)).map(({ entry }) => entry.name))
}

/** Lines of account files are not shown: an old or a damaged one can have a hash anywhere. */
function diagnosticsOf(file: string, bytes: Uint8Array = NOTHING, isSecret = true): AccountDiagnostics {
  return new AccountDiagnostics(new SourceText(file, bytes, isSecret))
}
