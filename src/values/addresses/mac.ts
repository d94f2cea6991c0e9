/** Ethernet addresses: read, printed and compared. */
import { shortBytes } from './short-bytes.ts'

/** An Ethernet address: six bytes. */
export type Mac = Uint8Array

const LENGTH = 6
/** Six octets of two digits and the separators between them. */
const LONGEST_TEXT = 17

/** Reads six hex octets of one or two digits, each separated by `:`, `-` or `.`; undefined for anything else. */
export function parseMac(text: string): Mac | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  const mac = shortBytes(LENGTH)
  let at = 0
  for (let octet = 0; octet < LENGTH; octet++) {
    if (octet > 0 && !isSeparator(text.charCodeAt(at++))) return undefined
    const high = hexDigit(text.charCodeAt(at++))
    if (high < 0) return undefined
    const low = hexDigit(text.charCodeAt(at))
    if (low >= 0) at++
    mac[octet] = low < 0 ? high : high * 16 + low
  }
  return at === text.length ? mac : undefined
}

function isSeparator(code: number): boolean {
  return code === 58 || code === 45 || code === 46
}

/** The value of a hex digit's character code; -1 for any other, and for NaN beyond the end. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** Whether a machine can have the address: it is neither that of a group, as the broadcast address is, nor zero (IEEE 802, 8.2). */
export function isOfMachine(mac: Mac): boolean {
  return ((mac[0] ?? 1) & 1) === 0 && macKey(mac) !== 0
}

/** The address in text as ether_ntoa(3) prints it: lower case, no leading zeros, `0:a0:d1:e9:87:ca`. */
export function formatMac(mac: Mac): string {
  return Array.from(mac, (octet) => octet.toString(16)).join(':')
}

/** The address with two digits for each octet, as people write it and files of DHCP servers have it: `00:a0:d1:e9:87:ca`. */
export function paddedMac(mac: Mac): string {
  return Array.from(mac, (octet) => octet.toString(16).padStart(2, '0')).join(':')
}

/** A whole number that is equal exactly for equal MACs, for use as a Map key: six bytes fit a safe integer. */
export function macKey(mac: Mac): number {
  let key = 0
  for (const octet of mac) key = key * 256 + octet
  return key
}
