/** The names of the accounts of a snapshot, for rules of the settings that name accounts. */
import type { Snapshot } from '../../../resolver/index.ts'

/** The name of an account. */
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
