/** The machines of a snapshot as a genders file: what each is, its netgroups, and its addresses, MACs and aliases as values. */
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { isPlainName, type Machine, type MachineKind, machinesOf } from './machines.ts'

/** The attribute of each kind of machine. */
const ATTRIBUTES: { readonly [Kind in MachineKind]: string } = {
  node: 'compute',
  companion: 'companion',
  host: 'host',
  master: 'master',
}

/**
 * The lines, each with its newline. The first address is `ip`, further ones are `ip2` and so on; `alias` and `alias2` are the names that
 * lead to that address. Names that genders cannot have are comments.
 */
export function* gendersLines(snapshot: Snapshot): Generator<ByteString, void, undefined> {
  for (const machine of machinesOf(snapshot)) {
    if (isPlainName(machine.name)) yield `${machine.name}\t${attributesOf(machine).join(',')}\n`
    else yield `# left out, no name of genders: ${machine.name}\n`
  }
}

function attributesOf({ kind, lines, macs, groups }: Machine): ByteString[] {
  const attributes = new Set([ATTRIBUTES[kind], ...groups.filter(isPlainName)])
  let count = 0
  const values = lines.flatMap(({ addresses, aliases }) =>
    addresses.flatMap((address) => {
      const at = ++count === 1 ? '' : String(count)
      const names = aliases.filter(isPlainName)
      return [`ip${at}=${address}`, ...(names.length === 0 ? [] : [`alias${at}=${names.join('|')}`])]
    }),
  )
  return [...attributes, ...values, ...(macs.length === 0 ? [] : [`mac=${macs.join('|')}`])]
}
