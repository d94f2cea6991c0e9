/** The machines of a snapshot as a genders file: what each is, its netgroups, and its addresses, MACs and aliases as values. */
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { isPlainName, type Machine, type MachineKind, machinesOf } from './machines.ts'

/** The attribute of each kind of machine; a node that is not approved is not in the file. */
const ATTRIBUTES: { readonly [Kind in Exclude<MachineKind, 'unapproved'>]: string } = {
  node: 'compute',
  companion: 'companion',
  host: 'host',
  master: 'master',
}

/**
 * The lines, each with its newline. The first address is `ip`, further ones are `ip2` and so on; `alias` and `alias2` are the names that
 * lead to that address. A machine is called by the first of its names that genders can have, which has no dot: one name with a dot, and nodeattr reads
 * nothing of the file. The others are its aliases. A machine without such a name is a comment.
 */
export function* gendersLines(snapshot: Snapshot): Generator<ByteString, void, undefined> {
  for (const machine of machinesOf(snapshot)) {
    const { kind } = machine
    if (kind === 'unapproved') continue
    const name = gendersName(machine)
    if (name === undefined) yield `# left out, no name of genders: ${machine.name}\n`
    else yield `${name}\t${attributesOf(machine, name, ATTRIBUTES[kind]).join(',')}\n`
  }
}

/** A name without a dot that leads to all addresses of the machine. */
function gendersName({ name, lines: [first, ...others] }: Machine): ByteString | undefined {
  const common = first?.aliases.filter((alias) => others.every(({ aliases }) => aliases.includes(alias))) ?? []
  return [name, ...common].find((one) => isPlainName(one) && !one.includes('.'))
}

/** What the attributes with values are called: a netgroup of such a name would be one twice, which ends the reading too. */
const VALUED = /^(?:ip\d*|alias\d*|mac)$/

function attributesOf(
  { name: canonical, lines, macs, groups }: Machine,
  called: ByteString,
  first: string,
): ByteString[] {
  const attributes = new Set([first, ...groups.filter((group) => isPlainName(group) && !VALUED.test(group))])
  let count = 0
  const values = lines.flatMap(({ addresses, aliases }) =>
    addresses.flatMap((address) => {
      const at = ++count === 1 ? '' : String(count)
      const names = [canonical, ...aliases].filter((name) => isPlainName(name) && name !== called)
      return [`ip${at}=${address}`, ...(names.length === 0 ? [] : [`alias${at}=${names.join('|')}`])]
    }),
  )
  return [...attributes, ...values, ...(macs.length === 0 ? [] : [`mac=${macs.join('|')}`])]
}
