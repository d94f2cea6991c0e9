/** Whose password hashes go to which nodes: what the settings say, by the configuration and the accounts that there are. */
import { type Cluster, type Diagnostic, diagnosticAt, hasNode, type Location } from '../../config/index.ts'
import { type Accounts, buildShadow, byteString, grantedContents, ordinaryUsers } from '../../resolver/index.ts'
import { RELOAD_CODES } from './codes.ts'
import { inRanges, nodeDiagnostics, nodesOf } from './logins.ts'

/** A rule as the settings have it. Plain data. */
export interface WrittenPasswords {
  /** A class, or a set of nodes. */
  readonly key: string
  readonly users: readonly string[]
  readonly groups: readonly string[]
  /** Whether all exported users are meant. */
  readonly isAll: boolean
  /** Where it is written. */
  readonly location: Location
}

/** Nodes in a row; `last` is undefined if they continue to the last node. */
interface Range {
  readonly first: number
  readonly last: number | undefined
}

/** Nodes that the same rules name, and the users whose hashes these rules give. */
interface Combination {
  /** The rules by their keys. */
  readonly rules: string
  readonly nodes: readonly Range[]
  readonly users: ReadonlySet<string>
}

/** What nodes with the same rules get. Plain data: it may come from another thread. */
export interface PasswordGrant {
  /** The rules by their keys, for people, and to know the grant again. */
  readonly rules: string
  readonly nodes: readonly Range[]
  /** Their shadow snapshot. */
  readonly bytes: Uint8Array
  /** The users whose hashes are in it. */
  readonly users: readonly string[]
}

/** The rules of a generation, and what is wrong with them. */
interface Passwords {
  readonly combinations: readonly Combination[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What the rules are about. */
interface Known {
  readonly cluster: Cluster
  readonly accounts: Accounts
}

/** How many different combinations of rules there may be, and how many entries in all of them: a master keeps a snapshot of each. */
const COMBINATIONS_MAX = 1024
const ENTRIES_MAX = 4_000_000

/** The nodes by the rules that name them, and whose hashes these get. */
export function resolvePasswords(written: readonly WrittenPasswords[], { cluster, accounts }: Known): Passwords {
  if (written.length === 0) return { combinations: [], diagnostics: [] }
  const rules = written.map((rule) => ({ rule, nodes: nodesOf(rule.key, cluster), users: usersOf(rule, accounts) }))
  const diagnostics = rules.flatMap(({ rule, nodes }) => [
    ...nodeDiagnostics(rule, nodes, cluster, 'passwords'),
    ...accountDiagnostics(rule, accounts),
  ])
  const combinations = combined(rules, cluster)
  const [first] = written
  const isTooMuch = combinations.length > COMBINATIONS_MAX || combinations.length * accounts.passwd.length > ENTRIES_MAX
  if (!isTooMuch || first === undefined) return { combinations, diagnostics }
  const message = `the rules of [passwords] make ${combinations.length} different sets of accounts, which is too many`
  const tooMany = diagnosticAt(RELOAD_CODES, 'passwords-too-many', first.location, message)
  return { combinations: [], diagnostics: [...diagnostics, tooMany] }
}

/** The shadow snapshots of these combinations, not stamped. */
export function builtPasswords(combinations: readonly Combination[], accounts: Accounts): readonly PasswordGrant[] {
  const ordinary = ordinaryUsers(accounts)
  const hashed = accounts.shadow.map(({ name }) => name)
  return combinations.map(({ rules, nodes, users }) => ({
    ...{ rules, nodes },
    bytes: buildShadow(grantedContents(accounts, users)),
    users: hashed.filter((name) => users.has(name) && ordinary.has(name)),
  }))
}

/** The names of the users that a rule names, by themselves, by a group, or all. */
function usersOf({ users, groups, isAll }: WrittenPasswords, { passwd, group }: Accounts): readonly string[] {
  if (isAll) return passwd.map(({ name }) => name)
  const named = new Set(groups.map(byteString))
  const meant = group.filter(({ name }) => named.has(name))
  const gids = new Set(meant.map(({ gid }) => gid))
  const primary = passwd.filter(({ gid }) => gids.has(gid)).map(({ name }) => name)
  return [...users.map(byteString), ...meant.flatMap(({ members }) => members), ...primary]
}

/** One combination for all nodes that the same rules name. A node that is not approved gets no hash, whatever they name. */
function combined(
  rules: readonly {
    readonly rule: WrittenPasswords
    readonly nodes: readonly Range[] | undefined
    readonly users: readonly string[]
  }[],
  { nodes }: Cluster,
): readonly Combination[] {
  const byRules = new Map<string, { numbers: number[]; of: readonly number[] }>()
  for (const { number, isApproved } of nodes) {
    if (!isApproved) continue
    const of = rules.flatMap((rule, i) => (isNamed(rule.nodes, number) ? [i] : []))
    if (of.length === 0) continue
    const known = byRules.get(of.join())
    if (known === undefined) byRules.set(of.join(), { numbers: [number], of })
    else known.numbers.push(number)
  }
  return [...byRules.values()].map(({ numbers, of }) => ({
    rules: of.map((i) => rules[i]?.rule.key ?? '').join(' and '),
    nodes: inRanges(numbers.sort((a, b) => a - b)),
    users: new Set(of.flatMap((i) => rules[i]?.users ?? [])),
  }))
}

function isNamed(ranges: readonly Range[] | undefined, node: number): boolean {
  return ranges !== undefined && hasNode({ ranges }, node)
}

function accountDiagnostics({ users, groups, location }: WrittenPasswords, accounts: Accounts): Diagnostic[] {
  const [known, ordinary] = [new Set(accounts.passwd.map(({ name }) => name)), ordinaryUsers(accounts)]
  const knownGroups = new Set(accounts.group.map(({ name }) => name))
  const say = (code: keyof typeof RELOAD_CODES, message: string): Diagnostic =>
    diagnosticAt(RELOAD_CODES, code, location, message)
  const unknown = [
    ...users.filter((name) => !known.has(byteString(name))).map((name) => `user '${name}'`),
    ...groups.filter((name) => !knownGroups.has(byteString(name))).map((name) => `group '${name}'`),
  ]
  const system = users.filter((name) => known.has(byteString(name)) && !ordinary.has(byteString(name)))
  return [
    ...unknown.map((who) => say('passwords-unknown-account', `the cluster has no ${who}`)),
    ...system.map((name) => say('passwords-system-account', `'${name}' is no ordinary user: its hash goes to no node`)),
  ]
}
