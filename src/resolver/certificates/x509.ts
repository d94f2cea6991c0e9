/**
 * What makes certificates and requests for them (RFC 5280, RFC 2986): the one file that knows @peculiar/x509. Node itself only reads certificates.
 *
 * - It needs the metadata of its decorators before it is loaded. Both are loaded at the first use: 0.1 s and some MB, which only those pay who issue or ask.
 * - Its parser takes any ASN.1, and throws what it likes: bytes from outside are bounded before, and each of its errors is caught.
 */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { isP256, keyPairOf, verifyingKey } from './keys.ts'
import { type Subject, subjectName, subjectUris } from './subject.ts'

/** The longest request that is read, in bytes: one with a key of P-256 has some 250. */
const REQUEST_BYTES_MAX = 2048
const DAY = 86_400_000
/** For how long a certificate is good, in milliseconds. */
export const CERTIFICATE_LASTS = 30 * DAY
/** So much of its time may be over when a certificate is renewed. */
export const RENEWED_AFTER = 2 / 3
/** A certificate is good from a while before it is made: clocks of nodes are not always right. */
const BACKDATED = DAY
/** The authority's own certificate has no end (RFC 5280, 4.1.2.5): it counts as long as the trust list has it. */
const NO_END = new Date('9999-12-31T23:59:59Z')
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const SERIAL_BYTES = 16
const USES = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const

/** What issues certificates. */
export interface Authority {
  /** Its certificate in DER, as the trust list has it. */
  readonly certificate: Uint8Array
  readonly privateKey: KeyObject
}

/** The package, once it is loaded. */
async function library(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** The certificate of an authority with this key (P-256), in DER. `name` is for people. Its own signature is the only one on it. */
export async function newAuthority(privateKey: KeyObject, name: string): Promise<Uint8Array> {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await library()
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [`kickback authority ${name}`] }],
    notBefore: new Date(0),
    notAfter: NO_END,
    signingAlgorithm: ALGORITHM,
    keys: keyPairOf(privateKey),
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  })
  return new Uint8Array(made.rawData)
}

/**
 * A certificate for a subject and its public key (P-256), in DER, good from now for CERTIFICATE_LASTS. A node's proves who connects; a
 * master's also who answers. `now` is milliseconds since 1970.
 */
export async function issued(
  authority: Authority,
  subject: Subject,
  publicKey: KeyObject,
  now: number,
): Promise<Uint8Array> {
  const x509 = await library()
  const { privateKey: signingKey } = keyPairOf(authority.privateKey)
  const issuer = new x509.X509Certificate(Buffer.from(authority.certificate))
  const uses = subject.kind === 'node' ? [USES.clientAuth] : [USES.serverAuth, USES.clientAuth]
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subjectName(subject),
    issuer: issuer.subject,
    notBefore: new Date(now - BACKDATED),
    notAfter: new Date(now + CERTIFICATE_LASTS),
    signingAlgorithm: ALGORITHM,
    publicKey: verifyingKey(publicKey),
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(uses, true),
      new x509.SubjectAlternativeNameExtension(subjectUris(subject).map((value) => ({ type: 'url', value }))),
    ],
  })
  return new Uint8Array(made.rawData)
}

/** A request (PKCS #10, RFC 2986) in DER: it proves that who made it has this private key (P-256), and says nothing else. */
export async function newRequest(privateKey: KeyObject): Promise<Uint8Array> {
  const { Pkcs10CertificateRequestGenerator } = await library()
  const keys = keyPairOf(privateKey)
  const made = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=node', keys, signingAlgorithm: ALGORITHM })
  return new Uint8Array(made.rawData)
}

/** The public key of a request; undefined for all that is not a request of P-256 with its own signature. Never rejects. */
export async function requestKey(request: Uint8Array): Promise<KeyObject | undefined> {
  if (request.length > REQUEST_BYTES_MAX) return undefined
  const { Pkcs10CertificateRequest } = await library()
  try {
    const read = new Pkcs10CertificateRequest(Buffer.from(request))
    const key = createPublicKey({ key: Buffer.from(read.publicKey.rawData), type: 'spki', format: 'der' })
    return isP256(key) && (await read.verify()) ? key : undefined
  } catch {
    return undefined
  }
}

/** A serial number that no other certificate has (RFC 5280, 4.1.2.2): positive, and random. */
function serial(): string {
  const bytes = randomBytes(SERIAL_BYTES)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes.toString('hex')
}
