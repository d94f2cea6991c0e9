/** The MAC addresses of neighbours, as the kernel knows them (proc(5), /proc/net/arp): of IPv4, on links of this machine. */
import { readFileSync } from 'node:fs'
import { addressFromBytes, formatAddress, parseMac } from '../../values/index.ts'

const FILE = '/proc/self/net/arp'
/** The flag of an entry that a neighbour answered for (ATF_COM, linux/if_arp.h). */
const COMPLETE = 0x2

/** The MAC address of the neighbour with this address (4 or 16 bytes); undefined where the kernel knows none. */
export function macOfNeighbour(address: Uint8Array): Uint8Array | undefined {
  return macIn(readFileSync(FILE, 'latin1'), address)
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
