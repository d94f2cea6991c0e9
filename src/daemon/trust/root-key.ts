/** The root key of a cluster on disk: it signs the trust lists, and may be kept elsewhere. */
import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { newSigningKeys, privateKeyOf, publicKeyOf, publicPem } from '../../resolver/index.ts'
import { writeWholeSync } from '../../values/index.ts'
import { createKeyFile, readKey } from '../generations/signing-key.ts'

/** The names of its halves in a state dir. */
export const ROOT_FILES = { key: 'root.key', pub: 'root.pub' } as const

/** Makes a root key in a state dir: `root.key` (PKCS #8 PEM, 0600) and `root.pub` (SPKI PEM, 0644). A key that is there already stays. */
export async function makeRootKey(stateDir: string): Promise<void> {
  const file = join(stateDir, ROOT_FILES.key)
  await createKeyFile(file, 0o600, () => newSigningKeys().privateKey)
  await createKeyFile(join(stateDir, ROOT_FILES.pub), 0o644, () => publicPem(readKey(file, privateKeyOf)))
}

/** The private root key of a file. Throws if it can't be read or is not an Ed25519 key. */
export function openRootKey(file: string): KeyObject {
  return readKey(file, privateKeyOf)
}

/** The root that a state dir believes; undefined if there is none. Throws if it is not an Ed25519 key. */
export function rootIn(stateDir: string): KeyObject | undefined {
  const file = join(stateDir, ROOT_FILES.pub)
  return existsSync(file) ? readKey(file, publicKeyOf) : undefined
}

/** Makes this the root that a state dir believes, for nodes that are set up from now on. */
export function keepRoot(stateDir: string, root: KeyObject): void {
  const pem = root.export({ type: 'spki', format: 'pem' })
  writeWholeSync(join(stateDir, ROOT_FILES.pub), Buffer.from(pem), { mode: 0o644 })
}
