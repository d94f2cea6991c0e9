/** The nodes of a snapshot as lines of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): what their keys are known by, and the keys. */
import { foldCase, formatAddress } from '../../values/index.ts'
import { HostKeys, type KeptHostKey } from '../certificates/host-keys.ts'
import { hosts } from '../databases/hosts.ts'
import { HOST_KINDS } from '../format.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { answer } from './answers.ts'
import { isPlainName } from './machines.ts'

/** The host keys of a node. */
export interface NodeHostKeys {
  readonly node: number
  readonly keys: readonly KeptHostKey[]
}

/** A node whose keys are known. */
interface KnownHost {
  readonly node: number
  /** All that a user may type: names, names with the domain, addresses; in small letters, as ssh compares them. */
  readonly names: readonly string[]
  /** In the order of their types. */
  readonly keys: readonly { readonly type: string; readonly base64: string }[]
}

/** The nodes that have keys that count, in the order of their numbers. A node that the snapshot does not have is left out. */
export function knownHosts(snapshot: Snapshot, domain: string, all: Iterable<NodeHostKeys>): KnownHost[] {
  const keys = new Map([...all].map((one) => [one.node, new HostKeys(one.keys).believed]))
  const nodes = new Map<number, { names: Set<string>; addresses: Set<string> }>()
  for (const { kind, number, names, addresses } of snapshot.entries('hosts')) {
    if (kind !== HOST_KINDS.NODE || (keys.get(number)?.length ?? 0) === 0) continue
    const node = nodes.get(number) ?? { names: new Set(), addresses: new Set() }
    nodes.set(number, node)
    const plain = [...names.filter(isPlainName), ...usualName(snapshot, number)]
    for (const name of plain) for (const one of withDomain(name, domain)) node.names.add(one)
    for (const address of addresses) node.addresses.add(formatAddress(address))
  }
  return [...nodes]
    .sort(([a], [b]) => a - b)
    .map(([node, { names, addresses }]) => ({ node, names: [...names, ...addresses], keys: keys.get(node) ?? [] }))
}

/** `n15`, which is no record of its own: the spelling that each node has, unless the name is that of another machine. */
function usualName(snapshot: Snapshot, number: number): ByteString[] {
  const name = `n${number}`
  const record = answer(snapshot, 'hosts', { name })
  const host = record === undefined ? undefined : hosts.decode(record)
  return host?.kind === HOST_KINDS.NODE && host.number === number ? [name] : []
}

/** A name with a dot of its own is absolute. */
function withDomain(name: ByteString, domain: string): string[] {
  const small = foldCase(name)
  return small.includes('.') || domain === '' ? [small] : [small, `${small}.${domain}`]
}

/** The lines of a node, a line for each key, with its newline. */
export function knownHostLines({ names, keys }: KnownHost): string[] {
  return keys.map(({ type, base64 }) => `${names.join(',')} ${type} ${base64}\n`)
}
