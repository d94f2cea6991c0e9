/** The machines of a snapshot as an inventory of Ansible, in its INI form: a group for each kind of machine and for each netgroup. */
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { isPlainName, type Machine, type MachineKind, machinesOf } from './machines.ts'

/** The group of each kind of machine; a node that is not approved is not in the inventory. */
const GROUPS: { readonly [Kind in Exclude<MachineKind, 'unapproved'>]: string } = {
  node: 'nodes',
  companion: 'companions',
  host: 'devices',
  master: 'masters',
}

/** Groups that Ansible has by itself. */
const RESERVED = new Set(['all', 'ungrouped'])

/** The lines, each with its newline. */
export function* ansibleLines(snapshot: Snapshot): Generator<ByteString, void, undefined> {
  const machines = machinesOf(snapshot).filter(({ name }) => isPlainName(name))
  const groups = new Map<ByteString, ByteString[]>()
  for (const [kind, group] of Object.entries(GROUPS)) {
    const some = machines.filter((machine) => machine.kind === kind)
    if (some.length > 0) groups.set(group, some.map(hostLine))
  }
  const isKind = new Set(groups.keys())
  for (const { name, groups: names } of machines) {
    for (const group of new Set(names.map(groupName))) {
      const key = isKind.has(group) || RESERVED.has(group) ? `${group}_` : group
      const members = groups.get(key)
      if (members === undefined) groups.set(key, [name])
      else members.push(name)
    }
  }
  let isFirst = true
  for (const [group, members] of groups) {
    yield `${isFirst ? '' : '\n'}[${group}]\n`
    isFirst = false
    for (const member of members) yield `${member}\n`
  }
}

function hostLine({ name, lines }: Machine): ByteString {
  const addresses = lines.flatMap((line) => line.addresses)
  const address = addresses.find((one) => !one.includes(':')) ?? addresses[0]
  return address === undefined ? name : `${name} ansible_host=${address}`
}

/** The name of a group as Ansible wants it: letters, digits and `_`, no digit first. */
function groupName(name: ByteString): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')
}
