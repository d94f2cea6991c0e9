/** An Ethernet address: six bytes. */
export type Mac = Uint8Array

const OCTETS = /^[0-9a-f]{1,2}(?:[:.-][0-9a-f]{1,2}){5}$/i

/** Reads six hex octets of one or two digits, each separated by `:`, `-` or `.`; undefined for anything else. */
export function parseMac(text: string): Mac | undefined {
  if (text.length > 17 || !OCTETS.test(text)) return undefined
  return Uint8Array.from(text.split(/[:.-]/), (octet) => Number.parseInt(octet, 16))
}

/** The address in text as ether_ntoa(3) prints it: lower case, no leading zeros, `0:a0:d1:e9:87:ca`. */
export function formatMac(mac: Mac): string {
  return Array.from(mac, (octet) => octet.toString(16)).join(':')
}

/** A string that is equal exactly for equal MACs, for use as a Map key. */
export function macKey(mac: Mac): string {
  return formatMac(mac)
}
