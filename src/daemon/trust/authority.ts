/** The authority of a master on disk: its key and certificate, and the key of the master's own TLS. Made at the first start, opened at each. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Authority, certificateKeyOf, newAuthority, newCertificateKey } from '../../resolver/index.ts'
import { createKeyFile, readKey } from '../generations/signing-key.ts'

/** The keys in the state dir of a master that certificates need. */
export interface AuthorityFiles {
  readonly authority: Authority
  /** The key that this master proves itself by. */
  readonly tlsKey: KeyObject
}

/** What they are called in a state dir. */
const FILES = { key: 'authority.key', certificate: 'authority.crt', tls: 'tls.key' } as const

/**
 * The authority of a state dir, made at first use: `authority.key` and `tls.key` (PKCS #8 PEM, 0600), `authority.crt` (PEM, 0644). `name` is what the
 * master is called, for people. Rejects if a file can't be read or is no such key or certificate: a new one in its place would make all that
 * it issued worthless.
 */
export async function openAuthority(stateDir: string, name: string): Promise<AuthorityFiles> {
  const [key, certificate, tls] = [FILES.key, FILES.certificate, FILES.tls].map((file) => join(stateDir, file)) as [
    string,
    string,
    string,
  ]
  await createKeyFile(key, 0o600, newCertificateKey)
  await createKeyFile(tls, 0o600, newCertificateKey)
  const privateKey = readKey(key, certificateKeyOf)
  const made = await madeCertificate(privateKey, name, certificate)
  return { authority: { privateKey, certificate: made }, tlsKey: readKey(tls, certificateKeyOf) }
}

async function madeCertificate(key: KeyObject, name: string, file: string): Promise<Uint8Array> {
  // Making it loads a package: it is made where it is missing alone.
  const made = certificateIn(file) ?? new X509Certificate(await newAuthority(key, name))
  await createKeyFile(file, 0o644, () => made.toString())
  if (!made.checkPrivateKey(key)) throw new Error(`${file} is not the certificate of the key beside it`)
  return made.raw
}

/** Undefined if it is not there. */
function certificateIn(file: string): X509Certificate | undefined {
  let text: Buffer
  try {
    text = readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return new X509Certificate(text)
  } catch {
    throw new Error(`${file} is no certificate in PEM`)
  }
}
