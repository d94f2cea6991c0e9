/** What STATUS tells of the content that is served. */
import { DATABASE_NAMES, type DatabaseName, type Snapshot } from '../../../resolver/index.ts'
import { hex } from '../../../values/index.ts'
import type { StatusReport } from '../../wire/report.ts'

/** The generation of a snapshot; nothing of none. */
export function generationReport(
  snapshot: Snapshot | undefined,
): Pick<StatusReport, 'generation' | 'digest' | 'signed' | 'written'> {
  if (snapshot === undefined) return {}
  const { generation, digest, signature, header } = snapshot
  const signed = signature.some((byte) => byte !== 0)
  return { generation, digest: hex(digest), signed, written: header.contentTime }
}

/** How many records each database has. */
export function recordCounts(plain: Snapshot | undefined, shadow: Snapshot | undefined): StatusReport['records'] {
  const found: { [D in DatabaseName]?: number } = {}
  for (const database of DATABASE_NAMES) {
    const snapshot = database === 'shadow' ? shadow : plain
    if (snapshot !== undefined) found[database] = snapshot.count(database)
  }
  return found
}
