/** The signing key on disk: made at the first start, opened at each. */
import type { KeyObject } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { keyMark, newSigningKeys, privateKeyOf, publicKeyOf, publicPem } from '../../resolver/index.ts'
import { createWhole, makeFolder, systemMessage } from '../../values/index.ts'

/** The cluster's signing key (Ed25519) as the master holds it. */
export interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** True if others than the owner may read the private half. */
  readonly exposed: boolean
}

/**
 * The key in the state dir, made at first use: `signing.key` (PKCS#8 PEM, 0600) and `signing.pub` (SPKI PEM, 0644).
 * Rejects if the file is not an Ed25519 key: a new one in its place would lock every node out.
 */
export async function openSigningKey(stateDir: string): Promise<SigningKey> {
  makeFolder(stateDir, 0o755)
  const file = join(stateDir, 'signing.key')
  await createKeyFile(file, 0o600, () => newSigningKeys().privateKey)
  const privateKey = readKey(file, privateKeyOf)
  const publicText = publicPem(privateKey)
  await createKeyFile(join(stateDir, 'signing.pub'), 0o644, () => publicText)
  const exposed = (statSync(file).mode & 0o077) !== 0
  return { privateKey, publicKey: publicKeyOf(publicText), exposed }
}

/**
 * Makes one of its files, unless it is there; rejects with what is to be done. Of two masters that start at once on one state dir both have the key of one. What others
 * may not read is begun in a folder of its own: under SELinux it has the label of what is made in the daemon's folders then, not that
 * of a snapshot.
 */
export async function createKeyFile(path: string, mode: number, text: () => string): Promise<void> {
  if (existsSync(path)) return
  const isSecret = (mode & 0o077) === 0
  let place: string | undefined
  try {
    place = isSecret ? await mkdtemp(`${path}.`) : `${path}.${process.pid}`
    const draft = isSecret ? join(place, basename(path)) : place
    await createWhole(path, () => [Buffer.from(text())], { mode, draft })
  } catch (error) {
    const what = `can't make the key ${path}: ${systemMessage(error)}`
    throw new Error(`${what}; make its folder writable, with room for it, and start again`, { cause: error })
  } finally {
    if (place !== undefined) await rm(place, { recursive: true, force: true }).catch(() => {})
  }
}

/** What is said if the last good generation has the signature of another key. */
export const SIGNED_BY_ANOTHER =
  'the last good generation was signed by another key: if the key is new, it has to be in the trust list (kickback keys masters), and nodes that know the old key alone need the new one'

/** What is wrong with the keys of a state dir, as far as this process may read them; undefined if nothing is. */
export function keyPairFault(stateDir: string): string | undefined {
  const [key, pub] = [join(stateDir, 'signing.key'), join(stateDir, 'signing.pub')]
  const publicKey = openOrNone(pub, publicKeyOf)
  const privateKey = openOrNone(key, privateKeyOf)
  if (publicKey === undefined || privateKey === undefined) return undefined
  if (keyMark(publicKey).equals(keyMark(publicKeyOf(publicPem(privateKey))))) return undefined
  return `${pub} does not belong to ${key}: nodes with this signing.pub take nothing from this master; remove it and restart the master, which makes it again, and copy it to the nodes`
}

/** The marks of the keys that a state dir has, the private one's first; of those that can be read. */
export function keyMarksIn(stateDir: string): readonly Buffer[] {
  const privateKey = openOrNone(join(stateDir, 'signing.key'), privateKeyOf)
  const publicKey = openOrNone(join(stateDir, 'signing.pub'), publicKeyOf)
  const all = [privateKey && publicKeyOf(publicPem(privateKey)), publicKey]
  return all.flatMap((key) => (key === undefined ? [] : [keyMark(key)]))
}

/** A file that is not there, that we may not read, or that is not a key, says nothing of the other one. */
function openOrNone(file: string, parse: (pem: string) => KeyObject): KeyObject | undefined {
  try {
    return readKey(file, parse)
  } catch {
    return undefined
  }
}

/** The public key of a file (SPKI PEM). Throws if it is not an Ed25519 key. */
export function openPublicKey(file: string): KeyObject {
  return readKey(file, publicKeyOf)
}

/** Makes a new private key in a file (PKCS #8 PEM, 0600), unless it is there. */
export async function makeKeyFile(file: string): Promise<void> {
  await createKeyFile(file, 0o600, () => newSigningKeys().privateKey)
}

/** The key of a file in PEM. Throws with the path if it can't be read, or is no such key. */
export function readKey(file: string, parse: (pem: string) => KeyObject): KeyObject {
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`can't read the key ${file}: ${systemMessage(error)}`)
  }
  try {
    return parse(pem)
  } catch {
    throw new Error(`${file} is not an Ed25519 key in PEM`)
  }
}
