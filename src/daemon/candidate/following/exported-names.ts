/** The names of the accounts that a snapshot has: what rules of the settings need to know of accounts. */
import type { Snapshot } from '../../../resolver/index.ts'

/** An account as far as its name. */
interface Named {
  readonly name: string
}

/** The users and groups of a public snapshot, in the order of their lines. */
export function exportedNames(snapshot: Snapshot): {
  readonly passwd: readonly Named[]
  readonly group: readonly Named[]
} {
  const named = (database: 'passwd' | 'group') => Array.from(snapshot.entries(database), ({ name }) => ({ name }))
  return { passwd: named('passwd'), group: named('group') }
}
