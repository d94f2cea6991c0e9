/** The judgement on a certificate that somebody showed: whom it names, or why it is not believed. Time is given; nothing is asked. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { certificateKeyMark, isP256 } from './keys.ts'
import { parseSubject, type Subject } from './subject.ts'

/** What certificates are judged by. */
export interface CertificateTrust {
  /** The certificates of the authorities that the trust list has, in DER. */
  readonly authorities: readonly Uint8Array[]
  /** The marks of the cluster's roots, 32 small hexadecimal digits each: one, or several while it changes. */
  readonly clusters: readonly string[]
}

/** A certificate that is believed. */
export interface BelievedCertificate {
  readonly subject: Subject
  /** The mark of its key (certificateKeyMark). */
  readonly mark: string
  /** From when and until when it is good, in milliseconds since 1970. */
  readonly from: number
  readonly until: number
}

/** A certificate that is not believed; the message says why, as the end of a sentence that begins with its owner. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/** The longest certificate that is read, in bytes: ours have some 500. */
const CERTIFICATE_BYTES_MAX = 4096
/** What a certificate may be used for (RFC 5280, 4.2.1.12), by who shows it. */
const USES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const

/**
 * A certificate in DER that a client or a server shows, as it is to be believed at this time (milliseconds since 1970): nodes and masters are clients,
 * masters alone are servers. Whoever shows it must have proved to have its key: TLS does that. Throws CertificateError and nothing else, whatever the bytes are.
 */
export function judgedCertificate(
  der: Uint8Array,
  shownBy: keyof typeof USES,
  trust: CertificateTrust,
  now: number,
): BelievedCertificate {
  const believed = timelessCertificate(der, shownBy, trust)
  const [from, until] = [believed.from, believed.until].map((ms) => new Date(ms).toISOString())
  if (!(now >= believed.from)) throw new CertificateError(`its certificate is good from ${from}: look at the clocks`)
  if (!(now < believed.until)) throw new CertificateError(`its certificate ended at ${until}`)
  return believed
}

/** The same at any time: for who looks at `from` and `until` again and again, since its clock may be wrong now. Throws CertificateError and nothing else. */
export function timelessCertificate(
  der: Uint8Array,
  shownBy: keyof typeof USES,
  { authorities, clusters }: CertificateTrust,
): BelievedCertificate {
  const shown = opened(der)
  const subject = parseSubject(shown.subjectAltName)
  if (subject === undefined || shown.ca) throw new CertificateError('it shows a certificate that is not of kickback')
  if (!authorities.some((authority) => isIssuedBy(shown, authority))) {
    throw new CertificateError('its certificate is of an authority that the trust list does not have')
  }
  if (!clusters.includes(subject.cluster)) throw new CertificateError('its certificate is of another cluster')
  if (!shown.keyUsage?.includes(USES[shownBy]) || (shownBy === 'server' && subject.kind !== 'master')) {
    throw new CertificateError(`its certificate is not that of a ${shownBy === 'server' ? 'master' : 'client'}`)
  }
  const [from, until] = [shown.validFromDate.getTime(), shown.validToDate.getTime()]
  if (!(from < until)) throw new CertificateError('its certificate is never good')
  return { subject, mark: certificateKeyMark(publicKeyOf(shown)), from, until }
}

/** Whether these bytes are the certificate of an authority, in DER, with a key of P-256. Nothing else of it is judged. */
export function isAuthority(der: Uint8Array): boolean {
  try {
    const shown = opened(der)
    return shown.ca && isP256(publicKeyOf(shown))
  } catch (error) {
    if (error instanceof CertificateError) return false
    throw error
  }
}

function opened(der: Uint8Array): X509Certificate {
  if (der.length > CERTIFICATE_BYTES_MAX) throw new CertificateError('its certificate is too long')
  try {
    return new X509Certificate(Buffer.from(der))
  } catch (error) {
    throw new CertificateError('what it shows is no certificate', { cause: error })
  }
}

/** The key, which is of P-256. */
function publicKeyOf(shown: X509Certificate): KeyObject {
  let key: KeyObject | undefined
  try {
    key = shown.publicKey
  } catch {
    // A key of a kind that nobody knows.
  }
  if (key === undefined || !isP256(key)) throw new CertificateError('its certificate has no key of P-256')
  return key
}

/** Whether an authority of the trust list signed it. An authority that is no certificate signed none. */
function isIssuedBy(shown: X509Certificate, authority: Uint8Array): boolean {
  try {
    const issuer = new X509Certificate(Buffer.from(authority))
    return issuer.ca && shown.checkIssued(issuer) && shown.verify(issuer.publicKey)
  } catch {
    return false
  }
}
