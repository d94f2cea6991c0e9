/** What a snapshot is built from: the entries of each database, and what stands beside them. */
import type { LoginRule } from '../logins/rules.ts'
import type { ByteString, MastersEntry, PatternEntry, RangeEntry, ZoneSettings } from '../records/entries.ts'
import { DATABASE_NAMES, type DatabaseName, type Entries } from './table.ts'

/** The databases of the public snapshot. */
export type PublicDatabase = Exclude<DatabaseName, 'shadow'>
/** Their names, in the order of the table. */
export const PUBLIC_DATABASES: readonly PublicDatabase[] = DATABASE_NAMES.filter((name) => name !== 'shadow')

/** The entries of the public databases, each list in the order of its listing. */
type PublicEntries = { readonly [D in PublicDatabase]: readonly Entries[D][] }

/** What the builder turns into the public snapshot. `inputs` are recorded as they are, sorted by key. */
export interface PublicContents extends PublicEntries {
  readonly inputs: ReadonlyMap<string, string>
  readonly domain: ByteString
  readonly zones: ZoneSettings
  /** The URL at which nodes fetch bodies first; empty, or absent, for none. */
  readonly objects?: ByteString
  /** Who may log in on which nodes; everybody everywhere if it is empty or absent. */
  readonly logins?: readonly LoginRule[]
  readonly patterns: readonly PatternEntry[]
  readonly ranges: readonly RangeEntry[]
  readonly masterorder: readonly MastersEntry[]
  /** The databases that hold every entry there is. */
  readonly complete: ReadonlySet<DatabaseName>
}

/** What the builder turns into the shadow snapshot. */
export interface ShadowContents {
  readonly inputs: ReadonlyMap<string, string>
  readonly shadow: readonly Entries['shadow'][]
  readonly complete: boolean
}
