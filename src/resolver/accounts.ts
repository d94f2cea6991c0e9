/** Account files to the entries that nodes may have (design.md, Trust: no system accounts, never 0). */
import { type AccountDiagnostic, type AccountEntry, AccountFindings, FirstOfId, quoted } from './accountlines.ts'
import type { ByteString, GroupEntry, InitgroupsEntry, PasswdEntry, ShadowEntry } from './entries.ts'
import { initgroupsEntries, readGroup } from './group.ts'
import { type IdFloors, idFloors } from './logindefs.ts'
import { readPasswd } from './passwd.ts'
import { readShadow } from './shadow.ts'

/** The bytes of the account files; undefined where there is none. */
export interface AccountFiles {
  readonly passwd: Uint8Array | undefined
  readonly group: Uint8Array | undefined
  readonly shadow?: Uint8Array | undefined
  readonly loginDefs?: Uint8Array | undefined
}

/** System accounts that go out all the same, by name or decimal id. 0 never does. */
export interface AlsoExported {
  readonly users: readonly ByteString[]
  readonly groups: readonly ByteString[]
}

/** The accounts that go out, each list in the order of its file. */
export interface Accounts extends IdFloors {
  readonly also: AlsoExported
  readonly passwd: readonly PasswdEntry[]
  readonly group: readonly GroupEntry[]
  readonly initgroups: readonly InitgroupsEntry[]
  readonly shadow: readonly ShadowEntry[]
  readonly diagnostics: readonly AccountDiagnostic[]
}

/** `nobody` and `nogroup`: they mean "no one", on every machine for itself. */
const NOBODY = 65534

/** No system account goes out. */
export const NOTHING_MORE: AlsoExported = { users: [], groups: [] }

/** Reads account files. Bad lines are left out and reported; the diagnostics are in the order passwd, group, shadow. */
export function readAccounts(files: AccountFiles, also: AlsoExported = NOTHING_MORE): Accounts {
  const findings = {
    loginDefs: new AccountFindings('login.defs'),
    passwd: new AccountFindings('passwd'),
    group: new AccountFindings('group'),
    shadow: new AccountFindings('shadow'),
  }
  const floors = idFloors(files.loginDefs, findings.loginDefs)
  const passwd = exportedUsers(files.passwd ?? NOTHING, floors, also, findings.passwd)
  const group = exportedGroups(readGroup(files.group ?? NOTHING, findings.group), passwd, floors, also, findings.group)
  const names = new Set(passwd.map((user) => user.name))
  const shadow = readShadow(files.shadow ?? NOTHING, names, findings.shadow)
  const diagnostics = Object.values(findings).flatMap((one) => one.list)
  return { ...floors, also, passwd, group, initgroups: initgroupsEntries(group), shadow, diagnostics }
}

const NOTHING = new Uint8Array()

/** Users at or above the floor, and those that settings name. */
function exportedUsers(
  bytes: Uint8Array,
  { uidMin }: IdFloors,
  also: AlsoExported,
  findings: AccountFindings,
): PasswdEntry[] {
  const named = new Set(also.users)
  const ids = new FirstOfId(findings)
  const users: PasswdEntry[] = []
  for (const { entry, span } of readPasswd(bytes, findings)) {
    if (!isExported(entry.name, entry.uid, uidMin, named)) continue
    if (entry.gid !== 0) {
      ids.claim(entry.uid, entry.name, span)
      users.push(entry)
    } else findings.report('account-root-group', span, `the primary group of ${quoted(entry.name)} is 0`)
  }
  return users
}

/** Groups at or above the floor, those that settings name, and low ones that are an exported user's primary group. */
function exportedGroups(
  lines: readonly AccountEntry<GroupEntry>[],
  users: readonly PasswdEntry[],
  { gidMin }: IdFloors,
  also: AlsoExported,
  findings: AccountFindings,
): GroupEntry[] {
  const named = new Set(also.groups)
  const primaries = new Map<number, ByteString>()
  for (const { gid, name } of users) if (gid < gidMin && !primaries.has(gid)) primaries.set(gid, name)
  const ids = new FirstOfId(findings)
  const groups: GroupEntry[] = []
  for (const { entry, span } of lines) {
    const user = primaries.get(entry.gid)
    const own = isExported(entry.name, entry.gid, gidMin, named)
    if (!own && user === undefined) continue
    if (!own)
      findings.report('account-low-group', span, `${quoted(entry.name)} is the primary group of ${quoted(user ?? '')}`)
    ids.claim(entry.gid, entry.name, span)
    groups.push(entry)
  }
  return groups
}

function isExported(name: ByteString, id: number, floor: number, named: ReadonlySet<ByteString>): boolean {
  if (id === 0) return false
  return (id >= floor && id !== NOBODY) || named.has(name) || named.has(String(id))
}
