/** Several servers that answer at one address, each with its share of the requests by UDP, as processes beside each other. */

/** The part of one server. */
export interface Share {
  /** How many servers there are. Each has this part of what strangers and askers without proof get: see RateLimit. */
  readonly of: number
  /** The first has TCP, the transfers, and asks other servers: the others hand it what they can't answer themselves. */
  readonly isFirst: boolean
  /** What all of them know and nobody else: 16 bytes for cookies, and 16 that prove requests which are handed over. */
  readonly secret: Uint8Array
}

/** How many bytes the secret of the servers has. */
export const SHARE_SECRET_SIZE = 32

const COOKIE_SIZE = 16

/** What cookies are made with, so that each server knows those of all. */
export function cookieSecretOf(share: Share): Uint8Array {
  return share.secret.subarray(0, COOKIE_SIZE)
}

/** What requests that are handed over are proved with. */
export function handoverSecretOf(share: Share): Uint8Array {
  return share.secret.subarray(COOKIE_SIZE)
}
