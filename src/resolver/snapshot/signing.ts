/** The cluster's signing key (Ed25519, RFC 8032): only what it signed is taken by a proxy. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { type Header, signedMessage } from './header.ts'

/** A new key pair as PEM text: the private key as PKCS #8, the public one as SPKI. */
export function newSigningKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

/** A private Ed25519 key from PEM text. Throws if it is none. */
export function privateKeyOf(pem: string): KeyObject {
  return ed25519(createPrivateKey(pem))
}

/** A public Ed25519 key from PEM text, of the public key or of its private one. Throws if it is none. */
export function publicKeyOf(pem: string): KeyObject {
  return ed25519(createPublicKey(pem))
}

/** The public key of a private one, as PEM text. */
export function publicPem(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
}

/** A public key as messages carry it: its SPKI in DER (RFC 8410). */
export function publicDer(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** A public Ed25519 key from its SPKI in DER. Throws if it is none. */
export function publicKeyOfDer(der: Uint8Array): KeyObject {
  return ed25519(createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' }))
}

/** The marks that were made: to write a key out takes longer than to sign with it, and a master is asked for them at each proof of life. */
const marks = new WeakMap<KeyObject, Buffer>()

/** What tells a public key from others: the first 16 bytes of the SHA-256 of its SPKI in DER (RFC 8410). Not to be changed: all get the same one. */
export function keyMark(publicKey: KeyObject): Buffer {
  const known = marks.get(publicKey)
  if (known !== undefined) return known
  const mark = createHash('sha256').update(publicDer(publicKey)).digest().subarray(0, 16)
  marks.set(publicKey, mark)
  return mark
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
 * Whether a header is signed by this key: then all that it says is the cluster's own word, except for the state word. Of the bytes
 * that follow it proves nothing: that is done by `SectionsProof`, as they come, or by `proveSections`.
 */
export function proveHeader(header: Header, publicKey: KeyObject): boolean {
  return isHeaderSigned(header, (message, signature) => verify(null, message, publicKey, signature))
}

/** The same where more than one key may have signed it: `isSigned` says whether a signature is one of theirs. */
export function isHeaderSigned({ bytes, signature }: Header, isSigned: SignatureCheck): boolean {
  return isSigned(signedMessage(bytes), signature)
}

/** Whether this is the signature of a key that is believed over this message. */
type SignatureCheck = (message: Uint8Array, signature: Uint8Array) => boolean
