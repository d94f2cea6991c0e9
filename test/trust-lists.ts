/** Trust lists for tests, written by hand from the words of docs/trust.md. */
import { keyMark, publicDer } from '../src/resolver/index.ts'
import type { ClusterKey } from './keys.ts'

/** What such a list says. */
export interface ListParts {
  readonly number?: number | string
  readonly roots: readonly ClusterKey[]
  readonly signers?: readonly (readonly [key: ClusterKey, name: string])[]
  readonly authorities?: readonly (readonly [certificate: Uint8Array, name: string])[]
  readonly revoked?: readonly (readonly [key: ClusterKey, name: string])[]
  /** Who signs it; the roots unless set. */
  readonly by?: readonly ClusterKey[]
}

/** The lines before the signatures. */
export function listLines({ number = 1, roots, signers = [], authorities = [], revoked = [] }: ListParts): string[] {
  return [
    'kickback trust 1',
    `number ${number}`,
    ...roots.map((root) => `root ${base64(publicDer(root.key))}`),
    ...signers.map(([signer, name]) => `signing ${base64(publicDer(signer.key))} ${name}`),
    ...authorities.map(([certificate, name]) => `authority ${base64(certificate)} ${name}`),
    ...revoked.map(([key, name]) => `revoked ${keyMark(key.key).toString('hex')} ${name}`),
  ]
}

/** Lines with the signatures of these over them. */
export function signedLines(lines: readonly string[], by: readonly ClusterKey[]): Buffer {
  const text = lines.map((line) => `${line}\n`).join('')
  const message = Buffer.from(`kickback trust list 1\0${text}`, 'latin1')
  const signatures = by.map(({ key, sign }) => `signature ${keyMark(key).toString('hex')} ${base64(sign(message))}\n`)
  return Buffer.from(`${text}${signatures.join('')}`, 'latin1')
}

/** A list that is signed. */
export function trustList(parts: ListParts): Buffer {
  return signedLines(listLines(parts), parts.by ?? parts.roots)
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
