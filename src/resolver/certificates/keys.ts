/** The keys of certificates: ECDSA on the curve P-256 (RFC 5480). Nodes, authorities and masters each have one of their own. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type webcrypto,
} from 'node:crypto'

const CURVE = 'prime256v1'

/** A new private key as PEM text (PKCS #8). */
export function newCertificateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** The private key of such a text. Throws if it is none of P-256. */
export function certificateKeyOf(pem: string): KeyObject {
  const key = createPrivateKey(pem)
  if (!isP256(key)) throw new TypeError(`a key of P-256 is needed, not ${key.asymmetricKeyType}`)
  return key
}

/** Whether a key is of P-256. */
export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVE
}

/** What tells a public key, or that of a private one, from others: 32 small hexadecimal digits, which people compare. */
export function certificateKeyMark(key: KeyObject): string {
  const open = key.type === 'private' ? createPublicKey(key) : key
  return createHash('sha256')
    .update(open.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 32)
}

/** How WebCrypto calls such keys. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' }

/** Both halves of a private key for WebCrypto. */
export function keyPairOf(privateKey: KeyObject): {
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
} {
  const open = verifyingKey(createPublicKey(privateKey))
  return { privateKey: privateKey.toCryptoKey(ALGORITHM, false, ['sign']), publicKey: open }
}

/** A public key for WebCrypto. */
export function verifyingKey(publicKey: KeyObject): webcrypto.CryptoKey {
  return publicKey.toCryptoKey(ALGORITHM, true, ['verify'])
}
