/** The cluster's signing key (Ed25519, RFC 8032): only what it signed is taken by a proxy. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { signedMessage } from './digest.ts'
import type { Snapshot } from './snapshot.ts'

/** A new key pair as PEM text: the private key as PKCS #8, the public one as SPKI. */
export function newSigningKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

/** A private Ed25519 key from PEM text. Throws where it is none. */
export function privateKeyOf(pem: string): KeyObject {
  return ed25519(createPrivateKey(pem))
}

/** A public Ed25519 key from PEM text, of the public key or of its private one. Throws where it is none. */
export function publicKeyOf(pem: string): KeyObject {
  return ed25519(createPublicKey(pem))
}

/** The public key of a private one, as PEM text. */
export function publicPem(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
}

function ed25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError(`an Ed25519 key is needed, not ${key.asymmetricKeyType}`)
  return key
}

/** What `stamp` signs with. */
export function signerOf(privateKey: KeyObject): (message: Uint8Array) => Uint8Array {
  return (message) => sign(null, message, privateKey)
}

/**
 * Whether a snapshot is whole and its generation is signed by this key. Reads all of its bytes: the digest that the signature
 * covers proves nothing until it is made anew.
 */
export function isProved(snapshot: Snapshot, publicKey: KeyObject): boolean {
  return snapshot.verifyDigest() && isSigned(snapshot, publicKey)
}

/** Whether generation and digest are signed by this key: a proof only where the digest was made anew, as `isProved` does. */
export function isSigned(snapshot: Snapshot, publicKey: KeyObject): boolean {
  return verify(null, signedMessage(snapshot.bytes), publicKey, snapshot.signature)
}
