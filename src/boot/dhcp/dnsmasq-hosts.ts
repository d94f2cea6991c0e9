/** The hosts of dnsmasq (`dhcp-hostsfile`, and what follows `dhcp-host=`): a line for each machine, with all MACs that get its address. */
import { type Address, addressKey, formatAddress, type Mac, macKey, paddedMac } from '../../values/index.ts'
import type { Lease } from './leases.ts'
import { hostText } from './text.ts'

/** How many MACs a line may have: dnsmasq reads a line in 1024 bytes. */
const MACS_MAX = 48

/** The hosts of dnsmasq. */
export interface DnsmasqHosts {
  readonly text: string
  /** Each MAC with what its line gives, by macKey: what has to be compared to know what changed. */
  readonly lines: ReadonlyMap<number, string>
  /** How many MACs are left out, because too many have one address. */
  readonly omitted: number
}

/**
 * The hosts of these leases. There is no tag in them: dnsmasq 2.90 aborts on SIGHUP where a line has one and its machine has a lease. An
 * IPv6 address stands on the line of the machine whose MAC it is for: dnsmasq takes a line without an IPv4 address for one of any network.
 */
export function dnsmasqHosts(leases: readonly Lease[]): DnsmasqHosts {
  const lines = new Map<number, string>()
  const text: string[] = []
  let omitted = 0
  for (const { macs, addresses, name } of hostsOf(leases)) {
    const all = [...macs.values()]
    const kept = all.slice(0, MACS_MAX)
    omitted += all.length - kept.length
    const label = hostText(name)
    const line = [...kept.map(paddedMac), ...addresses.map(addressText), ...(label === undefined ? [] : [label])].join(
      ',',
    )
    text.push(`${line}\n`)
    for (const mac of kept) lines.set(macKey(mac), (lines.get(macKey(mac)) ?? '') + line)
  }
  return { text: text.join(''), lines, omitted }
}

/** A line: its MACs by macKey. */
interface Host {
  readonly macs: Map<number, Mac>
  readonly addresses: Address[]
  readonly name: string | undefined
}

/** One for each IPv4 address, and for each IPv6 address of MACs that have none of IPv4. */
function hostsOf(leases: readonly Lease[]): readonly Host[] {
  const [byAddress, byMac] = [new Map<string, Host>(), new Map<number, Host>()]
  const hosts: Host[] = []
  for (const { mac, address, name } of leases.toSorted((a, b) => a.address.family - b.address.family)) {
    const [place, card] = [addressKey(address), macKey(mac)]
    const known = byAddress.get(place) ?? (address.family === 6 ? byMac.get(card) : undefined)
    const host: Host = known ?? { macs: new Map(), addresses: [], name }
    if (known === undefined) hosts.push(host)
    if (!byAddress.has(place)) {
      host.addresses.push(address)
      byAddress.set(place, host)
    }
    host.macs.set(card, mac)
    if (!byMac.has(card)) byMac.set(card, host)
  }
  return hosts
}

function addressText(address: Address): string {
  return address.family === 6 ? `[${formatAddress(address)}]` : formatAddress(address)
}

/** Whether all machines of before are as they were: then dnsmasq can be told of the others by SIGHUP. Of a MAC that was replaced it would keep the lease. */
export function isAddition(before: DnsmasqHosts, now: DnsmasqHosts): boolean {
  return [...before.lines].every(([mac, line]) => now.lines.get(mac) === line)
}
