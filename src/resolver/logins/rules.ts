/**
 * The section LOGINS: who may log in on which nodes, as the settings of the master say it. A line for each rule, in the order of the
 * settings: NODES USERS GROUPS KEY, separated by one blank. Without a rule the section is not there.
 *
 *   NODES    ranges of node numbers: 0-3,7-7,9-      the last one has no end; - for none
 *   USERS    names of users, separated by commas; - for none
 *   GROUPS   names of groups, in the same way
 *   KEY      the class or the set of nodes as it is written, to the end of the line
 */
import { SnapshotError } from '../records/decode.ts'
import type { ByteString } from '../records/entries.ts'
import { isLoginName } from './names.ts'

/** Nodes in a row; `last` is undefined if they continue to the last node. */
interface NodeRange {
  readonly first: number
  readonly last: number | undefined
}

/** One rule: on these nodes these users and the members of these groups may log in. */
export interface LoginRule {
  /** The class or the set of nodes that the settings name. */
  readonly key: ByteString
  readonly nodes: readonly NodeRange[]
  readonly users: readonly ByteString[]
  readonly groups: readonly ByteString[]
}

/** What stands for an empty list: no name begins with it. */
const NONE = '-'

/** The section's text; empty if there is no rule. Throws RangeError for a name or a key that cannot be written. */
export function loginsText(rules: readonly LoginRule[]): ByteString {
  return rules.map((rule) => `${lineOf(rule)}\n`).join('')
}

function lineOf({ key, nodes, users, groups }: LoginRule): ByteString {
  const unfit = [...users, ...groups].find((name) => !isLoginName(name))
  if (unfit !== undefined || /^$|\n/.test(key)) throw new RangeError(`a rule of logins cannot have '${unfit ?? key}'`)
  const ranges = nodes.map(({ first, last = '' }) => `${first}-${last}`)
  return [...[ranges, users, groups].map((list) => list.join(',') || NONE), key].join(' ')
}

const LINE = /^(\S+) (\S+) (\S+) (.+)$/s

/**
 * The rules in a section's text. Throws SnapshotError if a line is not one: a rule that was left out would open its nodes. Names are not
 * checked: `isLoginName` tells which of them may be written.
 */
export function loginRulesOf(text: ByteString): readonly LoginRule[] {
  if (text !== '' && !text.endsWith('\n')) throw damaged()
  return text.split('\n').slice(0, -1).map(ruleOf)
}

function ruleOf(line: ByteString): LoginRule {
  const [, nodes = '', users = '', groups = '', key = ''] = LINE.exec(line) ?? []
  if (key === '') throw damaged()
  return { key, nodes: listOf(nodes).map(rangeOf), users: listOf(users), groups: listOf(groups) }
}

function listOf(text: string): readonly string[] {
  return text === NONE ? [] : text.split(',')
}

function rangeOf(text: string): NodeRange {
  const [, first, last = ''] = /^(\d{1,10})-(\d{0,10})$/.exec(text) ?? []
  if (first === undefined) throw damaged()
  return { first: Number(first), last: last === '' ? undefined : Number(last) }
}

const damaged = (): SnapshotError => new SnapshotError('section', 'the rules of logins are damaged')

/** The rules that name a node. Where there is none, everybody may log in there. */
export function rulesOfNode(rules: readonly LoginRule[], node: number): readonly LoginRule[] {
  return rules.filter(({ nodes }) => nodes.some(({ first, last = Infinity }) => node >= first && node <= last))
}
