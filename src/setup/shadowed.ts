/** Entries of a machine's own files that hide entries of the cluster: files come first in nsswitch.conf. */
import { displayed, type Snapshot } from '../resolver/index.ts'
import { foldCase, formatAddress, parseAddress } from '../values/index.ts'
import type { Machine } from './machine.ts'

/** How many entries of a kind are named. */
const NAMED_MAX = 5

/** A name with its id. */
interface Account {
  readonly name: string
  readonly id: number
}

/** Which local users, groups and hosts hide some of the snapshot, in one sentence for each kind; none if nothing is hidden. */
export function shadowedEntries(machine: Machine, snapshot: Snapshot): readonly string[] {
  const users = [...snapshot.entries('passwd')].map(({ name, uid }) => ({ name, id: uid }))
  const groups = [...snapshot.entries('group')].map(({ name, gid }) => ({ name, id: gid }))
  return [
    ...sentence('user', '/etc/passwd', clashes(localAccounts(machine, '/etc/passwd'), users)),
    ...sentence('group', '/etc/group', clashes(localAccounts(machine, '/etc/group'), groups)),
    ...sentence('host name', '/etc/hosts', hiddenHosts(machine, snapshot)),
  ]
}

/** Names of hosts(5) that the cluster has with other addresses, as the 127.0.1.1 that Debian's installer gives to a machine's own name. */
function hiddenHosts(machine: Machine, snapshot: Snapshot): readonly string[] {
  const cluster = new Map<string, readonly string[]>()
  for (const { names, addresses } of snapshot.entries('hosts'))
    for (const name of names) cluster.set(foldCase(name), addresses.map(formatAddress))
  const lines = (machine.read('/etc/hosts')?.toString('latin1') ?? '').split('\n')
  return lines.flatMap((line) => {
    const [text = '', ...names] = line.replace(/#.*/s, '').split(/[ \t\r]+/)
    const address = parseAddress(text)
    if (address === undefined) return []
    return names.flatMap((name) => {
      const addresses = cluster.get(foldCase(name))
      if (addresses === undefined || addresses.includes(formatAddress(address))) return []
      return [`${name} (${formatAddress(address)} here, ${addresses.join(' and ')} in the cluster)`]
    })
  })
}

/** The accounts of passwd(5) or group(5): name and id are their first and third field. Lines without an id are left out. */
function localAccounts(machine: Machine, path: string): readonly Account[] {
  const lines = (machine.read(path)?.toString('latin1') ?? '').split('\n')
  return lines.flatMap((line) => {
    const [name = '', , id = ''] = line.split(':')
    return name !== '' && /^\d+$/.test(id) ? [{ name, id: Number(id) }] : []
  })
}

/** Each clash in words: one name with two ids, one id with two names, or the same in both. */
function clashes(local: readonly Account[], cluster: readonly Account[]): readonly string[] {
  const byName = new Map(local.map(({ name, id }) => [name, id]))
  const byId = new Map(local.map(({ name, id }) => [id, name]))
  return cluster.flatMap(({ name, id }) => {
    const here = byName.get(name)
    if (here !== undefined)
      return [here === id ? `${name} (the same id)` : `${name} (${here} here, ${id} in the cluster)`]
    const other = byId.get(id)
    return other === undefined ? [] : [`${id} (${other} here, ${name} in the cluster)`]
  })
}

function sentence(kind: string, file: string, found: readonly string[]): string[] {
  if (found.length === 0) return []
  const more = found.length > NAMED_MAX ? `, and ${found.length - NAMED_MAX} more` : ''
  const [number, names] = [found.length, found.slice(0, NAMED_MAX).map(displayed).join(', ')]
  return [`${file} hides ${number} ${kind}${number === 1 ? '' : 's'} of the cluster: ${names}${more}`]
}
