/** What a node believes: the cluster's key, and the errors of who can't prove to have it or offers what is not to be taken. */

import type { KeyObject } from 'node:crypto'

/** A generation that a node does not take. */
export class UntrustedError extends Error {
  override readonly name = 'UntrustedError'
}

/** Who offers it signs with another key than the one that is trusted here, or with none. */
export class OtherKeyError extends UntrustedError {}

/** What is trusted. */
export interface Trust {
  /** The cluster's public key; undefined takes any generation that is whole (`--insecure`). */
  readonly key: KeyObject | undefined
}
