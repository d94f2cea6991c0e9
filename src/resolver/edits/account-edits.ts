/** Account files of which some lines changed, to the records that change: what no line near them says is looked up in the snapshot. */
import { type LineEdit, lineEdit, mustBeLocal } from '../../values/index.ts'
import { type DisabledUsers, disabledReasons } from '../accounts/disabled.ts'
import { type AlsoExported, groupRule, isPrimaryOutside, userRule } from '../accounts/exported.ts'
import { readGroup } from '../accounts/group.ts'
import type { IdLimits } from '../accounts/logindefs.ts'
import { readPasswd } from '../accounts/passwd.ts'
import { readShadow } from '../accounts/shadow.ts'
import { groupVerdict, idVerdict } from '../accounts/verdict.ts'
import type { GroupEntry } from '../databases/group.ts'
import type { PasswdEntry } from '../databases/passwd.ts'
import type { ShadowEntry } from '../databases/shadow.ts'
import { DATABASES, type DatabaseName } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import type { KeyType } from '../records/keys.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { AccountLines, entriesOf } from './account-lines.ts'
import { initgroupsEdits } from './initgroups-edits.ts'
import type { RecordEdit, SnapshotEdits } from './spliced.ts'

/** The account files of which lines change. */
export interface ChangingFiles {
  readonly passwd: Uint8Array
  readonly group: Uint8Array
  /** Undefined where there is none. */
  readonly shadow: Uint8Array | undefined
}

/** What was made of the files before. */
interface AccountsBefore {
  readonly files: ChangingFiles
  /** The public snapshot, complete, and the one of shadow entries. */
  readonly public: Snapshot
  readonly shadow: Snapshot | undefined
  /** The names of lines that are not exported. */
  readonly unexported: { readonly passwd: ReadonlySet<ByteString>; readonly group: ReadonlySet<ByteString> }
}

/** The rules by which they were made, and are now. */
interface EditRules {
  readonly limits: IdLimits
  readonly also: AlsoExported
  readonly disabledUsers: DisabledUsers
  /** The day on which accounts are judged, in days since 1970. */
  readonly today: number
}

/** The records that change, and the lines that differ. */
export interface AccountEdits {
  readonly public: SnapshotEdits
  readonly shadow: SnapshotEdits
  /** The names of those that were not exported before, or are not now. */
  readonly moving: { readonly users: readonly ByteString[]; readonly groups: readonly ByteString[] }
  /** Of the files that changed. */
  readonly lines: { readonly [F in keyof ChangingFiles]?: LineEdit }
  /** How many bytes were read as entries. */
  readonly bytesRead: number
}

/** The edits by which the snapshots follow the files. Throws NotLocalError where they do not follow from the lines that changed. */
export function accountEdits(before: AccountsBefore, after: ChangingFiles, rules: EditRules): AccountEdits {
  return new AccountChange(before, after, rules).edits()
}

class AccountChange {
  readonly #before: AccountsBefore
  readonly #after: ChangingFiles
  readonly #rules: EditRules
  readonly #users: AccountLines<PasswdEntry>
  readonly #groups: AccountLines<GroupEntry>

  constructor(before: AccountsBefore, after: ChangingFiles, rules: EditRules) {
    const { files, public: snapshot } = before
    this.#before = before
    this.#after = after
    this.#rules = rules
    this.#users = new AccountLines({
      ...{ database: 'passwd', encode: DATABASES.passwd.encode, snapshot, before: files.passwd, after: after.passwd },
      read: (bytes, diagnostics) => entriesOf(readPasswd(bytes, diagnostics)),
    })
    this.#groups = new AccountLines({
      ...{ database: 'group', encode: DATABASES.group.encode, snapshot, before: files.group, after: after.group },
      read: (bytes, diagnostics) => entriesOf(readGroup(bytes, diagnostics)),
    })
  }

  edits(): AccountEdits {
    const [users, groups] = [this.#users, this.#groups]
    const all = new Map<DatabaseName, readonly RecordEdit[]>()
    if (!users.isSame) all.set('passwd', [this.#userEdit()])
    if (!groups.isSame) {
      const edit = this.#groupEdit()
      all.set('group', [edit])
      const more = initgroupsEdits(this.#before.public, { old: groups.old, now: groups.now, edit })
      if (more.length > 0) all.set('initgroups', more)
    }
    const shadow = this.#shadowLines()
    const shadowEdit = shadow && this.#shadowEdit(shadow)
    return {
      public: withoutEmpty(all),
      shadow: withoutEmpty(new Map(shadowEdit === undefined ? [] : [['shadow', [shadowEdit]]])),
      moving: { users: movingOf(users), groups: movingOf(groups) },
      lines: {
        ...(!users.isSame && { passwd: users.edit }),
        ...(!groups.isSame && { group: groups.edit }),
        ...(shadow !== undefined && !shadow.isSame && { shadow: shadow.edit }),
      },
      bytesRead: users.bytesRead + groups.bytesRead + (shadow?.bytesRead ?? 0),
    }
  }

  #userEdit(): RecordEdit {
    const { public: snapshot, unexported } = this.#before
    const { limits, also } = this.#rules
    const { old, now } = this.#users
    mustBeUnique(snapshot, 'passwd', 'name', 'id')
    const bounds = userRule(limits, also)
    for (const { name, uid, gid } of [...old, ...now]) {
      const verdict = idVerdict(name, uid, bounds)
      mustBeLocal(verdict === 'within' || verdict === 'named', 'a user that changed is not exported')
      mustBeLocal(
        gid !== 0 && !isPrimaryOutside(gid, limits),
        'the primary group of a user that changed is a special one',
      )
      mustBeLocal(!unexported.passwd.has(name), 'a line that is not exported has the name of a user that changed')
    }
    mustBeNew(snapshot, 'passwd', old, now, ({ uid }) => uid)
    return this.#users.recordEdit(old, now)
  }

  #groupEdit(): RecordEdit {
    const { public: snapshot, unexported } = this.#before
    const { limits, also } = this.#rules
    const { old, now } = this.#groups
    mustBeUnique(snapshot, 'group', 'name', 'id')
    const bounds = groupRule(limits, also)
    for (const { name, gid } of [...old, ...now]) {
      const verdict = groupVerdict(name, gid, false, bounds)
      mustBeLocal(verdict === 'within' || verdict === 'named', 'a group that changed is not exported as such')
      mustBeLocal(!unexported.group.has(name), 'a line that is not exported has the name of a group that changed')
    }
    mustBeNew(snapshot, 'group', old, now, ({ gid }) => gid)
    return this.#groups.recordEdit(old, now)
  }

  /** The lines of shadow of users that are exported: those of before, or those of now. */
  #shadowLines(): AccountLines<ShadowEntry> | undefined {
    const { shadow: snapshot, files } = this.#before
    const { shadow: after } = this.#after
    if (snapshot === undefined || files.shadow === undefined || after === undefined) return undefined
    const [gone, come] = [namesOf(this.#users.old), namesOf(this.#users.now)]
    const isUser = (name: ByteString): boolean => this.#before.public.lookup('passwd', { name }) !== undefined
    // A user who comes or goes has a line among those that changed, or none.
    const moving = movingOf(this.#users)
    mustBeLocal(moving.length <= MOVING_MAX, 'many users come or go')
    for (const name of moving) this.#mustStandAmongChanges(name, files.shadow, after)
    // A user who is left out because of a line of shadow may be back with the next one.
    const isLeftOut = (name: ByteString): boolean =>
      this.#rules.disabledUsers === 'omit' && this.#before.unexported.passwd.has(name)
    const names = {
      has: (name: ByteString) => come.has(name) || gone.has(name) || isUser(name) || isLeftOut(name),
    }
    return new AccountLines({
      ...{ database: 'shadow', encode: DATABASES.shadow.encode, snapshot, before: files.shadow, after },
      read: (bytes, diagnostics) => readShadow(bytes, names, diagnostics),
    })
  }

  #mustStandAmongChanges(name: ByteString, before: Uint8Array, after: Uint8Array): void {
    const edit = this.#shadowLineEdit(before, after)
    const outside = [after.subarray(0, edit.start), after.subarray(edit.newEnd)]
    const isThere = outside.some((bytes) => hasLineOf(bytes, name))
    mustBeLocal(!isThere, 'a user who comes or goes has a line of shadow that did not change')
  }

  #lineEdit: LineEdit | undefined
  #shadowLineEdit(before: Uint8Array, after: Uint8Array): LineEdit {
    this.#lineEdit ??= lineEdit(before, after)
    return this.#lineEdit
  }

  #shadowEdit(lines: AccountLines<ShadowEntry>): RecordEdit | undefined {
    const snapshot = this.#before.shadow
    if (snapshot === undefined) return undefined
    const [gone, come] = [namesOf(this.#users.old), namesOf(this.#users.now)]
    const old = lines.old.filter(({ name }) => !come.has(name) || gone.has(name))
    const now = lines.now.filter(({ name }) => !gone.has(name) || come.has(name))
    this.#mustBeExported([...old, ...now])
    // Of each version by itself: in one list the first entry of a name would hide the other one.
    this.#mustBeEnabled(old)
    this.#mustBeEnabled(now)
    this.#mustBeEnabledUsers(snapshot)
    if (lines.isSame) return undefined
    mustBeUnique(snapshot, 'shadow', 'name')
    mustBeNew(snapshot, 'shadow', old, now)
    return lines.recordEdit(old, now)
  }

  /** The entry of a user who is not exported makes no record; that of one who was left out may bring the user back. */
  #mustBeExported(entries: readonly ShadowEntry[]): void {
    const { passwd } = this.#before.unexported
    const isExported = entries.every(({ name }) => !passwd.has(name))
    mustBeLocal(isExported, 'a line of shadow changed of a user who is not exported')
  }

  #mustBeEnabled(entries: readonly ShadowEntry[]): void {
    mustBeLocal(disabledReasons(entries, this.#rules.today).size === 0, 'an account that changed is disabled')
  }

  /** A user whose line changed may be disabled by a line of shadow that did not. */
  #mustBeEnabledUsers(snapshot: Snapshot): void {
    for (const { name } of [...this.#users.old, ...this.#users.now]) {
      const entry = snapshot.find('shadow', { name })
      if (entry !== undefined) this.#mustBeEnabled([entry])
    }
  }
}

/** How many users may come or go: for each of them the file of shadow is searched. */
const MOVING_MAX = 64

/** Whether a line of shadow is that of a user, whatever it says. */
function hasLineOf(bytes: Uint8Array, name: ByteString): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const wanted = Buffer.from(name, 'latin1')
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const next = text[at + wanted.length]
    if (next !== undefined && next !== COLON && next !== NEWLINE) continue
    let start = at
    while (start > 0 && BLANKS.has(text[start - 1] ?? 0)) start--
    if (start === 0 || text[start - 1] === NEWLINE) return true
  }
  return false
}

const COLON = 58
const NEWLINE = 10
/** What may stand before a name on its line. */
const BLANKS: ReadonlySet<number> = new Set([9, 11, 12, 13, 32])

/** The names that lines had and do not have, and the other way round. */
function movingOf({ old, now }: Pick<AccountLines<PasswdEntry | GroupEntry>, 'old' | 'now'>): readonly ByteString[] {
  const [gone, come] = [namesOf(old), namesOf(now)]
  return [...gone, ...come].filter((name) => gone.has(name) !== come.has(name))
}

function namesOf(entries: readonly (PasswdEntry | GroupEntry)[]): ReadonlySet<ByteString> {
  return new Set(entries.map(({ name }) => name))
}

/** Each record has keys of its own: what one line says no other line takes back. */
function mustBeUnique(snapshot: Snapshot, database: DatabaseName, ...keys: readonly KeyType[]): void {
  const isUnique = keys.every((key) => snapshot.keyCount(database, key) === snapshot.count(database))
  mustBeLocal(isUnique, 'two lines have one name or one id')
}

/** No name and no id is taken, but by lines that change. */
function mustBeNew<Entry extends { readonly name: ByteString }>(
  snapshot: Snapshot,
  database: 'passwd' | 'group' | 'shadow',
  old: readonly Entry[],
  now: readonly Entry[],
  idOf?: (entry: Entry) => number,
): void {
  const [names, ids] = [new Set(old.map(({ name }) => name)), new Set(idOf && old.map(idOf))]
  const [newNames, newIds] = [new Set<ByteString>(), new Set<number>()]
  for (const entry of now) {
    const { name } = entry
    const isFree = names.has(name) || snapshot.lookup(database, { name }) === undefined
    mustBeLocal(isFree && !newNames.has(name), 'a name is taken')
    newNames.add(name)
    if (idOf === undefined) continue
    const id = idOf(entry)
    mustBeLocal((ids.has(id) || snapshot.lookup(database, { id }) === undefined) && !newIds.has(id), 'an id is taken')
    newIds.add(id)
  }
}

/** Edits that change nothing are none: comments have changed. */
function withoutEmpty(edits: ReadonlyMap<DatabaseName, readonly RecordEdit[]>): SnapshotEdits {
  const all = Array.from(edits, ([database, own]): [DatabaseName, readonly RecordEdit[]] => [
    database,
    own.filter(({ from, to, records }) => from < to || records.length > 0),
  ])
  return new Map(all.filter(([, own]) => own.length > 0))
}
