/**
 * Server cookies (RFC 7873, RFC 9018): a client that sends a cookie back has received it at its address, so the address is
 * not forged.
 *
 *   client cookie 8 bytes | version 1 | reserved 3 | seconds since 1970 32 | SipHash-2-4 of all before and the address 64
 */

import { randomBytes } from 'node:crypto'
import type { Address } from '../../values/index.ts'
import { sipHash } from './siphash.ts'

const CLIENT_SIZE = 8
const SERVER_SIZE = 16
const VERSION = 1
/** How old a cookie may be, and how far ahead of our clock, in seconds (RFC 9018, 4.3). */
const OLD = 3600
const AHEAD = 300

/** Makes and proves cookies; the secret lasts as long as the process. */
export class Cookies {
  readonly #secret: Uint8Array

  constructor(secret: Uint8Array = randomBytes(16)) {
    this.#secret = secret
  }

  /** The option for a reply to a client's option; undefined if that is not well-formed. `now` is seconds since 1970. */
  reply(option: Uint8Array, peer: Address, now: number): Buffer | undefined {
    if (!isWellFormed(option)) return undefined
    const cookie = Buffer.alloc(CLIENT_SIZE + SERVER_SIZE)
    cookie.set(option.subarray(0, CLIENT_SIZE))
    cookie[CLIENT_SIZE] = VERSION
    cookie.writeUInt32BE(Math.floor(now) >>> 0, CLIENT_SIZE + 4)
    cookie.set(this.#hash(cookie, peer), CLIENT_SIZE + 8)
    return cookie
  }

  /** Whether a client's option holds a cookie of ours for its address that is not too old. */
  proves(option: Uint8Array, peer: Address, now: number): boolean {
    if (option.length !== CLIENT_SIZE + SERVER_SIZE || option[CLIENT_SIZE] !== VERSION) return false
    const cookie = Buffer.from(option)
    const age = (Math.floor(now) - cookie.readUInt32BE(CLIENT_SIZE + 4)) | 0
    return age <= OLD && age >= -AHEAD && this.#hash(cookie, peer).equals(cookie.subarray(CLIENT_SIZE + 8))
  }

  #hash(cookie: Buffer, { bytes }: Address): Buffer {
    return sipHash(this.#secret, Buffer.concat([cookie.subarray(0, CLIENT_SIZE + 8), bytes]))
  }
}

/** Whether an option has a client's cookie, and no server's or one of a size that is allowed (RFC 7873, 5.2.2). */
export function isWellFormed(option: Uint8Array): boolean {
  return option.length === CLIENT_SIZE || (option.length >= 16 && option.length <= 40)
}
