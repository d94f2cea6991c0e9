/** The making of a trust list: its bytes, with the signatures of roots, and the number that comes after another one. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { hex } from '../../values/index.ts'
import { keyMark, publicDer } from '../snapshot/signing.ts'
import { FIRST_LINE } from './lines.ts'
import { messageOf, parseTrustList, type TrustContent, type TrustList } from './list.ts'

/**
 * The bytes of a list that says this, signed by these private root keys. Throws TrustListError (`format`) for what cannot stand in a
 * list, as too many keys or a name with a blank.
 */
export function signedTrustList(content: TrustContent, roots: readonly KeyObject[]): TrustList {
  const lines = [
    FIRST_LINE,
    `number ${content.number}`,
    ...content.roots.map((key) => `root ${base64(publicDer(key))}`),
    ...content.signers.map(({ key, name }) => `signing ${base64(publicDer(key))} ${name}`),
    ...content.authorities.map(({ certificate, name }) => `authority ${base64(certificate)} ${name}`),
    ...content.revoked.map(({ mark, name }) => `revoked ${mark} ${name}`),
  ]
  const text = lines.map((line) => `${line}\n`).join('')
  const message = messageOf(Buffer.from(text, 'latin1'))
  const signatures = roots.map(
    (root) => `signature ${hex(keyMark(createPublicKey(root)))} ${base64(sign(null, message, root))}\n`,
  )
  return parseTrustList(Buffer.from(`${text}${signatures.join('')}`, 'latin1'))
}

/** The number of the list that replaces another one, at a time in seconds since 1970. */
export function nextTrustNumber(held: Pick<TrustContent, 'number'> | undefined, now: number): number {
  return Math.max((held?.number ?? 0) + 1, Math.floor(now))
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
