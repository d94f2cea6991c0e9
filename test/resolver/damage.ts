/** What damage may do to a reader: it gives something, or throws SnapshotError, and nothing else. */
import { SnapshotError } from '../../src/resolver/records/decode.ts'

/** What `read` gives; undefined where it found damage. Any other error goes on: it is a fault of the reader. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}
