/** Accounts that are locked or expired on the master: shadow(5) says so, and nodes without shadow entries never look. */
import type { PasswdEntry } from '../databases/passwd.ts'
import type { ShadowEntry } from '../databases/shadow.ts'
import type { ByteString } from '../records/entries.ts'
import { type AccountDiagnostics, type AccountEntry, quoted } from './lines.ts'

/** What can be done with the users whose accounts are disabled. */
export const DISABLED_USERS = ['keep', 'nologin', 'omit'] as const
/** One of DISABLED_USERS: exported as they are, with a shell that refuses, or not at all. */
export type DisabledUsers = (typeof DISABLED_USERS)[number]

/** The shell that says no (nologin(8)). */
const NOLOGIN = '/usr/sbin/nologin'

/**
 * Why an account is disabled; undefined if it is not. Expired: as pam_unix(8) has it, from the day of expiry on. Locked: `!`
 * before a hash, as `usermod -L` and `passwd -l` write it; a `!` or `*` alone is an account that never had a password.
 */
function disabledBecause({ passwd, expire }: ShadowEntry, today: number): string | undefined {
  if (expire >= 0 && expire <= today) return `expired on day ${expire} after 1970-01-01`
  return /^!+[^!*]/.test(passwd) ? 'is locked' : undefined
}

/** Why accounts are disabled, by name: those that are. The first entry of a name counts. */
export function disabledReasons(shadow: readonly ShadowEntry[], today: number): ReadonlyMap<ByteString, string> {
  const reasons = new Map<ByteString, string>()
  const seen = new Set<ByteString>()
  for (const entry of shadow) {
    const reason = seen.has(entry.name) ? undefined : disabledBecause(entry, today)
    seen.add(entry.name)
    if (reason !== undefined) reasons.set(entry.name, reason)
  }
  return reasons
}

/** The users as they are exported. Disabled accounts are reported, and treated as `mode` says. `today` counts days since 1970. */
export function withoutDisabled(
  users: readonly AccountEntry<PasswdEntry>[],
  shadow: readonly ShadowEntry[],
  mode: DisabledUsers,
  today: number,
  diagnostics: AccountDiagnostics,
): AccountEntry<PasswdEntry>[] {
  const reasons = disabledReasons(shadow, today)
  if (reasons.size === 0) return [...users]
  return users.flatMap((user) => {
    const reason = reasons.get(user.entry.name)
    if (reason === undefined) return [user]
    diagnostics.report('account-disabled', user.span, `${quoted(user.entry.name)} ${reason}: ${EFFECT[mode]}`)
    if (mode === 'omit') return []
    return mode === 'nologin' ? [{ ...user, entry: { ...user.entry, shell: NOLOGIN } }] : [user]
  })
}

const EFFECT: { readonly [Mode in DisabledUsers]: string } = {
  keep: "nodes still let the user log in by key, unless the setting 'disabled_users' is nologin or omit",
  nologin: `nodes see the user with the shell ${NOLOGIN}`,
  omit: 'the user is not exported',
}
