/** The machines of a snapshot as options of dnsmasq(8): host-record for names, dhcp-host for MACs. */
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { isPlainName, type Machine, machinesOf } from './machines.ts'

/** The lines, each with its newline. A machine of a name that DNS cannot have is a comment. */
export function* dnsmasqLines(snapshot: Snapshot): Generator<ByteString, void, undefined> {
  for (const machine of machinesOf(snapshot)) {
    if (isPlainName(machine.name)) yield* machineLines(machine)
    else yield `# left out, no name of DNS: ${machine.name}\n`
  }
}

function* machineLines({ name, lines, macs }: Machine): Generator<ByteString, void, undefined> {
  for (const { addresses, aliases } of lines) {
    const names = [name, ...aliases.filter(isPlainName)].join(',')
    for (const address of addresses) yield `host-record=${names},${address}\n`
  }
  const addresses = lines.flatMap((line) => line.addresses)
  // Of several addresses dnsmasq finds those of the name itself.
  const fixed = addresses.length === 1 ? addresses.map((one) => (one.includes(':') ? `[${one}]` : one)) : []
  if (macs.length > 0) yield `dhcp-host=${[...macs.map(padded), ...fixed, name].join(',')}\n`
}

/** `0:a0:d1:e9:87:ca` -> `00:a0:d1:e9:87:ca`: dnsmasq wants two digits. */
function padded(mac: string): string {
  return mac
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join(':')
}
