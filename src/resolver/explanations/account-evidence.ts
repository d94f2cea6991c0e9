/** The account files as evidence: every line of a user or group, and the verdict on it. */
import { type Related, SourceText, type Span } from '../../config/index.ts'
import { disabledReasons } from '../accounts/disabled.ts'
import { exportedUsers, groupRule, isPrimaryOutside, userRule } from '../accounts/exported.ts'
import { readGroup } from '../accounts/group.ts'
import { AccountDiagnostics, type AccountEntry, linesOf } from '../accounts/lines.ts'
import { type IdLimits, idLimits, limitsWith } from '../accounts/logindefs.ts'
import { readPasswd } from '../accounts/passwd.ts'
import { readShadow } from '../accounts/shadow.ts'
import { type GroupVerdict, groupVerdict, type IdVerdict, idVerdict } from '../accounts/verdict.ts'
import type { GroupEntry } from '../databases/group.ts'
import type { PasswdEntry } from '../databases/passwd.ts'
import type { ByteString } from '../records/entries.ts'
import type { AccountEvidenceFiles, AccountEvidenceRules, EvidenceFile, EvidenceSources } from './evidence.ts'

/** The verdict on a line of a user. */
export type UserVerdict = IdVerdict | 'root' | 'root-group' | 'earlier-line' | 'disabled'

/** The verdict on a line of a group. */
export type GroupLineVerdict = GroupVerdict | 'root'

/** The account files, read as a generation reads them. */
export class AccountEvidence {
  readonly limits: IdLimits
  readonly rules: AccountEvidenceRules
  readonly files: AccountEvidenceFiles
  /** Every line that can be read, in the order of its file. */
  readonly users: readonly AccountEntry<PasswdEntry>[]
  readonly groups: readonly AccountEntry<GroupEntry>[]
  /** Why accounts are locked or expired, by name. */
  readonly disabled: ReadonlyMap<ByteString, string>
  /** The numbers of the lines of users that are exported, those of disabled ones included. */
  readonly #exported: ReadonlySet<number>
  readonly #primaries: ReadonlySet<number>

  constructor({ files, rules }: NonNullable<EvidenceSources['accounts']>) {
    this.files = files
    this.rules = rules
    this.limits = limitsWith(idLimits(files.loginDefs.bytes, silent(files.loginDefs)), rules.ids)
    this.users = readPasswd(bytesOf(files.passwd), silent(files.passwd))
    this.groups = readGroup(bytesOf(files.group), silent(files.group))
    const exported = exportedUsers(this.users, this.limits, rules, silent(files.passwd))
    const names = new Set(exported.map(({ entry }) => entry.name))
    const shadow = readShadow(bytesOf(files.shadow), names, silent(files.shadow))
    this.disabled = disabledReasons(shadow, rules.today)
    this.#exported = new Set(exported.map(({ span }) => span.line))
    const kept = exported.filter(({ entry }) => !this.#isOmitted(entry.name))
    this.#primaries = new Set(kept.map(({ entry }) => entry.gid))
  }

  /** What becomes of a line of a user. */
  userVerdict({ entry, span }: AccountEntry<PasswdEntry>): UserVerdict {
    const { name, uid, gid } = entry
    const verdict = uid === 0 ? 'root' : idVerdict(name, uid, userRule(this.limits, this.rules))
    if (this.#exported.has(span.line)) return this.#isOmitted(name) ? 'disabled' : verdict
    if (verdict !== 'within' && verdict !== 'named') return verdict
    const first = this.users.find((other) => other.entry.name === name)
    return gid === 0 && first?.span.line === span.line ? 'root-group' : 'earlier-line'
  }

  /** What becomes of a line of a group. */
  groupVerdict({ name, gid }: GroupEntry): GroupLineVerdict {
    if (gid === 0) return 'root'
    const isPrimary = isPrimaryOutside(gid, this.limits) && this.#primaries.has(gid)
    return groupVerdict(name, gid, isPrimary, groupRule(this.limits, this.rules))
  }

  /** A user who has a group as primary group. */
  primaryOf(gid: number): ByteString | undefined {
    return this.users.find(({ entry, span }) => entry.gid === gid && this.#exported.has(span.line))?.entry.name
  }

  #isOmitted(name: ByteString): boolean {
    return this.rules.disabledUsers === 'omit' && this.disabled.has(name)
  }

  /** A line of one of the files, and what it does. Lines are not shown: they may hold a secret. */
  cite(file: keyof AccountEvidenceFiles, span: Span, message: string): Related {
    return { ...textOf(this.files[file]).locate(span), message }
  }

  /** The line whose first field is this name, whether or not it can be read; undefined if there is none. */
  lineNamed(file: 'passwd' | 'group' | 'shadow', name: ByteString): Span | undefined {
    for (const { text, span } of linesOf(bytesOf(this.files[file]))) if (text.split(':', 1)[0] === name) return span
    return undefined
  }

  /** The line of login.defs that sets a limit; undefined where the usual one holds. */
  limitLine(key: string): Span | undefined {
    const lines = [...linesOf(bytesOf(this.files.loginDefs))].filter(({ text }) => text.split(/[ \t"]+/, 1)[0] === key)
    return lines.at(-1)?.span
  }
}

/** The bytes of a file; none where there is no such file. */
function bytesOf({ bytes }: EvidenceFile): Uint8Array {
  return bytes ?? new Uint8Array()
}

function textOf(file: EvidenceFile): SourceText {
  return new SourceText(file.file, bytesOf(file), true)
}

/** What is wrong with the lines is told elsewhere. */
function silent(file: EvidenceFile): AccountDiagnostics {
  return new AccountDiagnostics(textOf(file))
}
