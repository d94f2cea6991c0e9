/** A DHCPDISCOVER that looks for servers, and what of a reply says which server sent it (RFC 2131, RFC 2132). */
import { type Address, addressFromBytes, type Mac } from '../../values/index.ts'

/** The ports of servers and clients. */
export const DHCP_PORTS = { server: 67, client: 68 } as const

/** Where the options begin, after the fixed fields and the magic cookie. */
const OPTIONS = 240
const COOKIE = [99, 130, 83, 99] as const
const REQUEST = 1
const REPLY = 2
const OFFER = 2
const BROADCAST = 0x8000
const ID = 4
const YIADDR = 16
const CHADDR = 28

/** A request that every server which would give this MAC an address answers, by broadcast. */
export function discoverMessage(id: number, mac: Mac): Uint8Array {
  const bytes = new Uint8Array(300)
  const view = new DataView(bytes.buffer)
  bytes.set([REQUEST, 1, 6, 0])
  view.setUint32(ID, id)
  view.setUint16(10, BROADCAST)
  bytes.set(mac, CHADDR)
  // DHCPDISCOVER; mask, router and server wanted; the end.
  bytes.set([...COOKIE, 53, 1, 1, 55, 3, 1, 3, 54, 255], OPTIONS - COOKIE.length)
  return bytes
}

/** What a server offers. */
export interface DhcpOffer {
  readonly server: Address
  /** What the machine would get. */
  readonly address: Address
}

/** The offer to such a request; undefined for anything else. */
export function offerIn(bytes: Uint8Array, id: number, mac: Mac): DhcpOffer | undefined {
  if (bytes.length < OPTIONS || bytes[0] !== REPLY) return undefined
  const isOurs = new DataView(bytes.buffer, bytes.byteOffset).getUint32(ID) === id
  if (!isOurs || !mac.every((octet, i) => bytes[CHADDR + i] === octet)) return undefined
  if (!COOKIE.every((octet, i) => bytes[OPTIONS - COOKIE.length + i] === octet)) return undefined
  const options = optionsOf(bytes)
  const server = options.get(54)
  if (options.get(53)?.[0] !== OFFER || server?.length !== 4) return undefined
  return { server: addressFromBytes(server), address: addressFromBytes(bytes.subarray(YIADDR, YIADDR + 4)) }
}

function optionsOf(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const options = new Map<number, Uint8Array>()
  let at = OPTIONS
  while (at < bytes.length && bytes[at] !== 255) {
    const code = bytes[at] ?? 0
    const length = code === 0 ? -1 : (bytes[at + 1] ?? bytes.length)
    if (length >= 0) options.set(code, bytes.subarray(at + 2, at + 2 + length))
    at += length + 2
  }
  return options
}
