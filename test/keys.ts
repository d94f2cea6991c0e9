/** The keys of clusters for tests: as text, as objects, and as what signs. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { LineageKeys } from '../src/daemon/generations/lineage.ts'
import {
  newSigningKeys,
  privateKeyOf,
  proveHeader,
  publicKeyOf,
  type Snapshot,
  signerOf,
} from '../src/resolver/index.ts'

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

/** The keys of a master that signs with this one and believes no other. */
export function lineageKeys(privateKey: KeyObject): LineageKeys {
  const key = createPublicKey(privateKey)
  return {
    sign: signerOf(privateKey),
    proves: (header) => proveHeader(header, key),
    isOwn: (header) => proveHeader(header, key),
  }
}

/** Whether a snapshot is whole and its header is signed by this key. */
export function isProved(snapshot: Snapshot, key: KeyObject): boolean {
  return proveHeader(snapshot.header, key) && snapshot.verifyDigest()
}
