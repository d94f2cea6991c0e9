/** Which accounts of a machine its cluster may have (no system accounts, no one's ids, never 0), and what is said of the rest. */
import type { Span } from '../../config/index.ts'
import { counted } from '../../values/index.ts'
import type { GroupEntry } from '../databases/group.ts'
import type { PasswdEntry } from '../databases/passwd.ts'
import type { ByteString } from '../records/entries.ts'
import { type AccountDiagnostics, type AccountEntry, FirstOfId, quoted } from './lines.ts'
import type { IdLimits } from './logindefs.ts'
import { NOBODY, reservedFor } from './reserved-ids.ts'
import { type ExportBounds, type GroupVerdict, groupVerdict, type IdVerdict, idVerdict } from './verdict.ts'

/** System accounts that are exported as exceptions, by name or decimal id. 0 is never exported. */
export interface AlsoExported {
  readonly users: readonly ByteString[]
  readonly groups: readonly ByteString[]
}

/** The rule for one kind of accounts. */
interface Rule extends ExportBounds {
  readonly what: 'users' | 'groups'
  readonly key: 'UID' | 'GID'
}

/** Which users are exported by their ids, and by the settings. */
export function userRule({ uidMin, uidMax }: IdLimits, { users }: AlsoExported): Rule {
  return { what: 'users', least: uidMin, most: uidMax, key: 'UID', named: new Set(users) }
}

/** The same for groups. */
export function groupRule({ gidMin, gidMax }: IdLimits, { groups }: AlsoExported): Rule {
  return { what: 'groups', least: gidMin, most: gidMax, key: 'GID', named: new Set(groups) }
}

/** Whether an exported user's primary group is exported as such: it is outside the limits, and no one else's. */
export function isPrimaryOutside(gid: number, { gidMin, gidMax }: IdLimits): boolean {
  return (gid < gidMin || gid > gidMax) && reservedFor(gid) === undefined
}

/** Judges the accounts of one file, and reports those that are not exported. */
class ExportRule {
  readonly #rule: Rule
  readonly #diagnostics: AccountDiagnostics
  readonly #below: { readonly name: ByteString; readonly span: Span }[] = []

  constructor(rule: Rule, diagnostics: AccountDiagnostics) {
    this.#rule = rule
    this.#diagnostics = diagnostics
  }

  /** Reports an account that is not exported; whether it is. */
  exports(name: ByteString, id: number, span: Span, verdict: IdVerdict | GroupVerdict): boolean {
    const { most, key, what } = this.#rule
    if (verdict === 'below') this.#below.push({ name, span })
    else if (verdict === 'reserved') {
      const message = `${quoted(name)} has id ${id}, which is reserved for ${reservedFor(id)}: it is not exported`
      this.#diagnostics.report('account-reserved', span, message)
    } else if (verdict === 'above') {
      const message = `${quoted(name)} has id ${id}, above ${key}_MAX ${most}: it is not exported unless the setting '${what}' names it`
      this.#diagnostics.report('account-above', span, message)
    } else if (verdict === 'power') {
      const message = `${quoted(name)} has a name that gives power over a machine: it is not exported unless the setting 'groups' names it`
      this.#diagnostics.report('account-power-group', span, message)
    } else return true
    return false
  }

  /** After the last account: reports those below the least id, all in one note. */
  end(): void {
    const [first] = this.#below
    if (first === undefined) return
    const { least, key, what } = this.#rule
    const names = this.#below.slice(0, NAMES_SHOWN).map(({ name }) => quoted(name))
    const more = this.#below.length - names.length
    const shown = more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
    const all = counted(this.#below.length, NOUNS[what])
    const [verb, needed] = this.#below.length === 1 ? ['is', 'it if nodes need it'] : ['are', 'those that nodes need']
    const message = `${all} below ${key}_MIN ${least}, or ${NOBODY}, ${verb} not exported: ${shown}; name ${needed} in the setting '${what}'`
    this.#diagnostics.report('account-below', first.span, message)
  }
}

/** The noun for each kind of account. */
const NOUNS = { users: 'user', groups: 'group' } as const
/** So many names of accounts below the least id are shown. */
const NAMES_SHOWN = 3

/**
 * Users within the limits, and those that settings name. If a name is on several lines, the first line decides whether the
 * others can be exported: a look-up by name must never find on a node what it does not find here.
 */
export function exportedUsers(
  lines: readonly AccountEntry<PasswdEntry>[],
  limits: IdLimits,
  also: AlsoExported,
  diagnostics: AccountDiagnostics,
): AccountEntry<PasswdEntry>[] {
  const bounds = userRule(limits, also)
  const rule = new ExportRule(bounds, diagnostics)
  const ids = new FirstOfId(diagnostics)
  const firsts = new Map<ByteString, boolean>()
  const users: AccountEntry<PasswdEntry>[] = []
  for (const line of lines) {
    const { name, uid, gid } = line.entry
    let exported = (firsts.get(name) ?? true) && rule.exports(name, uid, line.span, idVerdict(name, uid, bounds))
    if (exported && gid === 0) {
      diagnostics.report('account-root-group', line.span, `the primary group of ${quoted(name)} is 0`)
      exported = false
    }
    if (!firsts.has(name)) firsts.set(name, exported)
    if (!exported) continue
    ids.claim(uid, name, line.span)
    users.push(line)
  }
  rule.end()
  return users
}

/**
 * Groups within the limits, those that settings name, and those outside that are an exported user's primary group. Each line of a
 * name is judged by itself: each gives its members a gid of its own.
 */
export function exportedGroups(
  lines: readonly AccountEntry<GroupEntry>[],
  users: readonly PasswdEntry[],
  limits: IdLimits,
  also: AlsoExported,
  diagnostics: AccountDiagnostics,
): GroupEntry[] {
  const bounds = groupRule(limits, also)
  const rule = new ExportRule(bounds, diagnostics)
  const primaries = new Map<number, ByteString>()
  for (const { gid, name } of users) if (!primaries.has(gid)) primaries.set(gid, name)
  const ids = new FirstOfId(diagnostics)
  const groups: GroupEntry[] = []
  for (const { entry, span } of lines) {
    const { name, gid } = entry
    const user = isPrimaryOutside(gid, limits) ? primaries.get(gid) : undefined
    const verdict = groupVerdict(name, gid, user !== undefined, bounds)
    if (!rule.exports(name, gid, span, verdict)) continue
    if (verdict === 'primary') {
      const message = `${quoted(name)} is the primary group of ${quoted(user ?? '')}`
      diagnostics.report('account-low-group', span, message)
    }
    ids.claim(gid, name, span)
    groups.push(entry)
  }
  rule.end()
  return groups
}
