/** What a node takes from a master: only what its key proves, that is newer, and that makes nobody root. */
import type { KeyObject } from 'node:crypto'
import { isProved, layout, Snapshot } from '../resolver/index.ts'

/** A generation that a node does not take. */
export class UntrustedError extends Error {
  override readonly name = 'UntrustedError'
}

/** What is trusted. */
export interface Trust {
  /** The cluster's public key; undefined takes any generation that is whole (`--insecure`). */
  readonly key: KeyObject | undefined
  /** No user may have an id below it; no group either, but where it is the primary group of a user. */
  readonly floor: number
}

/** Ids below are the distribution's own on every machine (Debian policy 9.2.2, LSB 23.3): no cluster's users. */
export const DEFAULT_FLOOR = 100

/**
 * The bytes as a public snapshot that may be taken. Throws UntrustedError where they are damaged, not signed by the key, or
 * hold an id that no master may give: 0, or one below the floor.
 */
export function trusted(bytes: Uint8Array, { key, floor }: Trust): Snapshot {
  const snapshot = opened(bytes)
  if (snapshot.kind !== layout.KINDS.PUBLIC) throw new UntrustedError('it is no public snapshot')
  const isGood = key === undefined ? snapshot.verifyDigest() : isProved(snapshot, key)
  if (!isGood)
    throw new UntrustedError(key === undefined ? 'its digest is another' : "it is not signed by the cluster's key")
  checkIds(snapshot, floor)
  return snapshot
}

function opened(bytes: Uint8Array): Snapshot {
  try {
    return Snapshot.open(bytes)
  } catch (error) {
    throw new UntrustedError(`it is damaged: ${(error as Error).message}`, { cause: error })
  }
}

function checkIds(snapshot: Snapshot, floor: number): void {
  const primary = new Set<number>()
  for (const { record } of snapshot.records('passwd')) {
    const uid = numberAt(record, layout.PASSWD.at.uid)
    const gid = numberAt(record, layout.PASSWD.at.gid)
    if (uid === 0 || uid < floor) throw new UntrustedError(`it has a user with uid ${uid}, which no master may give`)
    if (gid === 0) throw new UntrustedError(`it has a user of group 0: uid ${uid}`)
    primary.add(gid)
  }
  for (const { record } of snapshot.records('group')) {
    const gid = numberAt(record, layout.GROUP.at.gid)
    const isLow = gid < floor && !primary.has(gid)
    if (gid === 0 || isLow) throw new UntrustedError(`it has a group with gid ${gid}, which no master may give`)
  }
}

function numberAt(record: Uint8Array, offset: number): number {
  return new DataView(record.buffer, record.byteOffset, record.length).getUint32(offset, true)
}
