/** The objects of generations over HTTP: their paths, and the text that says which one is current (docs/protocol.md, "Objects"). */
import { hex } from '../../values/index.ts'
import { NONCE_BYTES } from './protocol.ts'

/** The longest that a head is waited for, in seconds. */
const HEAD_WAIT_MAX = 60
/** The TCP port by convention. */
export const OBJECTS_PORT = 3047
/** The longest target of a request, in characters: that of a head with the header that the asker holds, and an authority before it. */
const TARGET_MAX = 1024

/** What is asked for. Digests are 64 small hex digits: no other text of a request comes further than this file. */
export type ObjectRequest =
  | {
      readonly kind: 'head'
      /** NONCE_BYTES that no one could know before. */
      readonly nonce: Uint8Array
      /** The digest that the asker has; it is answered once there is another one, or after `wait` seconds. */
      readonly after: string | undefined
      readonly wait: number
      /** The header of the snapshot that the asker holds, as ALIVE has it; undefined if it does not say. */
      readonly held: Uint8Array | undefined
    }
  | {
      readonly kind: 'trust'
      /** The mark of a root that the asker believes, in hex: it wants the lists that lead from there before the list. */
      readonly root: string | undefined
    }
  | { readonly kind: 'object'; readonly digest: string }
  | { readonly kind: 'delta'; readonly from: string; readonly to: string }

/** What a head says. */
interface Head {
  /** The digest of the current public snapshot, 32 bytes, and its length in bytes. */
  readonly digest: Uint8Array
  readonly size: number
  /** Its header, with the state word 0. */
  readonly header: Uint8Array
  /** The number of the master's trust list; undefined if it has none. */
  readonly trust: number | undefined
  /** The mark of the key that signs; undefined if nothing is signed. */
  readonly signer: Uint8Array | undefined
  /** The byte of flags in the message of ALIVE. */
  readonly flags: number
  /** Where bodies are to be had first; undefined if at the master alone. */
  readonly url: string | undefined
  /** Of the message of ALIVE. */
  readonly signature: Uint8Array
}

/** The path of the body of a snapshot: its bytes from the end of the header on. */
export function objectPath(digest: Uint8Array): string {
  return `/1/object/${hex(digest)}`
}

/** The path of what makes one content of another. */
export function deltaPath(from: Uint8Array, to: Uint8Array): string {
  return `/1/delta/${hex(from)}-${hex(to)}`
}

/** The text of a head. */
export function headText({ digest, size, header, trust, signer, flags, url, signature }: Head): string {
  const lines = [
    'kickback head 1',
    `digest ${hex(digest)}`,
    `size ${size}`,
    `header ${base64(header)}`,
    ...(trust === undefined ? [] : [`trust ${trust}`]),
    ...(signer === undefined ? [] : [`signer ${hex(signer)}`]),
    `flags ${flags}`,
    ...(url === undefined ? [] : [`objects ${url}`]),
    `signature ${base64(signature)}`,
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** What the target of a request asks for (RFC 9112, 3.2: with or without an authority); undefined where there is no such thing. */
export function objectRequestOf(target: string): ObjectRequest | undefined {
  if (target.length > TARGET_MAX) return undefined
  const path = target.replace(/^https?:\/\/[^/?]*/i, '')
  const [, object] = /^\/1\/object\/([0-9a-f]{64})$/.exec(path) ?? []
  if (object !== undefined) return { kind: 'object', digest: object }
  const [, from, to] = /^\/1\/delta\/([0-9a-f]{64})-([0-9a-f]{64})$/.exec(path) ?? []
  if (from !== undefined && to !== undefined) return { kind: 'delta', from, to }
  const [trust, root] = /^\/1\/trust(?:\/([0-9a-f]{32}))?$/.exec(path) ?? []
  if (trust !== undefined) return { kind: 'trust', root }
  const [, query] = /^\/1\/head\?(.*)$/.exec(path) ?? []
  return query === undefined ? undefined : headRequest(query)
}

function headRequest(query: string): ObjectRequest | undefined {
  const fields = new URLSearchParams(query)
  const names = ['nonce', 'after', 'wait', 'held']
  const [nonce = '', after, wait = '0', held] = names.map((name) => fields.get(name) ?? undefined)
  if (nonce.length !== 2 * NONCE_BYTES || !isHex(nonce) || !/^\d{1,6}$/.test(wait)) return undefined
  if (after !== undefined && !(after.length === 64 && isHex(after))) return undefined
  if (held !== undefined && !(held.length > 0 && held.length % 2 === 0 && isHex(held))) return undefined
  return {
    kind: 'head',
    nonce: Buffer.from(nonce, 'hex'),
    after,
    wait: Math.min(Number(wait), HEAD_WAIT_MAX),
    held: held === undefined ? undefined : Buffer.from(held, 'hex'),
  }
}

function isHex(text: string): boolean {
  return /^[0-9a-f]*$/.test(text)
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
