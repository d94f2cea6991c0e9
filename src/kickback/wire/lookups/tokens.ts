/** What the usual look-up and its replies are made of in msgpack: tokens, and the names of fields as they stand in a message. */

/** Maps and strings below 16 and 32 values and bytes; strings and bytes whose length has 8, 16 or 32 bits. */
export const [MAP, TEXT, TEXT_8, BYTES_8, BYTES_16, BYTES_32] = [0x80, 0xa0, 0xd9, 0xc4, 0xc5, 0xc6] as const
/** Numbers of 8, 16 and 32 bits. */
export const [UINT_8, UINT_16, UINT_32] = [0xcc, 0xcd, 0xce] as const
/** Numbers below this one, and bytes of ASCII, are one byte and stand for themselves. */
export const ONE_BYTE = 0x80
/** The longest string whose length is in its token. */
export const TEXT_MAX = 0x1f

/** A name of ASCII, no longer than TEXT_MAX, as it is in a message. */
export function named(name: string): Buffer {
  return Buffer.concat([Buffer.of(TEXT + name.length), Buffer.from(name)])
}
