/** Explanations of users, groups and shadow entries: the line that makes one, or the rule that keeps it out. */
import type { Related } from '../../config/index.ts'
import { limitName } from '../accounts/exported.ts'
import type { AccountEntry } from '../accounts/lines.ts'
import { isPowerGroup, reservedFor } from '../accounts/reserved-ids.ts'
import { answer } from '../answers/answers.ts'
import type { GroupEntry } from '../databases/group.ts'
import type { PasswdEntry } from '../databases/passwd.ts'
import { DATABASES } from '../databases/table.ts'
import { type ByteString, displayed } from '../records/entries.ts'
import type { Key } from '../records/keys.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { AccountEvidence, type GroupLineVerdict, type UserVerdict } from './account-evidence.ts'
import { type Evidence, named } from './evidence.ts'
import { absent, type Explanation, type ExplanationCode } from './explanation.ts'
import { absentNear } from './near.ts'

/** Explains a key of passwd as it was typed, a byte string. */
export function explainUser(evidence: Evidence, typed: ByteString): Explanation {
  const key = DATABASES.passwd.getent.key(typed)
  const accounts = evidence.accounts && new AccountEvidence(evidence.accounts)
  const record = answer(evidence.snapshot, 'passwd', key)
  const lines = accounts?.users.filter(({ entry }) => isIt(key, entry.name, entry.uid)) ?? []
  if (record !== undefined) {
    const { name, uid, gid } = DATABASES.passwd.decode(record)
    const line = lines.find(({ entry }) => entry.name === name && entry.uid === uid && entry.gid === gid)
    const made = accounts && line && userRuleLine(accounts, line)
    const message = `${displayed(name)} is the user with uid ${uid}${made?.also ?? ''}`
    return { code: 'found', message, lines: made?.lines ?? [], record }
  }
  if (accounts !== undefined && lines[0] !== undefined) return absentUser(accounts, lines[0])
  return absentAccount(evidence, accounts, 'passwd', key)
}

/** Explains a key of group as it was typed, a byte string. */
export function explainGroup(evidence: Evidence, typed: ByteString): Explanation {
  const key = DATABASES.group.getent.key(typed)
  const accounts = evidence.accounts && new AccountEvidence(evidence.accounts)
  const record = answer(evidence.snapshot, 'group', key)
  const lines = accounts?.groups.filter(({ entry }) => isIt(key, entry.name, entry.gid)) ?? []
  if (record !== undefined) {
    const { name, gid } = DATABASES.group.decode(record)
    const line = lines.find(({ entry }) => entry.name === name && entry.gid === gid)
    const made = accounts && line ? groupRuleLines(accounts, line) : []
    return { code: 'found', message: `${displayed(name)} is the group with gid ${gid}`, lines: made, record }
  }
  if (accounts !== undefined && lines[0] !== undefined) return absentGroup(accounts, lines[0])
  return absentAccount(evidence, accounts, 'group', key)
}

/** Explains a user's groups. */
export function explainInitgroups(evidence: Evidence, name: ByteString): Explanation {
  const accounts = evidence.accounts && new AccountEvidence(evidence.accounts)
  const record = answer(evidence.snapshot, 'initgroups', { name })
  const lines = accounts?.groups.filter(({ entry }) => entry.members.includes(name)) ?? []
  const told = lines.map(({ entry, span }) => {
    const why = accounts && absentBecause(accounts, 'group', entry.name, entry.gid, accounts.groupVerdict(entry))
    const what =
      why === undefined ? `makes ${displayed(name)} a member of gid ${entry.gid}` : `does not count: ${why.rule}`
    return accounts?.cite('group', span, what)
  })
  const cited = told.filter((one) => one !== undefined)
  if (record !== undefined) {
    const { gids } = DATABASES.initgroups.decode(record)
    return { code: 'found', message: `${displayed(name)} is a member of ${gids.join(', ')}`, lines: cited, record }
  }
  const user = explainUser(evidence, name)
  if (user.code !== 'found') return user
  return absent('no-groups', `${displayed(name)} is a user, and a member of no group besides the primary one`, cited)
}

/** Explains a shadow entry. The hash is never shown. `isHeld` tells whether this machine has an entry for the user. */
export function explainShadow(evidence: Evidence, name: ByteString): Explanation {
  const user = explainUser(evidence, name)
  if (user.code !== 'found') return user
  const accounts = evidence.accounts && new AccountEvidence(evidence.accounts)
  const line = accounts?.lineNamed('shadow', name)
  const message = `${displayed(name)} is exported, and so is the shadow entry: for root and group shadow of machines that are granted it`
  if (accounts === undefined)
    return absent('no-shadow', `${displayed(name)} is a user; only the master tells of the shadow entry`)
  if (line === undefined) {
    const { file, bytes } = accounts.files.shadow
    return absent(
      'no-shadow',
      bytes === undefined ? `${file} cannot be read` : `no line of ${file} is for ${displayed(name)}`,
    )
  }
  return {
    code: 'found',
    message,
    lines: [accounts.cite('shadow', line, 'is the entry; it is not shown'), ...user.lines],
  }
}

function isIt(key: Key, name: ByteString, id: number): boolean {
  return 'id' in key ? key.id === id : 'name' in key && key.name === name
}

function userRuleLine(accounts: AccountEvidence, { entry, span }: AccountEntry<PasswdEntry>) {
  const { name, uid } = entry
  const verdict = accounts.userVerdict({ entry, span })
  const reason = accounts.disabled.get(name)
  const shell = accounts.rules.disabledUsers === 'nologin' ? ' and has a shell that refuses logins' : ''
  return {
    also: reason === undefined ? '' : `, and ${reason}${shell}`,
    lines: [
      accounts.cite('passwd', span, why(accounts, 'UID', uid, verdict === 'named' ? "the setting 'users'" : undefined)),
    ],
  }
}

function why({ limits }: AccountEvidence, key: 'UID' | 'GID', id: number, named: string | undefined): string {
  if (named !== undefined) return `is exported because ${named} names it`
  return `is exported because ${id} is from ${limitName(limits, key, 'MIN')} to ${limitName(limits, key, 'MAX')}`
}

function groupRuleLines(accounts: AccountEvidence, { entry, span }: AccountEntry<GroupEntry>): Related[] {
  const verdict = accounts.groupVerdict(entry)
  const user = verdict === 'primary' ? accounts.primaryOf(entry.gid) : undefined
  const rule =
    user === undefined
      ? why(accounts, 'GID', entry.gid, verdict === 'named' ? "the setting 'groups'" : undefined)
      : `is exported because it is the primary group of ${displayed(user)}`
  return [accounts.cite('group', span, rule)]
}

function absentUser(accounts: AccountEvidence, line: AccountEntry<PasswdEntry>): Explanation {
  const { name, uid } = line.entry
  const because = absentBecause(accounts, 'passwd', name, uid, accounts.userVerdict(line))
  return refused(accounts, 'passwd', line, because ?? { code: 'unknown', rule: 'it is not in this snapshot' })
}

function absentGroup(accounts: AccountEvidence, line: AccountEntry<GroupEntry>): Explanation {
  const { name, gid } = line.entry
  const because = absentBecause(accounts, 'group', name, gid, accounts.groupVerdict(line.entry))
  return refused(accounts, 'group', line, because ?? { code: 'unknown', rule: 'it is not in this snapshot' })
}

/** Why an account is not exported. */
interface Because {
  readonly code: Exclude<ExplanationCode, 'found'>
  readonly rule: string
  /** The line of login.defs that decides, where there is one. */
  readonly limit?: string
}

function absentBecause(
  accounts: AccountEvidence,
  database: 'passwd' | 'group',
  name: ByteString,
  id: number,
  verdict: UserVerdict | GroupLineVerdict,
): Because | undefined {
  const [key, setting] = database === 'passwd' ? (['UID', 'users'] as const) : (['GID', 'groups'] as const)
  const { limits } = accounts
  const least = key === 'UID' ? limits.uidMin : limits.gidMin
  const isSetting = (key === 'UID' ? limits.ids?.uids : limits.ids?.gids) !== undefined
  switch (verdict) {
    case 'within':
    case 'named':
    case 'primary':
      return undefined
    case 'root':
      return { code: 'root-id', rule: 'the id 0 is never exported' }
    case 'below': {
      const rule =
        id < least
          ? `${id} is below ${limitName(limits, key, 'MIN')}`
          : `${id} means nobody, on every machine for itself`
      return {
        code: 'below-least',
        rule: `${rule}; the setting '${setting}' can name it`,
        ...(!isSetting && { limit: `${key}_MIN` }),
      }
    }
    case 'above':
      return {
        code: 'above-greatest',
        rule: `${id} is above ${limitName(limits, key, 'MAX')}; the setting '${setting}' can name it`,
        ...(!isSetting && { limit: `${key}_MAX` }),
      }
    case 'excluded':
      return { code: 'excluded', rule: `the setting 'exclude_${setting}' names it` }
    case 'reserved':
      return {
        code: 'reserved-id',
        rule: `${id} is reserved for ${reservedFor(id)}; the setting '${setting}' can name it`,
      }
    case 'power':
      return { code: 'power-group', rule: `its name gives power over a machine; the setting 'groups' can name it` }
    case 'root-group':
      return { code: 'root-group', rule: 'the primary group is 0, which is never exported' }
    case 'earlier-line':
      return { code: 'earlier-line', rule: 'an earlier line of the same name is not exported' }
    case 'disabled':
      return { code: 'disabled', rule: `it ${accounts.disabled.get(name)}, and the setting 'disabled_users' is omit` }
  }
}

function refused(
  accounts: AccountEvidence,
  database: 'passwd' | 'group',
  { entry, span }: AccountEntry<{ readonly name: ByteString }>,
  { code, rule, limit }: Because,
): Explanation {
  const noun = database === 'passwd' ? 'user' : 'group'
  const set = limit === undefined ? undefined : accounts.limitLine(limit)
  return absent(code, `the ${noun} ${displayed(entry.name)} is not exported: ${rule}`, [
    accounts.cite(database, span, `is the ${noun}`),
    ...(set === undefined ? [] : [accounts.cite('loginDefs', set, `sets ${limit}`)]),
  ])
}

/** Why there is no account of a key that no line has. */
function absentAccount(
  { snapshot }: Evidence,
  accounts: AccountEvidence | undefined,
  database: 'passwd' | 'group',
  key: Key,
): Explanation {
  const [noun, id, other] =
    database === 'passwd' ? (['user', 'uid', 'group'] as const) : (['group', 'gid', 'passwd'] as const)
  if ('id' in key) {
    const rest = other === 'group' ? 'a group has this gid' : 'a user has this uid'
    if (snapshot.lookup(other, key) !== undefined)
      return absent('other-database', `no ${noun} has the ${id} ${key.id}; ${rest}`)
    const outside = accounts === undefined ? outsideLimits(snapshot, database, key.id) : undefined
    return outside ?? absent('unknown', `no ${noun} has the ${id} ${key.id}${elsewhere(accounts, database)}`)
  }
  const name = 'name' in key ? key.name : ''
  if (accounts === undefined && database === 'group' && isPowerGroup(name)) return powerGroup(name)
  const bad = accounts?.lineNamed(database, name)
  if (accounts !== undefined && name !== '' && bad !== undefined) {
    const file = accounts.files[database].file
    const message = `the line of ${named(name)} in ${file} cannot be read: kickback check says why`
    return absent('bad-line', message, [accounts.cite(database, bad, 'cannot be read')])
  }
  return absentNear(snapshot, database, name, noun)
}

/** A group that is exported only where the settings of the master name it. */
function powerGroup(name: ByteString): Explanation {
  const message = `groups called ${displayed(name)} give power over a machine: the setting 'groups' of the master does not name it`
  return absent('power-group', message)
}

/** Why the master exports no account of an id, by the limits that are in its snapshot; undefined for an id within them. */
function outsideLimits(snapshot: Snapshot, database: 'passwd' | 'group', id: number): Explanation | undefined {
  const key = database === 'passwd' ? 'uid' : 'gid'
  const limit = (name: string): number => Number(new RegExp(`^${key}_${name}=(\\d+)$`, 'm').exec(snapshot.inputs)?.[1])
  const [least, most] = [limit('min'), limit('max')]
  const rule = `exports ${database === 'passwd' ? 'users' : 'groups'} from ${least} to ${most}, and those that its settings name`
  if (id === 0) return absent('root-id', 'the id 0 is never exported')
  if (id < least) return absent('below-least', `${id} is below the ids of the cluster: the master ${rule}`)
  if (reservedFor(id) !== undefined) return absent('reserved-id', `${id} is reserved for ${reservedFor(id)}`)
  return id > most ? absent('above-greatest', `${id} is above the ids of the cluster: the master ${rule}`) : undefined
}

/** Where accounts come from: an administrator may have them in a directory that kickback does not read. */
function elsewhere(accounts: AccountEvidence | undefined, database: 'passwd' | 'group'): string {
  return accounts === undefined ? '' : `: no line of ${accounts.files[database].file} has it`
}
