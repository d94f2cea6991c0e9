/** Deltas applied and proved at once, for tests. */
import { patched } from '../../../src/resolver/deltas/patched.ts'
import type { Header } from '../../../src/resolver/snapshot/header.ts'
import { proveAgainst } from '../../../src/resolver/snapshot/proof.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { atOnce } from '../../../src/values/index.ts'

/** What deltas make of a base. Throws SnapshotError as `patched` does. */
export function made(base: Uint8Array, deltas: Uint8Array, header: Header): Uint8Array {
  return atOnce(patched(base, deltas, header))
}

/** Throws SnapshotError as `proveAgainst` does. */
export function provedAgainst(header: Header, bytes: Uint8Array, proved: Snapshot): void {
  atOnce(proveAgainst(header, bytes, proved))
}
