/** The keys of clusters for tests: as text, as objects, and as what signs. */
import type { KeyObject } from 'node:crypto'
import { newSigningKeys, privateKeyOf, publicKeyOf, signerOf } from '../src/resolver/index.ts'

/** A new key of a cluster. */
export interface ClusterKey {
  /** Both halves as they stand in files (PEM). */
  readonly pem: { readonly privateKey: string; readonly publicKey: string }
  readonly privateKey: KeyObject
  /** The public half. */
  readonly key: KeyObject
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** A key that no other cluster has. */
export function clusterKey(): ClusterKey {
  const pem = newSigningKeys()
  const privateKey = privateKeyOf(pem.privateKey)
  return { pem, privateKey, key: publicKeyOf(pem.publicKey), sign: signerOf(privateKey) }
}
