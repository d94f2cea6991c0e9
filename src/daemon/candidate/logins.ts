/** Who may log in where: what the settings say, by the configuration and the accounts that there are. */
import {
  type Cluster,
  type Diagnostic,
  diagnosticAt,
  type Location,
  nearestWord,
  parseNodeSet,
} from '../../config/index.ts'
import { byteString, type LoginRule } from '../../resolver/index.ts'
import { RELOAD_CODES } from './codes.ts'

/** A rule as the settings have it. Plain data. */
export interface WrittenLogins {
  /** A class, or a set of nodes. */
  readonly key: string
  readonly users: readonly string[]
  readonly groups: readonly string[]
  /** Where it is written. */
  readonly location: Location
}

/** The rules of a generation, and what is wrong with them. */
export interface Logins {
  readonly rules: readonly LoginRule[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What the rules are about. */
interface Known {
  readonly cluster: Cluster
  readonly accounts: AccountsNamed
}

/** The names of the exported accounts. */
export interface AccountsNamed {
  readonly passwd: readonly { readonly name: string }[]
  readonly group: readonly { readonly name: string }[]
}

/** The rules with their nodes, in the order of the settings. One that names no nodes at all is not among them: it is an error. */
export function resolveLogins(written: readonly WrittenLogins[], { cluster, accounts }: Known): Logins {
  if (written.length === 0) return { rules: [], diagnostics: [] }
  const rules = written.map((rule) => ({ rule, nodes: nodesOf(rule.key, cluster) }))
  const names = new AccountNames(accounts)
  return {
    rules: rules.flatMap(({ rule, nodes }) => (nodes === undefined ? [] : [ruleOf(rule, nodes)])),
    diagnostics: rules.flatMap(({ rule, nodes }) => [
      ...nodeDiagnostics(rule, nodes, cluster, 'access'),
      ...names.diagnostics(rule),
    ]),
  }
}

/** Diagnostics about users and groups that the rules name. */
export function accountDiagnostics(written: readonly WrittenLogins[], accounts: AccountsNamed): readonly Diagnostic[] {
  const names = new AccountNames(accounts)
  return written.flatMap((rule) => names.diagnostics(rule))
}

/** Whether a rule names one of these users or groups, in small or capital letters. Then the diagnostics of the rule may change with them. */
export function isAnyNamed(
  written: readonly WrittenLogins[],
  { users, groups }: { readonly users: readonly string[]; readonly groups: readonly string[] },
): boolean {
  const named = (names: readonly string[]) => new Set(names.flatMap((name) => [name, byteString(name)].map(folded)))
  const [ofUsers, ofGroups] = [
    named(written.flatMap((rule) => rule.users)),
    named(written.flatMap((rule) => rule.groups)),
  ]
  return users.some((name) => ofUsers.has(folded(name))) || groups.some((name) => ofGroups.has(folded(name)))
}

function folded(name: string): string {
  return name.toLowerCase()
}

/** Whether one of the rules names its nodes by this class. */
export function isClassNamed(written: readonly WrittenLogins[], name: string): boolean {
  return written.some(({ key }) => key === name && parseNodeSet(key) === undefined)
}

function ruleOf({ key, users, groups }: WrittenLogins, nodes: LoginRule['nodes']): LoginRule {
  return { key: byteString(key), nodes, users: users.map(byteString), groups: groups.map(byteString) }
}

/** The nodes that a key names: those of a set also where they do not exist yet. Undefined if it is neither a set nor a class. */
export function nodesOf(key: string, { nodes, classes }: Cluster): LoginRule['nodes'] | undefined {
  const set = parseNodeSet(key)
  if (set !== undefined) return set.ranges
  const ofClass = nodes.filter((node) => node.class === key)
  return ofClass.length > 0 || classes.has(key) ? inRanges(ofClass.map(({ number }) => number)) : undefined
}

/** Ascending numbers as ranges. */
export function inRanges(numbers: readonly number[]): LoginRule['nodes'] {
  const ranges: { first: number; last: number }[] = []
  for (const number of numbers) {
    const before = ranges.at(-1)
    if (before !== undefined && before.last + 1 === number) before.last = number
    else ranges.push({ first: number, last: number })
  }
  return ranges
}

/** The code of what is wrong with the nodes of a rule, by the table of settings that it is in. */
const NODE_CODES = {
  access: { unknown: 'access-unknown-class', none: 'access-no-node' },
  passwords: { unknown: 'passwords-unknown-class', none: 'passwords-no-node' },
} as const

/** What is wrong with the nodes of a rule of a table. */
export function nodeDiagnostics(
  { key, location }: Pick<WrittenLogins, 'key' | 'location'>,
  nodes: LoginRule['nodes'] | undefined,
  cluster: Cluster,
  table: keyof typeof NODE_CODES,
): readonly Diagnostic[] {
  const codes = NODE_CODES[table]
  if (nodes === undefined) {
    const message = `no class '${key}' is in the configuration, and it is no set of nodes${suggestion(key, cluster)}`
    return [diagnosticAt(RELOAD_CODES, codes.unknown, location, message)]
  }
  const isThere = nodes.some(({ first, last = Infinity }) =>
    cluster.nodes.some(({ number }) => number >= first && number <= last),
  )
  return isThere ? [] : [diagnosticAt(RELOAD_CODES, codes.none, location, `'${key}' names no node that exists`)]
}

function suggestion(key: string, { nodes, classes }: Cluster): string {
  const known = new Set([...classes.keys(), ...nodes.flatMap((node) => node.class ?? [])])
  const near = nearestWord(key, [...known])
  return near === undefined ? '' : `; did you mean '${near}'?`
}

/** The names of the accounts that are exported. */
class AccountNames {
  readonly #users: ReadonlySet<string>
  readonly #groups: ReadonlySet<string>
  /** The users by their names in small letters. */
  readonly #folded = new Map<string, string[]>()

  constructor({ passwd, group }: Known['accounts']) {
    this.#users = new Set(passwd.map(({ name }) => name))
    this.#groups = new Set(group.map(({ name }) => name))
    for (const name of this.#users) {
      const folded = name.toLowerCase()
      const alike = this.#folded.get(folded)
      if (alike === undefined) this.#folded.set(folded, [name])
      else alike.push(name)
    }
  }

  /** What is wrong with the users and groups of a rule. */
  diagnostics({ users, groups, location }: WrittenLogins): Diagnostic[] {
    const say = (code: keyof typeof RELOAD_CODES, message: string): Diagnostic =>
      diagnosticAt(RELOAD_CODES, code, location, message)
    const unknown = [
      // root may log in everywhere anyway.
      ...users.filter((name) => name !== 'root' && !this.#users.has(name)).map((name) => `user '${name}'`),
      ...groups.filter((name) => !this.#groups.has(name)).map((name) => `group '${name}'`),
    ]
    return [
      ...unknown.map((who) => say('access-unknown-account', `the cluster has no ${who}`)),
      ...users.flatMap((name) =>
        this.#alike(name).map((other) =>
          say('access-other-case', `'${other}' may log in too: PAM does not tell it from '${name}'`),
        ),
      ),
    ]
  }

  /** The users that pam_access takes for this one: it compares without regard to case. */
  #alike(name: string): readonly string[] {
    return (this.#folded.get(name.toLowerCase()) ?? []).filter((other) => other !== name)
  }
}
