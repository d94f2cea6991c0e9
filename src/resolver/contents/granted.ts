/** The shadow snapshot of a node: the entries that are granted to it, and one without a password for each other user. */
import type { Accounts } from '../accounts/accounts.ts'
import type { ShadowContents } from '../databases/contents.ts'
import type { ShadowEntry } from '../databases/shadow.ts'
import { LAYOUT } from '../layout.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** What tells the shadow snapshot of a node from that of a master. */
const GRANTED = ['granted', '1'] as const

/** No password is this one, and nothing else is said of the account. */
const CLOSED: Omit<ShadowEntry, 'name'> = {
  passwd: '*',
  lastChange: -1,
  min: -1,
  max: -1,
  warn: -1,
  inactive: -1,
  expire: -1,
  flag: 0xffffffff,
}

/**
 * The contents for a node that is granted the hashes of the users in `names`. Whoever is no ordinary user is not among them, whatever `names` says:
 * all accounts of a name have uids of the range of users. Other users have an entry that says nothing but that no password fits: PAM refuses
 * an account whose password is `x` and that has no entry, also where a key lets it in.
 */
export function grantedContents(accounts: Accounts, names: ReadonlySet<ByteString>): ShadowContents {
  const ordinary = ordinaryUsers(accounts)
  const own = new Map(accounts.shadow.map((entry) => [entry.name, entry]))
  const entryOf = (name: ByteString): ShadowEntry => {
    const entry = names.has(name) && ordinary.has(name) ? own.get(name) : undefined
    return entry ?? { ...CLOSED, name }
  }
  const users = [...new Set(accounts.passwd.map(({ name }) => name))]
  return { inputs: new Map([['layout', String(LAYOUT)], GRANTED]), shadow: users.map(entryOf), complete: true }
}

/** The users whose hashes may leave the master: no account of that name has another uid than one of the range of users. */
export function ordinaryUsers({ passwd, uidMin, uidMax }: Accounts): ReadonlySet<ByteString> {
  const isOrdinary = (uid: number): boolean => uid > 0 && uid >= uidMin && uid <= uidMax
  const names = new Set(passwd.map(({ name }) => name))
  for (const { name, uid } of passwd) if (!isOrdinary(uid)) names.delete(name)
  return names
}

/** Whether this is the shadow snapshot of a node. */
export function isGranted({ inputs }: Snapshot): boolean {
  return inputs.split('\n').includes(GRANTED.join('='))
}
