/** An authority of a cluster for tests, and what it issues. */
import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import type { CertificateTrust } from '../../../src/resolver/certificates/judged.ts'
import { certificateKeyOf, newCertificateKey } from '../../../src/resolver/certificates/keys.ts'
import type { Subject } from '../../../src/resolver/certificates/subject.ts'
import { type Authority, issued, newAuthority } from '../../../src/resolver/certificates/x509.ts'

/** When the tests take place, in milliseconds since 1970. */
export const NOW = Date.UTC(2026, 10, 27)
/** A day in milliseconds. */
export const DAY = 86_400_000
/** The mark of the root of the tests' cluster. */
export const CLUSTER = '0123456789abcdef0123456789abcdef'

/** A new key of P-256. */
export function certificateKey(): KeyObject {
  return certificateKeyOf(newCertificateKey())
}

/** An authority, and what is judged by where it is the only one. */
export async function authority(): Promise<{ readonly authority: Authority; readonly trust: CertificateTrust }> {
  const privateKey = certificateKey()
  const certificate = await newAuthority(privateKey, 'test')
  return { authority: { certificate, privateKey }, trust: { authorities: [certificate], clusters: [CLUSTER] } }
}

/** A certificate with a key of its own. */
export async function certificate(
  from: Authority,
  subject: Subject,
  now = NOW,
): Promise<{ readonly key: KeyObject; readonly der: Uint8Array }> {
  const key = certificateKey()
  return { key, der: await issued(from, subject, createPublicKey(key), now) }
}
