/** Whether a user of the cluster may log in on a node, and which rules say so: what pam_access(8) finds in the node's file. */

import { type LoginRule, rulesOfNode } from '../logins/rules.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** A rule that names the node, and why it lets the user in; it does not where there is no reason. */
interface RuleVerdict {
  readonly key: ByteString
  readonly byName: boolean
  /** Those of its groups that the user is in. */
  readonly byGroups: readonly ByteString[]
}

/** The answer for a user and a node. */
export interface LoginVerdict {
  readonly may: boolean
  /** `open`: no rule names the node; `root`: always may; `unknown`: no user of the cluster; `rules`: they decide. */
  readonly why: 'open' | 'root' | 'unknown' | 'rules'
  /** The rules that name the node, in the order of the settings. */
  readonly rules: readonly RuleVerdict[]
}

/** Asks the rules of a generation. Throws SnapshotError if they are damaged. */
export function loginVerdict(snapshot: Snapshot, user: ByteString, node: number): LoginVerdict {
  const known = snapshot.find('passwd', { name: user })
  const rules = rulesOfNode(snapshot.logins, node).map((rule) => ruleVerdict(snapshot, rule, user, known?.gid))
  if (user === 'root') return { may: true, why: 'root', rules }
  if (rules.length === 0) return { may: true, why: 'open', rules }
  if (known === undefined) return { may: false, why: 'unknown', rules }
  return { may: rules.some(({ byName, byGroups }) => byName || byGroups.length > 0), why: 'rules', rules }
}

function ruleVerdict(
  snapshot: Snapshot,
  { key, users, groups }: LoginRule,
  user: ByteString,
  primary: number | undefined,
): RuleVerdict {
  const isIn = (name: ByteString): boolean => {
    const group = snapshot.find('group', { name })
    return group !== undefined && (group.gid === primary || group.members.includes(user))
  }
  // pam_access compares names of users without regard to case.
  const byName = users.some((name) => name.toLowerCase() === user.toLowerCase())
  return { key, byName, byGroups: groups.filter(isIn) }
}
