/** What a snapshot says of itself, for `snapshot verify`, `snapshot show` and logs. */
import type { Trust } from '../../kickback/index.ts'
import { DATABASE_NAMES, type DatabaseName, layout, type Snapshot } from '../../resolver/index.ts'
import { hex } from '../../values/index.ts'

/** Whether a snapshot's signature proves who made it: `unchecked` where no key is at hand. */
export type SignatureState = 'valid' | 'invalid' | 'absent' | 'unchecked'

/** What the header of a snapshot says, for people and programs. */
export interface SnapshotFacts {
  readonly kind: string
  readonly layout: number
  readonly generation: number
  /** SHA-256 in hex. */
  readonly digest: string
  readonly size: number
  readonly domain: string
  /** How many records each database of the snapshot has. */
  readonly records: Readonly<Partial<Record<DatabaseName, number>>>
}

/** Reads the facts. */
export function snapshotFacts(snapshot: Snapshot): SnapshotFacts {
  const kind = Object.entries(layout.KINDS).find(([, number]) => number === snapshot.kind)?.[0] ?? String(snapshot.kind)
  return {
    kind: kind.toLowerCase(),
    layout: layout.LAYOUT,
    generation: snapshot.generation,
    digest: hex(snapshot.digest),
    size: snapshot.bytes.length,
    domain: snapshot.domain,
    records: Object.fromEntries(databasesOf(snapshot).map((name) => [name, snapshot.count(name)])),
  }
}

/** The databases that a snapshot of its kind holds. */
export function databasesOf(snapshot: Snapshot): readonly DatabaseName[] {
  return DATABASE_NAMES.filter((name) => (name === 'shadow') === (snapshot.kind === layout.KINDS.SHADOW))
}

/** Checks who signed a snapshot that is whole. */
export function signatureState(snapshot: Snapshot, trust: Pick<Trust, 'proves'> | undefined): SignatureState {
  if (snapshot.signature.every((byte) => byte === 0)) return 'absent'
  if (trust === undefined) return 'unchecked'
  return trust.proves(snapshot.header) && snapshot.verifyDigest() ? 'valid' : 'invalid'
}
