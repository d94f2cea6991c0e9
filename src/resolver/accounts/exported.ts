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

/** Which accounts the settings export as exceptions or keep back, by name or decimal id. 0 is never exported. */
export interface AlsoExported {
  readonly users: readonly ByteString[]
  readonly groups: readonly ByteString[]
  /** Those that are not exported, whatever their ids and whatever else names them. */
  readonly excludeUsers?: readonly ByteString[]
  readonly excludeGroups?: readonly ByteString[]
}

/** The rule for one kind of accounts. */
interface Rule extends ExportBounds {
  readonly what: 'users' | 'groups'
  readonly key: 'UID' | 'GID'
  /** The setting that excludes accounts. */
  readonly excludes: 'exclude_users' | 'exclude_groups'
  /** What the least and the greatest id are called. */
  readonly bounds: { readonly least: string; readonly most: string }
}

/** What a limit is called, with its value: that of login.defs, or that of a setting. */
export function limitName(limits: IdLimits, key: 'UID' | 'GID', end: 'MIN' | 'MAX'): string {
  const [setting, range] = key === 'UID' ? ['uids', limits.ids?.uids] : ['gids', limits.ids?.gids]
  const [least, most] = key === 'UID' ? [limits.uidMin, limits.uidMax] : [limits.gidMin, limits.gidMax]
  const value = end === 'MIN' ? least : most
  if (range === undefined) return `${key}_${end} ${value}`
  return `${value}, the ${end === 'MIN' ? 'least' : 'greatest'} of the setting '${setting}'`
}

function boundNames(limits: IdLimits, key: 'UID' | 'GID'): Rule['bounds'] {
  return { least: limitName(limits, key, 'MIN'), most: limitName(limits, key, 'MAX') }
}

/** Which users are exported by their ids, and by the settings. */
export function userRule(limits: IdLimits, { users, excludeUsers }: AlsoExported): Rule {
  const [least, most] = [limits.uidMin, limits.uidMax]
  const sets = { named: new Set(users), excluded: new Set(excludeUsers) }
  return {
    what: 'users',
    least,
    most,
    key: 'UID',
    excludes: 'exclude_users',
    bounds: boundNames(limits, 'UID'),
    ...sets,
  }
}

/** The same for groups. */
export function groupRule(limits: IdLimits, { groups, excludeGroups }: AlsoExported): Rule {
  const [least, most] = [limits.gidMin, limits.gidMax]
  const sets = { named: new Set(groups), excluded: new Set(excludeGroups) }
  return {
    what: 'groups',
    least,
    most,
    key: 'GID',
    excludes: 'exclude_groups',
    bounds: boundNames(limits, 'GID'),
    ...sets,
  }
}

/** Whether an exported user's primary group is exported as such: it is outside the limits, and no one else's. */
export function isPrimaryOutside(gid: number, { gidMin, gidMax }: IdLimits): boolean {
  return (gid < gidMin || gid > gidMax) && reservedFor(gid) === undefined
}

/** Why accounts of one file are not exported: of each reason, which accounts, and the note about one of them. */
type LeftOut = { readonly name: ByteString; readonly span: Span; readonly message: string }
/** The reasons, and the code of the note about each. */
const LEFT_OUT = {
  below: 'account-below',
  excluded: 'account-excluded',
  reserved: 'account-reserved',
  above: 'account-above',
  power: 'account-power-group',
} as const
type Reason = keyof typeof LEFT_OUT

/** Judges the accounts of one file, and reports those that are not exported. */
class ExportRule {
  readonly #rule: Rule
  readonly #diagnostics: AccountDiagnostics
  readonly #leftOut = new Map<Reason, LeftOut[]>()

  constructor(rule: Rule, diagnostics: AccountDiagnostics) {
    this.#rule = rule
    this.#diagnostics = diagnostics
  }

  /** Notes an account that is not exported; whether it is. */
  exports(name: ByteString, id: number, span: Span, verdict: IdVerdict | GroupVerdict): boolean {
    if (!Object.hasOwn(LEFT_OUT, verdict)) return true
    const reason = verdict as Reason
    const message = `${quoted(name)} has ${this.#alone(reason, id)}`
    const known = this.#leftOut.get(reason)
    if (known === undefined) this.#leftOut.set(reason, [{ name, span, message }])
    else known.push({ name, span, message })
    return false
  }

  /** After the last account: reports each of those that are left out, or where one reason has many, all of them in one note. */
  end(): void {
    const isMany = (reason: Reason, all: readonly LeftOut[]): boolean => reason === 'below' || all.length > TOLD_ALONE
    const alone = [...this.#leftOut].flatMap(([reason, all]) =>
      isMany(reason, all) ? [] : all.map((one) => ({ ...one, code: LEFT_OUT[reason] })),
    )
    // In the order of the file.
    alone.sort((a, b) => a.span.start - b.span.start)
    for (const { code, span, message } of alone) this.#diagnostics.report(code, span, message)
    for (const [reason, all] of this.#leftOut) if (isMany(reason, all)) this.#reportAll(reason, all)
  }

  #reportAll(reason: Reason, all: readonly LeftOut[]): void {
    const [first] = all
    if (first === undefined) return
    const names = all.slice(0, NAMES_SHOWN).map(({ name }) => quoted(name))
    const more = all.length - names.length
    const shown = more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
    const [verb, needed] = all.length === 1 ? ['is', 'it if nodes need it'] : ['are', 'those that nodes need']
    const advice = reason === 'excluded' ? '' : `; name ${needed} in the setting '${this.#rule.what}'`
    const message = `${counted(all.length, NOUNS[this.#rule.what])} ${this.#together(reason)} ${verb} not exported: ${shown}${advice}`
    this.#diagnostics.report(LEFT_OUT[reason], first.span, message)
  }

  /** The reason for one account, after "has". */
  #alone(reason: Reason, id: number): string {
    const { bounds, what, excludes } = this.#rule
    switch (reason) {
      case 'below':
        return `id ${id}, below ${bounds.least}`
      case 'excluded':
        return `id ${id}; it is not exported because the setting '${excludes}' names it`
      case 'reserved':
        return `id ${id}, which is reserved for ${reservedFor(id)}: it is not exported`
      case 'above':
        return `id ${id}, above ${bounds.most}: it is not exported unless the setting '${what}' names it`
      case 'power':
        return `a name that gives power over a machine: it is not exported unless the setting 'groups' names it`
    }
  }

  /** The reason for several accounts, after their number. */
  #together(reason: Reason): string {
    const { bounds, excludes } = this.#rule
    switch (reason) {
      case 'below':
        return `below ${bounds.least}, or ${NOBODY},`
      case 'excluded':
        return `that the setting '${excludes}' names`
      case 'reserved':
        return 'with reserved ids'
      case 'above':
        return `above ${bounds.most}`
      case 'power':
        return 'whose name gives power over a machine'
    }
  }
}

/** The noun for each kind of account. */
const NOUNS = { users: 'user', groups: 'group' } as const
/** So many accounts that are left out for one reason are told one by one; of more the number is told, and the names of some. */
const TOLD_ALONE = 20
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
