/** Which databases two snapshots answer differently, by the digests of their sections: no record is looked at. */
import { DATABASE_NAMES, type DatabaseName } from '../databases/table.ts'
import * as layout from '../layout.ts'
import { type SectionEntry, sectionEntries } from './section-table.ts'
import type { Snapshot } from './snapshot.ts'

/** Sections that decide what `hosts` answers, besides its records: spellings, `self` and `master`, and the domain. */
const OF_HOSTS = [layout.DOMAIN, layout.PATTERNS, layout.RANGES, layout.MASTERORDER].map(({ id }) => id)

/** The databases that have other records, or other spellings of their keys, in `after` than in `before`. */
export function changedDatabases(before: Snapshot, after: Snapshot): readonly DatabaseName[] {
  const [old, now] = [digestsOf(before), digestsOf(after)]
  return DATABASE_NAMES.filter((database) => {
    const sections = [layout.recordsId(database), ...(database === 'hosts' ? OF_HOSTS : [])]
    return sections.some((id) => old.get(id) !== now.get(id))
  })
}

function digestsOf({ header, bytes }: Snapshot): ReadonlyMap<number, string> {
  const entries: readonly SectionEntry[] = sectionEntries(header, bytes.subarray(header.tableStart, header.tableEnd))
  return new Map(entries.map(({ id, digest }) => [id, Buffer.from(digest).toString('latin1')]))
}
