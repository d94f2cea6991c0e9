/** `kickback explain access USER@NODE`: whether a user may log in on a node, and by which rule of the settings. */
import { pictured } from '../../../config/index.ts'
import {
  answer,
  DATABASES,
  displayed,
  type LoginVerdict,
  loginVerdict,
  nodeOf,
  type Snapshot,
} from '../../../resolver/index.ts'
import { machineAddresses } from '../../../values/index.ts'
import type { Invocation } from '../../command.ts'
import { EXIT, NOT_FOUND } from '../../synopsis.ts'

/** Prints the answer for `typed`, a byte string; without `@NODE` for this machine. The exit code says whether the user may. */
export function explainLogin({ settings, locations, terminal }: Invocation, typed: string, snapshot: Snapshot): number {
  const at = typed.lastIndexOf('@')
  const [user, name] = at < 0 ? [typed, undefined] : [typed.slice(0, at), typed.slice(at + 1)]
  const node = name === undefined ? nodeOf(snapshot, ownAddresses()) : nodeNamed(snapshot, name)
  if (node === undefined) {
    const who = name === undefined ? 'this machine is' : `'${pictured(displayed(name))}' is`
    terminal.complain(`kickback: ${who} no node of the cluster: write USER@NODE, such as ada@n3\n`)
    return NOT_FOUND
  }
  const verdict = loginVerdict(snapshot, user, node)
  const placed = verdict.rules.map((rule) => ({ ...rule, place: locations.get(`access.${displayed(rule.key)}`) }))
  if (settings.json) {
    const rules = placed.map(({ key, byName, byGroups, place }) => {
      const { file, line } = place ?? {}
      return { key: displayed(key), by_name: byName, by_groups: byGroups.map(displayed), file, line }
    })
    const { may, why } = verdict
    terminal.print(`${JSON.stringify({ user: displayed(user), node, may, why, rules }, null, 2)}\n`)
  } else {
    const lines = [headline(displayed(user), node, verdict), ...placed.map(ruleLine)]
    terminal.print(`${lines.map((line) => `${pictured(line)}\n`).join('')}`)
  }
  return verdict.may ? EXIT.DONE : NOT_FOUND
}

function ownAddresses(): readonly Uint8Array[] {
  return machineAddresses().map(({ bytes }) => bytes)
}

/** The number of the node that any of its names means. */
function nodeNamed(snapshot: Snapshot, name: string): number | undefined {
  const record = answer(snapshot, 'hosts', { name })
  const number = record === undefined ? -1 : DATABASES.hosts.decode(record).number
  return number < 0 ? undefined : number
}

const REASONS: { readonly [W in LoginVerdict['why']]: (may: boolean) => string } = {
  open: () => ': no rule of [access] names this node',
  root: () => ': root always may',
  unknown: () => ': there is no such user in the cluster; a user of the node itself may',
  rules: (may) => (may ? '' : ': no rule that names this node lets the user in'),
}

function headline(user: string, node: number, { may, why }: LoginVerdict): string {
  return `${user} may${may ? '' : ' not'} log in on node ${node}${REASONS[why](may)}`
}

type PlacedRule = LoginVerdict['rules'][number] & {
  readonly place: { readonly file: string; readonly line: number } | undefined
}

function ruleLine({ key, byName, byGroups, place }: PlacedRule): string {
  const by = [...(byName ? ['names the user'] : []), ...byGroups.map((group) => `has the group ${displayed(group)}`)]
  const where = place === undefined ? '' : ` (${place.file}:${place.line})`
  return `  rule ${displayed(key)}${where}: ${by.length === 0 ? 'lets others in' : by.join(', ')}`
}
