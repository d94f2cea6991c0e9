/** Check: the names of netgroups and classes. */
import type { Draft } from '../draft.ts'
import { setText } from '../nodes/nodeset.ts'
import { type Claimant, WEIGHTS } from '../text/config-diagnostics.ts'
import type { Word } from '../text/lexer.ts'
import type { Span } from '../text/span.ts'

interface GroupClaim extends Claimant {
  readonly kind: 'class' | 'hostrange' | 'nodename' | 'cluster'
  readonly lines: number[]
}

/**
 * One netgroup name for things of two kinds. Lines of one kind may have the same name: class lines are read together, and so are
 * hostranges and nodename lines.
 */
export function checkGroups(draft: Draft): void {
  const all: GroupClaim = { kind: 'cluster', span: undefined, owner: 'all nodes', lines: [], weight: WEIGHTS.fixed }
  const claims = new Map<string, GroupClaim[]>([['cluster', [all]]])
  for (const { name, span } of draft.of('class')) claim(claims, 'class', name, span)
  for (const { name, span } of draft.of('hostrange')) if (name) claim(claims, 'hostrange', name, span)
  for (const { netgroup, span } of draft.of('nodename')) if (netgroup) claim(claims, 'nodename', netgroup, span)
  for (const [name, claimants] of claims) settleGroup(draft, name, claimants)
}

function claim(
  claims: Map<string, GroupClaim[]>,
  kind: 'class' | 'hostrange' | 'nodename',
  name: Word,
  line: Span,
): void {
  const claimants = claims.get(name.value) ?? []
  if (claimants.length === 0) claims.set(name.value, claimants)
  const own = claimants.find((claimant) => claimant.kind === kind)
  if (own !== undefined) own.lines.push(line.line)
  else claimants.push({ kind, span: name, owner: `${kind} ${name.value}`, lines: [line.line], weight: WEIGHTS.host })
}

function settleGroup(draft: Draft, name: string, [first, ...others]: readonly GroupClaim[]): void {
  let stays = first
  for (const other of others) {
    stays =
      stays &&
      draft.diagnostics.clash('netgroup-clash', stays, other, (later, earlier) => {
        return `${later.kind} ${name} makes a netgroup of that name, but it is already that of ${earlier.owner}`
      })
  }
}

/** The nodes that nobody has approved: told once, at the first of their lines. */
export function noteUnapproved(draft: Draft): void {
  const waiting = draft.nodes().filter(({ entry }) => !entry.isApproved)
  const [first] = waiting
  if (first === undefined) return
  const who =
    waiting.length === 1 ? `node ${first.number} is` : `${waiting.length} nodes, the first of them ${first.number}, are`
  const message = `${who} unapproved: an address and a name, and no rights; kickback set node ${first.number} --class CLASS approves it`
  draft.diagnostics.report('node-unapproved', first.entry.span, message)
}

/** Node lines with a class that no line defines: of each such class once, at the first of them. */
export function warnAboutClasses(draft: Draft): void {
  const defined = new Set(draft.of('class').map((entry) => entry.name.value))
  const naming = new Map<string, { readonly first: Word; readonly numbers: number[] }>()
  for (const { entry, number } of draft.nodes()) {
    const name = entry.class
    if (name === undefined || defined.has(name.value)) continue
    const known = naming.get(name.value)
    if (known === undefined) naming.set(name.value, { first: name, numbers: [number] })
    else known.numbers.push(number)
  }
  for (const [name, { first, numbers }] of naming)
    draft.diagnostics.report('class-undefined', first, `no class line defines ${name}; ${whoText(numbers)} the default`)
}

/** How much of a set of nodes is written out, in characters. */
const SET_MAX = 60

function whoText(numbers: readonly number[]): string {
  if (numbers.length === 1) return `node ${numbers[0]} boots`
  const set = setText(numbers)
  if (set.length <= SET_MAX) return `nodes ${set} boot`
  return `${numbers.length} nodes, the first of them ${numbers[0]}, boot`
}
