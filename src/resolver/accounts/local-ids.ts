/** The accounts of a machine's own files whose ids are not those of the cluster: programs ask these files first. */
import { type Diagnostic, SourceText } from '../../config/index.ts'
import { DATABASES } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { readGroup } from './group.ts'
import { AccountDiagnostics, type AccountEntry, quoted } from './lines.ts'
import { readPasswd } from './passwd.ts'

/** An account file of this machine. */
interface LocalFile {
  /** Its path. */
  readonly origin: string
  /** Empty where it cannot be read. */
  readonly bytes: Uint8Array
}

/** The account files of this machine. */
interface LocalFiles {
  readonly passwd: LocalFile
  readonly group: LocalFile
}

/** A name with its id. */
interface Account {
  readonly name: ByteString
  readonly id: number
}

/** A line of an account file. */
interface Line extends Account {
  readonly span: AccountEntry<unknown>['span']
}

/** A database of accounts: how its file is read, and who has a name or an id in the cluster. */
interface Accounts {
  readonly kind: 'user' | 'group'
  readonly read: (bytes: Uint8Array, said: AccountDiagnostics) => readonly Line[]
  readonly find: (
    snapshot: Snapshot,
    key: { readonly name: ByteString } | { readonly id: number },
  ) => Account | undefined
}

const USERS: Accounts = {
  kind: 'user',
  read: (bytes, said) => readPasswd(bytes, said).map(({ entry, span }) => ({ name: entry.name, id: entry.uid, span })),
  find: (snapshot, key) => {
    const record = snapshot.lookup('passwd', key)
    const entry = record && DATABASES.passwd.decode(record)
    return entry && { name: entry.name, id: entry.uid }
  },
}

const GROUPS: Accounts = {
  kind: 'group',
  read: (bytes, said) => readGroup(bytes, said).map(({ entry, span }) => ({ name: entry.name, id: entry.gid, span })),
  find: (snapshot, key) => {
    const record = snapshot.lookup('group', key)
    const entry = record && DATABASES.group.decode(record)
    return entry && { name: entry.name, id: entry.gid }
  },
}

/**
 * A warning for each line of these files that has a name of the cluster with another id, or an id of the cluster under another name. Of
 * several lines with one name the first counts, as for the C library. The lines themselves are not shown: they may have hashes.
 */
export function localIdDiagnostics(snapshot: Snapshot, { passwd, group }: LocalFiles): readonly Diagnostic[] {
  return [...different(snapshot, passwd, USERS), ...different(snapshot, group, GROUPS)]
}

function different(snapshot: Snapshot, file: LocalFile, accounts: Accounts): readonly Diagnostic[] {
  const text = new SourceText(file.origin, file.bytes, true)
  const said = new AccountDiagnostics(text)
  const names = new Set<ByteString>()
  // What else is wrong with the files of this machine is not the cluster's concern.
  for (const line of accounts.read(file.bytes, new AccountDiagnostics(text))) {
    if (names.has(line.name)) continue
    names.add(line.name)
    const other = otherwise(snapshot, line, accounts)
    const own = `${accounts.kind} ${quoted(line.name)} has the id ${line.id} on this machine`
    if (other !== undefined) said.report('account-local-id', line.span, `${own}, ${other}`)
  }
  return said.list
}

/** What the cluster says otherwise of a name or an id; undefined if nothing. */
function otherwise(snapshot: Snapshot, { name, id }: Account, { find }: Accounts): string | undefined {
  const same = find(snapshot, { name })
  if (same !== undefined) return same.id === id ? undefined : `and ${same.id} in the cluster`
  const owner = find(snapshot, { id })
  return owner === undefined ? undefined : `which is the id of ${quoted(owner.name)} in the cluster`
}
