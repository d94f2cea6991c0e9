/** The machines of a cluster as options for a dnsmasq that the site runs by itself: host-record for names, dhcp-host for MACs. */
import type { Cluster } from '../../config/index.ts'
import { type ByteString, isPlainName, type Machine, machinesOf, type Snapshot } from '../../resolver/index.ts'
import { dnsmasqHosts } from './dnsmasq-hosts.ts'
import { leasesOf } from './leases.ts'

/**
 * The lines, each with its newline: the names of the snapshot, then the MACs of its cluster, with what `serve --boot` tells its own dnsmasq
 * of them. A machine of a name that DNS cannot have is a comment.
 */
export function* dnsmasqOptions(snapshot: Snapshot, cluster: Cluster): Generator<ByteString, void, undefined> {
  for (const machine of machinesOf(snapshot)) {
    if (isPlainName(machine.name)) yield* recordLines(machine)
    else yield `# left out, no name of DNS: ${machine.name}\n`
  }
  const { text, omitted } = dnsmasqHosts([...leasesOf(cluster), ...leasesOf(cluster, 6)])
  for (const line of text.split('\n').filter((each) => each !== '')) yield `dhcp-host=${line}\n`
  if (omitted > 0) yield `# left out, more MACs of one address than dnsmasq can have: ${omitted}\n`
}

function* recordLines({ name, lines }: Machine): Generator<ByteString, void, undefined> {
  for (const { addresses, aliases } of lines) {
    const names = [name, ...aliases.filter(isPlainName)].join(',')
    for (const address of addresses) yield `host-record=${names},${address}\n`
  }
}
