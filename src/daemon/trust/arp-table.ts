/** The MAC addresses of neighbours, as the kernel knows them (proc(5), /proc/net/arp): of IPv4, on links of this machine. */
import { readFileSync } from 'node:fs'
import { addressFromBytes, formatAddress, parseMac } from '../../values/index.ts'

const FILE = '/proc/self/net/arp'
/** The flag of an entry that a neighbour answered for (ATF_COM, linux/if_arp.h). */
const COMPLETE = 0x2
/** Those of an entry that is permanent, and of one that is published (ATF_PERM, ATF_PUBL). */
const GIVEN = 0x4 | 0x8

/** The MAC address of the neighbour with this address (4 or 16 bytes); undefined where the kernel knows none. */
export function macOfNeighbour(address: Uint8Array): Uint8Array | undefined {
  return macIn(neighbourTable(), address)
}

/** The table as text. Throws the system's error. */
export function neighbourTable(): string {
  return readFileSync(FILE, 'latin1')
}

/** Of the neighbours in such a table, by address, whether they answered. Those are left out that somebody wrote there, or that this machine answers for. */
export function neighboursIn(table: string): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>()
  for (const line of table.split('\n').slice(1)) {
    const [ip = '', , text = ''] = line.split(/ +/)
    const flags = Number(text)
    // One address may be asked for on several interfaces.
    if (ip !== '' && (flags & GIVEN) === 0) found.set(ip, found.get(ip) === true || (flags & COMPLETE) !== 0)
  }
  return found
}

/** The same in the text of such a table. */
export function macIn(table: string, address: Uint8Array): Uint8Array | undefined {
  const wanted = formatAddress(addressFromBytes(address))
  for (const line of table.split('\n').slice(1)) {
    const [ip, , flags = '', mac = ''] = line.split(/ +/)
    if (ip === wanted && (Number(flags) & COMPLETE) !== 0) return parseMac(mac)
  }
  return undefined
}
