/** The hosts file of dnsmasq (`dhcp-hostsfile`): a line for each address, with all MACs that get it. */
import { addressKey, formatAddress, macKey } from '../../values/index.ts'
import type { Lease } from './leases.ts'
import { hostText, macText } from './text.ts'

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

/** The file. There is no tag in it: dnsmasq 2.90 aborts on SIGHUP where a line has one and its machine has a lease. */
export function dnsmasqHosts(leases: readonly Lease[]): DnsmasqHosts {
  const lines = new Map<number, string>()
  const text: string[] = []
  let omitted = 0
  for (const group of Map.groupBy(leases, ({ address }) => addressKey(address)).values()) {
    const macs = [...new Map(group.map(({ mac }) => [macKey(mac), mac])).values()]
    const [first] = group
    if (first === undefined) continue
    const kept = macs.slice(0, MACS_MAX)
    omitted += macs.length - kept.length
    const name = hostText(first.name)
    const line = [...kept.map(macText), formatAddress(first.address), ...(name === undefined ? [] : [name])].join(',')
    text.push(`${line}\n`)
    for (const mac of kept) lines.set(macKey(mac), (lines.get(macKey(mac)) ?? '') + line)
  }
  return { text: text.join(''), lines, omitted }
}

/** Whether all machines of before are as they were: then dnsmasq can be told of the others by SIGHUP. Of a MAC that was replaced it would keep the lease. */
export function isAddition(before: DnsmasqHosts, now: DnsmasqHosts): boolean {
  return [...before.lines].every(([mac, line]) => now.lines.get(mac) === line)
}
