/**
 * The header of a message (RFC 1035, 4.1.1):
 *
 *   id 16 | QR 1 opcode 4 AA 1 TC 1 RD 1 | RA 1 Z 1 AD 1 CD 1 rcode 4 | QDCOUNT 16 | ANCOUNT 16 | NSCOUNT 16 | ARCOUNT 16
 */

/** How many bytes a header has. */
export const HEADER_SIZE = 12
/** Bits of the third byte. */
export const QR = 0x80
export const OPCODE_BITS = 0x78
export const AA = 0x04
export const TC = 0x02
export const RD = 0x01
/** Bits of the fourth byte. */
export const RA = 0x80
export const AD = 0x20
export const CD = 0x10
export const RCODE_BITS = 0x0f
/** Where the four counts stand. */
export const QDCOUNT = 4
export const ANCOUNT = 6
export const NSCOUNT = 8
export const ARCOUNT = 10

/** A byte; 0 if the message has ended. */
export function byteAt(message: Uint8Array, at: number): number {
  return message[at] ?? 0
}

/** Two bytes as a number. */
export function u16At(message: Uint8Array, at: number): number {
  return (byteAt(message, at) << 8) | byteAt(message, at + 1)
}

/** Writes a number as two bytes. */
export function putU16(message: Uint8Array, at: number, value: number): void {
  message[at] = value >>> 8
  message[at + 1] = value
}
