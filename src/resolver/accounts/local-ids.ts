/** The accounts of a machine's own files whose ids are not those of the cluster: programs ask these files first. */
import { type Diagnostic, SourceText } from '../../config/index.ts'
import { atOnce, each, type Steps } from '../../values/index.ts'
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

/** An account of this machine's own files that the cluster has otherwise. */
export interface LocalId extends Account {
  readonly kind: Accounts['kind']
  /** What the cluster has: the name with another id, or else the id under another name. */
  readonly cluster: { readonly id: number } | { readonly name: ByteString }
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
  return [...diagnosed(snapshot, passwd, USERS), ...diagnosed(snapshot, group, GROUPS)]
}

/** The same accounts, those of passwd first, in steps. */
export function* localIds(snapshot: Snapshot, { passwd, group }: LocalFiles): Steps<readonly LocalId[]> {
  return [...(yield* different(snapshot, passwd, USERS)), ...(yield* different(snapshot, group, GROUPS))]
}

function diagnosed(snapshot: Snapshot, file: LocalFile, accounts: Accounts): readonly Diagnostic[] {
  const said = new AccountDiagnostics(new SourceText(file.origin, file.bytes, true))
  for (const { kind, name, id, span, cluster } of atOnce(different(snapshot, file, accounts))) {
    const other =
      'id' in cluster ? `and ${cluster.id} in the cluster` : `which is the id of ${quoted(cluster.name)} in the cluster`
    said.report('account-local-id', span, `${kind} ${quoted(name)} has the id ${id} on this machine, ${other}`)
  }
  return said.list
}

function* different(snapshot: Snapshot, file: LocalFile, accounts: Accounts): Steps<readonly (LocalId & Line)[]> {
  const found: (LocalId & Line)[] = []
  const names = new Set<ByteString>()
  // What else is wrong with the files of this machine is not the cluster's concern.
  const said = new AccountDiagnostics(new SourceText(file.origin, file.bytes, true))
  yield* each(accounts.read(file.bytes, said), (line) => {
    if (names.has(line.name)) return
    names.add(line.name)
    const cluster = otherwise(snapshot, line, accounts)
    if (cluster !== undefined) found.push({ ...line, kind: accounts.kind, cluster })
  })
  return found
}

/** What the cluster says otherwise of a name or an id; undefined if nothing. */
function otherwise(snapshot: Snapshot, { name, id }: Account, { find }: Accounts): LocalId['cluster'] | undefined {
  const same = find(snapshot, { name })
  if (same !== undefined) return same.id === id ? undefined : { id: same.id }
  const owner = find(snapshot, { id })
  return owner === undefined ? undefined : { name: owner.name }
}
